"""Extract features in processes of their own, because bytes from the web may crash a decoder."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from common.images.decode import MAX_PIXELS, ImageError, decode
from common.images.guarded import TIMEOUT_SECONDS, GuardedWork
from matcher.features import Features, extract

Extract = Callable[[bytes], bytes]

# Features take about 60 KB, in base64 a third more.
_LONGEST_REPLY = 512 * 1024


@contextmanager
def guarded_extract(
    processes: int | None = None,
    max_pixels: int = MAX_PIXELS,
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[Extract]:
    """Yield a function from the bytes of an image file to `Features.to_bytes`, for any thread.

    It raises `ImageError` for what is not a whole image, and for one that makes it crash or hang.

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
        yield lambda data: _checked(guarded(data))


def _extract(data: bytes, max_pixels: int) -> list[Any]:
    import cv2  # noqa: PLC0415 (only these processes need it)

    cv2.setNumThreads(1)
    features = extract(decode(data, max_pixels=max_pixels).image)
    return [base64.b64encode(features.to_bytes()).decode()]


def _checked(reply: list[Any]) -> bytes:
    """The features of a reply, which a hostile image may have forged."""
    try:
        (text,) = reply
        return Features.from_bytes(base64.b64decode(text, validate=True)).to_bytes()
    except (ValueError, TypeError) as error:
        raise ImageError("its features are invalid") from error
