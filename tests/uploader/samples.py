"""Rows, pictures and names to test with."""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from uploader.outcomes import Outcome, Result
from uploader.plan import FORMATS, Rules
from uploader.rows import Painting

PREFIX = "Image/DataSets/Paintings/"
RULES = Rules(frozenset(FORMATS), PREFIX, 0.8)

# What the names of artists do to paths, URLs, lines and fields.
NASTY_ARTISTS = [
    "Claude Monet",
    "Théodore Géricault",
    "  two  spaces ",
    "#1?",
    "100% Blue",
    "%2F",
    "%252F",
    "AC/DC\\Live",
    "line\nbreak\r\ttab",
    "para\u2028graph\u2029next\u0085line\xa0no-break",
    "🎨 + 👩‍🎨 & co; a=b,c:d@e!$'()*~",
    "日本",
    "..",
    ".",
    "etc.",
    "nul\0 and \x1b[31m",
    "\ufffe\uffff",
]


def painting(
    artist: str = "Claude Monet",
    url: str = "http://127.0.0.1:9/",
    random: float = 0.5,
    **other: str | int | None,
) -> Painting:
    """A row, unremarkable but for what is given."""
    encoding_format = other.pop("encoding_format", "jpeg")
    assert encoding_format is None or isinstance(encoding_format, str)
    number = other.pop("artist_number", 7)
    assert number is None or isinstance(number, int)
    name = str(other.pop("hash", "1a2"))
    assert not other
    return Painting(artist, number, encoding_format, url, name, random)


def uploaded(row: Painting, blob_name: str, data: bytes) -> Result:
    """What a transfer says of a row whose image is in the store."""
    return Result(
        row, Outcome.UPLOADED, blob_name=blob_name, size=len(data), md5=md5(data), width=3, height=2
    )


def picture(image_format: str = "JPEG", shade: int = 0, size: tuple[int, int] = (32, 24)) -> bytes:
    """The bytes of an image that is no plain colour; another `shade` gives other bytes."""
    gradient = Image.linear_gradient("L").resize(size).point(lambda value: (value + shade) % 256)
    return encoded(gradient, image_format)


def encoded(image: Image.Image, image_format: str, *more: Image.Image) -> bytes:
    """`image`, and behind it `more`, as the bytes of one file."""
    buffer = io.BytesIO()
    if more:
        image.save(buffer, image_format, save_all=True, append_images=more)
    else:
        image.save(buffer, image_format)
    return buffer.getvalue()


def md5(data: bytes) -> bytes:
    """The digest that a store is given with `data`."""
    return hashlib.md5(data, usedforsecurity=False).digest()
