"""Enforce the deadline of a row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from uploader.flow.places import Places


class RowClock:
    """The deadline of one row. It is paused while the row waits for this machine or other rows.

    Attributes
    ----------
    tries
        The number of download attempts so far.
    """

    def __init__(self, timeout: asyncio.Timeout, seconds: float, places: Places) -> None:
        """Create the clock without starting it.

        Parameters
        ----------
        timeout
            A timeout that has been entered and has no deadline yet.
        seconds
            The time for the row, in seconds.
        places
            The places, one of which the row has.
        """
        self.tries = 0
        self._timeout = timeout
        self._seconds = seconds
        self._places = places
        self._started = False

    def start(self) -> None:
        """Start the clock, unless it was started before. Called before a request is sent."""
        if not self._started:
            self._started = True
            self._timeout.reschedule(_now() + self._seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the clock during this block."""
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
        """Pause the clock and leave the place to others during this block."""
        with self.paused():
            async with self._places.aside():
                yield

    @asynccontextmanager
    async def in_place(self) -> AsyncIterator[None]:
        """Pause the clock during this block, for a wait so short that the place is kept."""
        with self.paused():
            async with self._places.in_place():
                yield


def _now() -> float:
    return asyncio.get_running_loop().time()
