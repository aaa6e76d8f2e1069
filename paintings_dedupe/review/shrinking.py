"""Make thumbnails in processes of their own, because bytes from the web may crash a decoder."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

from PIL import Image

from paintings_dedupe.common.images.decode import MAX_PIXELS, ImageError, examine
from paintings_dedupe.common.images.drift import drift_fault
from paintings_dedupe.common.images.guarded import TIMEOUT_SECONDS, GuardedWork
from paintings_dedupe.common.images.pictures import coloured, turned
from paintings_dedupe.review.thumbnail import Thumbnail

# Increase it whenever equal bytes may give another thumbnail.
METHOD_VERSION = "1"

_MEDIA_TYPE = "image/webp"
_WEBP = re.compile(rb"RIFF....WEBP", re.DOTALL)
# Of the encoder, 0 to 6: the default, 4, takes twice the time for 4 % fewer bytes.
_METHOD = 2
# Tried in this order until the file is small enough.
_QUALITIES = (70, 50, 30, 15)
# By how much a picture shrinks whose file is too large at any quality.
_SMALLER = 0.75
_HASH_DIGITS = 32


class Bounds(NamedTuple):
    """The most that a thumbnail takes: pixels of its longer side, and bytes."""

    side: int
    size: int


class Size(Enum):
    """The thumbnails of an image.

    2,000 small ones take 8 MB at most as text in a page, whatever they show. Of our photographs of
    paintings, a small one takes 2.5 KB on average and a large one 11 KB.
    """

    SMALL = Bounds(160, 3_000)
    LARGE = Bounds(320, 16_000)


Thumbnails = dict[Size, Thumbnail]
Shrink = Callable[[bytes, str], Thumbnails]


@contextmanager
def guarded_shrink(
    processes: int | None = None,
    max_pixels: int = MAX_PIXELS,
    timeout: float = TIMEOUT_SECONDS,
) -> Iterator[Shrink]:
    """Yield a function from the bytes of an image file to its thumbnails, for any thread.

    Its second argument is the DHashHex8 that the table has for the image, or nothing. The function
    raises `ImageError` for what is not a whole image, for one that makes it crash or hang, and for
    a picture of another hash, which would mislead whoever judges it.

    Parameters
    ----------
    processes
        The number of processes; None for one per core.
    max_pixels
        The maximum width x height.
    timeout
        Seconds after which an image is considered to hang.
    """
    with GuardedWork(partial(_shrink, max_pixels=max_pixels), processes, timeout) as guarded:
        yield lambda data, expected: _checked(guarded(expected.rjust(_HASH_DIGITS).encode() + data))


def _shrink(request: bytes, max_pixels: int) -> list[Any]:
    """Make the thumbnails of an image whose bytes follow the hash of its row."""
    expected, data = request[:_HASH_DIGITS].decode().strip(), request[_HASH_DIGITS:]
    whole = examine(data, max_pixels=max_pixels)
    if expected and (fault := drift_fault(whole, expected)):
        raise ImageError(fault)
    largest = max(size.value.side for size in Size)
    # Twice the size, because a reduced JPEG is less sharp.
    picture = coloured(turned(whole.at_least(2 * largest), whole.orientation))
    reply = []
    for size in sorted(Size, key=lambda size: size.value, reverse=True):
        picture = _within(picture, size.value.side)
        file, shown = _encoded(picture, size.value.size)
        reply.append([size.name, base64.b64encode(file).decode(), *shown])
    return reply


def _within(picture: Image.Image, side: int) -> Image.Image:
    """The picture with at most so many pixels on its longer side."""
    longer = max(picture.size)
    if longer <= side:
        return picture
    width, height = (max(1, round(length * side / longer)) for length in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=1.5)


def _encoded(picture: Image.Image, most: int) -> tuple[bytes, tuple[int, int]]:
    """A file of at most so many bytes, as good as they allow, and its size in pixels."""
    while True:
        for quality in _QUALITIES:
            file = io.BytesIO()
            picture.save(file, "WEBP", quality=quality, method=_METHOD)
            if file.tell() <= most:
                return file.getvalue(), picture.size
        picture = _within(picture, int(max(picture.size) * _SMALLER))


def _checked(reply: list[Any]) -> Thumbnails:
    """The thumbnails of a reply, which a hostile image may have forged."""
    try:
        found = {Size[name]: _thumbnail(Size[name].value, *values) for name, *values in reply}
        if len(found) == len(Size):
            return found
        reason: Exception = ValueError("a thumbnail is missing")
    except (ValueError, TypeError, KeyError) as error:
        reason = error
    raise ImageError("its thumbnails are invalid") from reason


def _thumbnail(bounds: Bounds, text: str, width: int, height: int) -> Thumbnail:
    data = base64.b64decode(text, validate=True)
    sides_fit = all(type(length) is int and 0 < length <= bounds.side for length in (width, height))
    if not (sides_fit and len(data) <= bounds.size and _WEBP.match(data)):
        raise ValueError("it is out of bounds")
    return Thumbnail(data, _MEDIA_TYPE, width, height)
