"""Measure the time that one row may take, from its first request on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from uploader.flow.places import Places


class RowClock:
    """The deadline of one row. It stands still while the row waits for this machine or others.

    Attributes
    ----------
    tries
        How often the row's URL was tried so far.
    """

    def __init__(self, timeout: asyncio.Timeout, seconds: float, places: Places) -> None:
        """Set up the clock, which does not run yet.

        Parameters
        ----------
        timeout
            Entered, and without an end so far.
        seconds
            The time that there is.
        places
            Where the row has one.
        """
        self.tries = 0
        self._timeout = timeout
        self._seconds = seconds
        self._places = places
        self._started = False

    def start(self) -> None:
        """Let the time run, if it does not yet: the row's host is about to be asked."""
        if not self._started:
            self._started = True
            self._timeout.reschedule(_now() + self._seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the time stand still in this block."""
        end = self._timeout.when()
        if end is None or self._timeout.expired():
            yield
            return
        left = end - _now()
        self._timeout.reschedule(None)
        try:
            yield
        finally:
            self._timeout.reschedule(_now() + left)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Wait in this block for others: it takes no time and no place."""
        with self.paused():
            async with self._places.aside():
                yield

    @asynccontextmanager
    async def in_place(self) -> AsyncIterator[None]:
        """Wait in this block for others, for so short a time that the place is kept."""
        with self.paused():
            async with self._places.in_place():
                yield


def _now() -> float:
    return asyncio.get_running_loop().time()
