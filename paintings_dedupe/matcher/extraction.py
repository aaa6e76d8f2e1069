"""Extract features in processes of their own, because bytes from the web may crash a decoder."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from paintings_dedupe.common.images.decode import MAX_PIXELS, ImageError, examine
from paintings_dedupe.common.images.drift import drift_fault
from paintings_dedupe.common.images.guarded import TIMEOUT_SECONDS, GuardedWork
from paintings_dedupe.common.images.pictures import turned
from paintings_dedupe.matcher.features import Features, extract

Extract = Callable[[bytes, str], bytes]

# Features take about 60 KB, in base64 a third more.
_LONGEST_REPLY = 512 * 1024
_HASH_DIGITS = 32


@contextmanager
def guarded_extract(
    processes: int | None = None,
    max_pixels: int = MAX_PIXELS,
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[Extract]:
    """Yield a function from the bytes of an image file to `Features.to_bytes`, for any thread.

    Its second argument is the DHashHex8 that the table has for the image, or nothing. The function
    raises `ImageError` for what is not a whole image, for one that makes it crash or hang, and for
    a picture of another hash: many servers answer with the same placeholder for all images.

    Parameters
    ----------
    processes
        The number of processes; None for one per core.
    max_pixels
        The maximum width x height.
    timeout
        Seconds after which an image is considered to hang.
    """
    work = partial(_extract, max_pixels=max_pixels)
    with GuardedWork(work, processes, timeout, _LONGEST_REPLY) as guarded:
        yield lambda data, expected: _checked(guarded(expected.rjust(_HASH_DIGITS).encode() + data))


def _extract(request: bytes, max_pixels: int) -> list[Any]:
    """Extract the features of an image whose bytes follow the hash of its row."""
    import cv2  # noqa: PLC0415 (only these processes need it)

    cv2.setNumThreads(1)
    expected, data = request[:_HASH_DIGITS].decode().strip(), request[_HASH_DIGITS:]
    whole = examine(data, max_pixels=max_pixels)
    if expected and (fault := drift_fault(whole, expected)):
        raise ImageError(fault)
    shown = turned(whole.full(), whole.orientation)
    return [base64.b64encode(extract(shown).to_bytes()).decode()]


def _checked(reply: list[Any]) -> bytes:
    """The features of a reply, which a hostile image may have forged."""
    try:
        (text,) = reply
        return Features.from_bytes(base64.b64decode(text, validate=True)).to_bytes()
    except (ValueError, TypeError) as error:
        raise ImageError("its features are invalid") from error
