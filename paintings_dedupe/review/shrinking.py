"""Shrink the bytes of one image to its thumbnails."""

from __future__ import annotations

import base64
import io
import re
from enum import Enum
from typing import Any, NamedTuple

from PIL import Image

from paintings_dedupe.common.images.decode import Whole
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.looking import Look
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


def _shrink(whole: Whole) -> list[Any]:
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


SHRINKING = Look(_shrink, _checked)
