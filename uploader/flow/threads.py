"""Do what takes long beside the event loop, which renews the lock of the run meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import chain, islice
from typing import ParamSpec, TypeVar

# So many take a tenth of a second, for which whoever is cancelled waits.
ROWS_A_TURN = 1_000

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")
_Row = TypeVar("_Row")


async def in_thread(
    function: Callable[_Arguments, _Answer],
    *arguments: _Arguments.args,
    **named: _Arguments.kwargs,
) -> _Answer:
    """Call a function in a thread, and wait for its end even if the task is cancelled.

    So the function may use what only one thread may use at a time, such as the ledger, and nobody
    else does before it has ended. It must not raise StopIteration, which no task can raise.
    """
    working = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **named))
    cancelled: asyncio.CancelledError | None = None
    while not working.done():
        try:
            await asyncio.wait([working])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        # Otherwise, the event loop would log what nobody has retrieved.
        working.exception()
        raise cancelled
    return working.result()


async def begun_in_thread(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Fetch the first row in a thread, and return all rows.

    A query that sorts does its work before its first row; the others come quickly.
    """
    source = iter(rows)
    return chain(await in_thread(list, islice(source, 1)), source)


async def in_turns(rows: Iterable[_Row]) -> AsyncIterator[list[_Row]]:
    """Yield the rows in lists of `ROWS_A_TURN`, each of which is made in a thread."""
    source = iter(rows)
    while some := await in_thread(list, islice(source, ROWS_A_TURN)):
        yield some
