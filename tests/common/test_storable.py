"""Whatever a stranger sends can be recorded, by every engine and file that records it."""

from __future__ import annotations

import io
import sqlite3

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paintings_dedupe.common.storable import lone_surrogate, storable
from paintings_dedupe.common.terminal import printable

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY_TEXT)
@example("N\udcffope")
@example("\ud83c")
@example("\udfa8\ud83c")
@example("a\0b\x1b[2J")
@example("\ufffe\uffff")
def test_every_text_can_be_stored_and_comes_back(text: str) -> None:
    made = storable(text)
    assert storable(made) == made
    made.encode("utf-16-le")
    with sqlite3.connect(":memory:") as books:
        assert books.execute("select ?", (made,)).fetchone() == (made,)
    with duckdb.connect() as connection:
        assert connection.execute("select ?::varchar", [made]).fetchone() == (made,)
    file = io.BytesIO()
    pq.write_table(pa.table({"Reason": pa.array([made], pa.string())}), file)
    assert pq.read_table(file)["Reason"].to_pylist() == [made]


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=40))
@example("Théodore 🎨 日本")
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert storable(text) == text


@given(ANY_TEXT, st.integers(0, 50))
@example("🎨🎨", 3)
def test_it_is_no_longer_than_its_column_on_a_server(text: str, longest: int) -> None:
    made = storable(text, longest)
    assert len(made.encode("utf-16-le")) <= 2 * longest
    assert storable(text).startswith(made)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (b"N\xffope".decode("utf-8", "surrogateescape"), r"N\xffope"),
        ("Mon\ud800et", r"Mon\ud800et"),
        ("a\0b", r"a\x00b"),
        ("line\r\nbreak", r"line\r\nbreak"),
    ],
)
def test_what_no_column_takes_becomes_an_escape(text: str, made: str) -> None:
    assert storable(text) == made


@pytest.mark.parametrize("text", ["404 N\udcffope", "404 N\xffope", "404 N\0\x1b[2J\ud800pe"])
def test_a_terminal_shows_what_is_recorded(text: str) -> None:
    """Whoever searches the results for a reason that a run has told finds it."""
    assert printable(text) == storable(text)


def test_half_a_pair_is_found_and_a_whole_one_is_none() -> None:
    assert lone_surrogate("Mon\ud800et") == r"\ud800"
    assert lone_surrogate("🎨é") is None
