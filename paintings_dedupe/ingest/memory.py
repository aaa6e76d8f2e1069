"""Limit the memory of all images together, from the first byte until they are measured."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

DEFAULT_BYTES = 512 * 1024 * 1024


class Memory:
    """Half of the memory, shared evenly among threads; the other half for a few larger images.

    An image may grow to the share of its thread. To grow further, it waits for one of a few places,
    each of which has room for the largest image. An image that has such a place never waits, so
    there is no deadlock. An image that is larger than half of the memory still gets its bytes,
    alone.
    """

    def __init__(self, total: int, threads: int, largest: int) -> None:
        """Divide the memory.

        Parameters
        ----------
        total
            The memory in bytes.
        threads
            The number of threads, each of which has one image.
        largest
            The maximum size of an image.
        """
        half = total // 2
        self.share = half // threads
        self.places = max(1, half // largest)
        self._free = threading.BoundedSemaphore(self.places)
        self._of_thread = threading.local()

    @contextmanager
    def image(self) -> Iterator[None]:
        """Hold the memory for the image of this thread until the block ends."""
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
        """Wait until the image of this thread may take `size` bytes.

        Parameters
        ----------
        waiting
            Returns a context to wait in, such as one that stops a clock.
        """
        if size <= self.share or self._of_thread.has_place:
            return
        if not self._free.acquire(blocking=False):
            with waiting():
                self._free.acquire()
        self._of_thread.has_place = True
