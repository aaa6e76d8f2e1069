"""What the answers of web servers mean, to ingest and to the uploader."""

from __future__ import annotations

import email.utils
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.web.http_answers import (
    backoff,
    is_transient,
    retry_after,
    shown_reason,
)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_what_may_be_answered_otherwise_next_time(status: int) -> None:
    assert is_transient(status)


@pytest.mark.parametrize("status", [300, 400, 401, 403, 404, 410, 451, 600, 999])
def test_what_stays_as_it_is(status: int) -> None:
    assert not is_transient(status)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("7", 7),
        (" 7 ", 7),
        ("-7", 0),
        ("soon", 0),
        ("", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", 0),
        ("9" * 400, float("inf")),
    ],
)
def test_how_long_a_host_asks_to_wait(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_a_date_is_so_many_seconds_from_now() -> None:
    assert 0 < retry_after(email.utils.formatdate(time.time() + 90, usegmt=True)) <= 90


@given(st.text(max_size=40))
def test_no_header_is_an_error(header: str) -> None:
    assert retry_after(header) >= 0


@pytest.mark.parametrize(("tries", "longest"), [(1, 0.5), (2, 1), (3, 2), (7, 30), (10_000, 30)])
def test_pauses_grow_to_half_a_minute(tries: int, longest: float) -> None:
    waits = [backoff(tries, 0) for _ in range(50)]
    assert all(0 <= wait <= longest for wait in waits)
    assert len(set(waits)) > 1
    assert backoff(tries, 40) == 40


def test_of_a_long_reason_only_the_beginning_is_looked_at() -> None:
    told = shown_reason("HTTP 404 http://u:pw@host/" + "a:" * 30_000)
    assert "pw" not in told
    assert len(shown_reason("n" * 65_536)) < 5_000
