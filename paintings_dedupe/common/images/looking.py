"""Look at the images of rows in processes of their own: bytes from the web may crash a decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from paintings_dedupe.common.images.decode import Whole, examine
from paintings_dedupe.common.images.drift import drift_fault
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.guarded import LONGEST_REPLY, TIMEOUT_SECONDS, GuardedWork
from paintings_dedupe.common.images.limits import MAX_PIXELS

_HASH_DIGITS = 32

Result = TypeVar("Result")
Seen = Callable[[bytes, str], Result]


@dataclass(frozen=True)
class Look(Generic[Result]):
    """What is made of a whole image that shows the picture of its row.

    Attributes
    ----------
    work
        A function of a module, which returns a JSON value.
    checked
        Makes the result of that value, which a hostile image may have forged. It raises
        `ImageError` if it has.
    longest_reply
        As in `GuardedWork`.
    """

    work: Callable[[Whole], list[Any]]
    checked: Callable[[list[Any]], Result]
    longest_reply: int = LONGEST_REPLY

    @contextmanager
    def guarded(
        self,
        processes: int | None = None,
        max_pixels: int = MAX_PIXELS,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Iterator[Seen[Result]]:
        """Yield a function from the bytes of an image file to the result, for any thread.

        Its second argument is the DHashHex8 that the table has for the image, or nothing. The
        function raises `ImageError` for what is not a whole image, for one that makes it crash or
        hang, and for a picture of another hash: many servers answer with the same placeholder for
        all images.

        Parameters
        ----------
        processes
            The number of processes; None for one per core.
        max_pixels
            The maximum width x height.
        timeout
            Seconds after which an image is considered to hang.
        """
        work = partial(_look, work=self.work, max_pixels=max_pixels)
        with GuardedWork(work, processes, timeout, self.longest_reply) as guarded:
            yield lambda data, expected: self.checked(
                guarded(expected.rjust(_HASH_DIGITS).encode() + data)
            )


def _look(request: bytes, work: Callable[[Whole], list[Any]], max_pixels: int) -> list[Any]:
    """Do the work on an image whose bytes follow the hash of its row."""
    expected, data = request[:_HASH_DIGITS].decode().strip(), request[_HASH_DIGITS:]
    whole = examine(data, max_pixels=max_pixels)
    if expected and (fault := drift_fault(whole, expected)):
        raise ImageError(fault)
    return work(whole)
