"""Run one function over many items in a bounded pool of threads."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Submitted but unfinished items per worker: enough to keep all busy, few enough to limit memory.
_WINDOW_PER_WORKER = 2


def run_bounded(
    work: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """Yield ``work(item)`` for each item, in the order in which they finish.

    At most ``2 * workers`` items are in progress, so `items` may be an endless stream. When the
    generator is closed or interrupted, items that have not started are dropped, and those that have
    are waited for. An exception of `work` is raised here and ends the run in the same way.
    """
    with ThreadPoolExecutor(max_workers=workers) as pool:
        in_flight: set[Future[Result]] = set()
        try:
            for item in items:
                in_flight.add(pool.submit(work, item))
                if len(in_flight) >= _WINDOW_PER_WORKER * workers:
                    done, in_flight = wait(in_flight, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while in_flight:
                done, in_flight = wait(in_flight, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
