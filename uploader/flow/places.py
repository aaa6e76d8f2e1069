"""Process many rows concurrently on one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from paintings_dedupe.common.signals import signals_held

Item = TypeVar("Item")
Value = TypeVar("Value")
Answer = TypeVar("Answer")

new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None
try:
    from uvloop import new_event_loop
except ImportError:  # Windows, where asyncio's own loop is used
    new_event_loop = None


def run_on_loop(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run `main` to its end on a new event loop, if possible one of uvloop."""
    runner = asyncio.Runner(loop_factory=new_event_loop)
    try:
        return runner.run(main)
    finally:
        # Otherwise a thread that is still at work may report that its loop is gone.
        with signals_held():
            # If a signal ended the loop just as `main` had ended, the loop has yet to stop for
            # that: better now than within `close`, which would fail.
            with suppress(RuntimeError):
                runner.get_loop().run_until_complete(_turn_often())
            runner.close()


async def _turn_often() -> None:
    """Take more turns of the loop than it needs to stop."""
    for _ in range(8):
        await asyncio.sleep(0)


class StoppedError(Exception):
    """The run was stopped while this row was waiting. The message gives the reason."""


# The maximum number of unfinished rows. Each takes a few kilobytes.
_MOST_BEGUN = 1_024


class Places:
    """A limit on concurrent items. An item that only waits for others can leave its place.

    Otherwise, 64 rows whose hosts resolve slowly, or ask to wait, would block all others. An
    instance supports one `run` at a time.
    """

    def __init__(self, at_once: int, most_begun: int = _MOST_BEGUN) -> None:
        """Create free places.

        Parameters
        ----------
        at_once
            Maximum number of items in places, not counting those that have left theirs.
        most_begun
            Maximum number of unfinished items, including those that wait.
        """
        self._free = at_once
        self._most_begun = max(at_once, most_begun)
        self._begun = 0
        self._returning: deque[asyncio.Future[None]] = deque()
        self._waits: set[asyncio.Timeout] = set()
        self._why_stopped = ""
        # Starts one more worker in a free place. None while there is nothing to start.
        self._start_worker: Callable[[], object] | None = None

    async def run(
        self,
        work: Callable[[Item], Awaitable[Value]],
        items: Iterable[Item],
        done: Callable[[Item, Value], None],
        stopped: Callable[[], bool],
    ) -> None:
        """Call ``done(item, await work(item))`` for each item, as places become free.

        Items are taken one at a time, so they may be an endless stream. Once `stopped` returns
        True, no more are taken, and the unfinished ones are finished. An exception of `work` or
        `done` cancels all unfinished items and is raised in an ExceptionGroup.
        """
        waiting = iter(items)

        async def take_turns() -> None:
            try:
                while not self._returning and self._begun < self._most_begun:
                    if stopped():
                        self._start_worker = None
                        return
                    try:
                        item = next(waiting)
                    except StopIteration:
                        self._start_worker = None
                        return
                    self._begun += 1
                    try:
                        done(item, await work(item))
                    finally:
                        self._begun -= 1
            except BaseException:
                self._start_worker = None
                raise
            finally:
                self._leave()

        async with asyncio.TaskGroup() as group:
            self._start_worker = lambda: group.create_task(take_turns())
            for _ in range(self._free):
                self._free -= 1
                group.create_task(take_turns())

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Leave the place to others during this block, and wait for a place at its end.

        The caller must not hold anything for which an item in a place may wait.

        Raises
        ------
        StoppedError
            If `stop` has been called, or is called before the caller is in a place again.
        """
        async with self.in_place():
            self._leave()
            try:
                yield
            except BaseException:
                # Only cleanup is left, so take a place at once, even if none is free.
                self._free -= 1
                raise
            await self._return()

    @asynccontextmanager
    async def in_place(self) -> AsyncIterator[None]:
        """Wait in this block without leaving the place; `stop` ends the wait.

        Raises
        ------
        StoppedError
            If `stop` has been called, or is called during the block.
        """
        if self._why_stopped:
            raise StoppedError(self._why_stopped)
        try:
            async with asyncio.timeout(None) as wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError as error:
            if not wait.expired():
                raise
            raise StoppedError(self._why_stopped) from error

    def stop(self, why: str) -> None:
        """End all present and future waits. Call it on the event loop."""
        if not self._why_stopped:
            self._why_stopped = why
            for wait in self._waits:
                wait.reschedule(asyncio.get_running_loop().time())

    @property
    def busy(self) -> int:
        """Return the number of unfinished items that do not wait."""
        return self._begun - len(self._waits)

    def _leave(self) -> None:
        self._free += 1
        while self._returning and self._free > 0:
            turn = self._returning.popleft()
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
        if self._start_worker and self._free > 0 and self._begun < self._most_begun:
            self._free -= 1
            self._start_worker()

    async def _return(self) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._returning.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # As in `aside`, unless a place was assigned in this moment.
            if turn.cancelled():
                self._free -= 1
            raise
