"""Run the work on many rows at a time, on one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")
Answer = TypeVar("Answer")

new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None
try:
    from uvloop import new_event_loop
except ImportError:  # on Windows, where asyncio's own must do
    new_event_loop = None


def run_on_loop(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run `main` to its end on an event loop of its own, the fastest that there is."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


class StoppedError(Exception):
    """The run begins nothing more, so what only waited was given up; the message says why."""


# Rows that were begun and are not done: each takes a few kilobytes.
_MOST_BEGUN = 1_024


class Places:
    """So many items in work at a time; one that only waits for others makes room meanwhile.

    Without that, sixty-four rows of hosts whose names resolve slowly, or which ask for quiet,
    would hold up all others. For one `run` at a time.
    """

    def __init__(self, at_once: int, most_begun: int = _MOST_BEGUN) -> None:
        """Set up the places.

        Parameters
        ----------
        at_once
            How many items are in work, not counting those that wait.
        most_begun
            How many may be begun and not done, waiting or not.
        """
        self._free = at_once
        self._most_begun = max(at_once, most_begun)
        self._begun = 0
        self._returning: deque[asyncio.Future[None]] = deque()
        self._waits: set[asyncio.Timeout] = set()
        self._why_stopped = ""
        # Starts one more worker, in a place that is free; none while there is nothing to begin.
        self._start_worker: Callable[[], object] | None = None

    async def run(
        self,
        work: Callable[[Item], Awaitable[Value]],
        items: Iterable[Item],
        done: Callable[[Item, Value], None],
        stopped: Callable[[], bool],
    ) -> None:
        """Do ``done(item, await work(item))`` for each item, as there are places.

        Items are taken one by one as places become free, so they may be an endless stream. Once
        `stopped` says so, no more are taken, and those in work are finished. An exception of
        `work` or `done` cancels what is in work and is raised, in an ExceptionGroup.
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
        """Wait in this block outside of one's place, which is for others until it ends.

        Whoever waits so must hold nothing that somebody in a place waits for.

        Raises
        ------
        StoppedError
            When `stop` is called before it is in its place again, or was before.
        """
        async with self.in_place():
            self._leave()
            try:
                yield
            except BaseException:
                # The little that is left to do is not worth a wait.
                self._free -= 1
                raise
            await self._return()

    @asynccontextmanager
    async def in_place(self) -> AsyncIterator[None]:
        """Wait in this block, in one's place, for something that is not begun yet.

        Raises
        ------
        StoppedError
            When `stop` is called meanwhile, or was before.
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
        """Give up, from now on, whatever only waits; call it on the event loop."""
        if not self._why_stopped:
            self._why_stopped = why
            for wait in self._waits:
                wait.reschedule(asyncio.get_running_loop().time())

    @property
    def busy(self) -> int:
        """How many items are in work, and do not wait."""
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
            # As in `aside`, unless the place was given just then.
            if turn.cancelled():
                self._free -= 1
            raise
