"""Bound the bytes that all images hold together, from their first byte until they are measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

DEFAULT_BYTES = 512 * 1024 * 1024


class Memory:
    """Half of the bytes, shared evenly among threads; the other half for the few larger images.

    An image may grow to its thread's share. To grow beyond, it waits for one of a few places,
    in each of which the largest image has room. Who has such a place waits for no other, so that
    all go on. An image larger than half of all has its bytes all the same, alone.
    """

    def __init__(self, total: int, threads: int, largest: int) -> None:
        """Set up the bytes.

        Parameters
        ----------
        total
            How many there are.
        threads
            How many threads have an image each.
        largest
            The largest image.
        """
        half = total // 2
        self.share = half // threads
        self.places = max(1, half // largest)
        self._free = threading.BoundedSemaphore(self.places)
        self._of_thread = threading.local()

    @contextmanager
    def image(self) -> Iterator[None]:
        """Hold what this thread's image needs, and give it back when the block ends."""
        self._of_thread.has_place = False
        try:
            yield
        finally:
            if self._of_thread.has_place:
                self._free.release()
            self._of_thread.has_place = False

    def grow(
        self, size: int, waiting: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """Wait until the image of this thread may hold `size` bytes.

        Parameters
        ----------
        waiting
            Gives a context to wait in, such as one that stops a clock.
        """
        if size <= self.share or self._of_thread.has_place:
            return
        if not self._free.acquire(blocking=False):
            with waiting():
                self._free.acquire()
        self._of_thread.has_place = True
