"""Bounded work: how much is in flight, what is raised, what is dropped."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.workers import run_bounded

# Of those who wait for each other; only a test that fails waits so long.
PATIENCE_SECONDS = 60


@given(items=st.lists(st.integers()), workers=st.integers(1, 5))
def test_every_item_yields_its_result_once(items: list[int], workers: int) -> None:
    assert sorted(run_bounded(lambda item: 2 * item, items, workers)) == sorted(
        2 * item for item in items
    )


def test_work_runs_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=PATIENCE_SECONDS)
    assert len(list(run_bounded(lambda _: meeting.wait(), range(3), workers=3))) == 3


def test_an_endless_stream_is_read_only_as_far_as_needed() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in itertools.count():
            taken.append(item)
            yield item

    results = run_bounded(lambda item: item, items(), workers=2)
    received = [next(results) for _ in range(50)]
    results.close()
    assert len(set(received)) == 50
    assert len(taken) <= 50 + 2 * 2


def test_no_more_than_the_window_is_in_flight() -> None:
    finished: list[int] = []
    unfinished: list[int] = []

    def items() -> Iterator[int]:
        for item in range(200):
            yield item
            # Asked for the next one: all but a window's worth must have finished.
            unfinished.append(item + 1 - len(finished))

    assert len(list(run_bounded(finished.append, items(), workers=2))) == 200
    assert max(unfinished) < 2 * 2


def test_an_exception_of_the_work_reaches_the_caller() -> None:
    def work(item: int) -> int:
        if item == 7:
            raise LookupError(item)
        return item

    with pytest.raises(LookupError, match="7"):
        list(run_bounded(work, itertools.count(), workers=2))


def test_an_exception_of_the_items_reaches_the_caller() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(run_bounded(lambda item: item, items(), workers=2))


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_after_an_interruption_nothing_new_begins(
    interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    finished: list[int] = []
    both_begin, go_on = threading.Barrier(3, timeout=PATIENCE_SECONDS), threading.Event()
    shutdown = ThreadPoolExecutor.shutdown

    # Items 0 and 1 must outlast the interruption, or 2 would rightly begin before it.
    def drop_and_go_on(pool: ThreadPoolExecutor, **how: bool) -> None:
        shutdown(pool, **how | {"wait": False})
        go_on.set()
        shutdown(pool, **how)

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", drop_and_go_on)

    def work(item: int) -> int:
        begun.append(item)
        both_begin.wait()
        assert go_on.wait(PATIENCE_SECONDS)
        finished.append(item)
        return item

    def items() -> Iterator[int]:
        yield from (0, 1, 2)
        both_begin.wait()
        raise interruption

    with pytest.raises(interruption):
        list(run_bounded(work, items(), workers=2))
    assert sorted(finished) == [0, 1], "what had begun was not waited for"
    assert sorted(begun) == [0, 1]


def test_a_consumer_that_stops_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    results = run_bounded(lambda item: item, itertools.count(), workers=4)
    next(results)
    results.close()
    assert set(threading.enumerate()) <= before
