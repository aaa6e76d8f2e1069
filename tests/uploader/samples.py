"""Rows, pictures and names to test with."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator

from PIL import Image

from paintings_dedupe.common.images.hashing import finest_hash
from paintings_dedupe.common.web.redaction import source_key
from uploader.images.properties import ImageProperties
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.publishing.manifest import manifest_files
from uploader.stores import Store, StoredBlob
from uploader.table.painting import Painting
from uploader.table.plan import FORMATS, Plan, Rules, plan_row

PREFIX = "Image/DataSets/Paintings/"
RULES = Rules(frozenset(FORMATS), PREFIX, 0.8)
FILES = manifest_files(PREFIX, "transferimages.txt")

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
    """Return an ordinary row with the given values, and without a hash to compare."""
    encoding_format = other.pop("encoding_format", "jpeg")
    assert encoding_format is None or isinstance(encoding_format, str)
    number = other.pop("artist_number", 7)
    assert number is None or isinstance(number, int)
    name = str(other.pop("hash", "1a2"))
    key = str(other.pop("key", name))
    finest = other.pop("finest_hash", None)
    assert finest is None or isinstance(finest, str)
    assert not other
    return Painting(key, artist, number, encoding_format, url, name, finest, random)


def planned(row: Painting, rules: Rules = RULES) -> Plan:
    """The plan for a row that is eligible."""
    made = plan_row(row, rules).todo
    assert isinstance(made, Plan), made
    return made


def blob_name(row: Painting, rules: Rules = RULES) -> str:
    """The name of the blob that an eligible row becomes."""
    return planned(row, rules).blob_name


def uploaded(name: str, data: bytes) -> Result:
    """Return the result of a row whose image is in the store."""
    return Result(Outcome.UPLOADED, tries=1, stored=StoredImage(name, len(data), md5(data), 3, 2))


async def put_image(store: Store, row: Painting, data: bytes, **changed: str) -> str:
    """Store an image as a transfer does, and return its name; `changed`: other metadata."""
    name = blob_name(row)
    metadata = ImageProperties(source_key(row.url), row.finest_hash, 3, 2).to_metadata()
    await store.put(name, data, "image/jpeg", md5(data), metadata | changed)
    return name


async def listing(*blobs: StoredBlob) -> AsyncIterator[StoredBlob]:
    """A listing of a store that holds these."""
    for blob in blobs:
        yield blob


async def listed(store: Store, prefix: str = "") -> list[StoredBlob]:
    """The blobs whose names begin with `prefix`, by name."""
    return sorted([blob async for blob in store.list_blobs(prefix)], key=lambda blob: blob.name)


async def names(store: Store, prefix: str = "") -> list[str]:
    """Their names."""
    return [blob.name for blob in await listed(store, prefix)]


async def content(store: Store, name: str) -> bytes:
    """Return the bytes of a blob, or none if it does not exist."""
    return b"".join([chunk async for chunk in store.read(name)])


def picture(image_format: str = "JPEG", shade: int = 0, size: tuple[int, int] = (32, 24)) -> bytes:
    """The bytes of an image with edges enough for a hash; another `shade` gives other bytes."""
    squares = Image.frombytes("L", (9, 9), bytes(pow(place, 3, 251) for place in range(1, 82)))
    # Brighter or darker, it is the same picture.
    shaded = squares.resize(size).point(lambda value: value * 3 // 4 + shade % 64)
    return encoded(shaded, image_format)


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


def hash_of(data: bytes) -> str:
    """Return the hash of this image in a row of UniquePaintings: its dHash at level 8."""
    with Image.open(io.BytesIO(data)) as image:
        return finest_hash(image)
