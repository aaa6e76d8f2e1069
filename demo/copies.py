"""Make copies of a painting like those that a web search finds."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageEnhance, ImageOps


@dataclass(frozen=True)
class ImageFile:
    """One image file, not yet on disk."""

    name: str
    extension: str
    data: bytes


@dataclass(frozen=True)
class Original:
    """A painting, and the file in which it was first shown."""

    title: str
    picture: Image.Image
    file: ImageFile


Copier = Callable[[random.Random, Original], ImageFile]
"""Makes a file that shows the painting, with choices from a source of chance."""


def encode(picture: Image.Image, extension: str, quality: int = 88) -> bytes:
    """Return `picture` as the bytes of a file with that `extension`."""
    buffer = io.BytesIO()
    match extension:
        case "jpg":
            picture.save(buffer, "JPEG", quality=quality)
        case "gif":
            picture.quantize(128).save(buffer, "GIF")
        case "webp":
            picture.save(buffer, "WEBP", quality=quality)
        case _:
            picture.save(buffer, extension)
    return buffer.getvalue()


def mirror(rng: random.Random, original: Original) -> ImageFile:
    """The very same bytes at another address."""
    del rng
    return ImageFile(f"{original.title}, mirror", original.file.extension, original.file.data)


def postcard(rng: random.Random, original: Original) -> ImageFile:
    """A smaller picture, in any format."""
    share = rng.uniform(0.5, 0.75)
    width, height = original.picture.size
    small = original.picture.resize((round(width * share), round(height * share)))
    extension = rng.choice(["jpg", "jpg", "png", "gif", "bmp", "webp"])
    return ImageFile(f"{original.title}, postcard", extension, encode(small, extension))


def re_encoded(rng: random.Random, original: Original) -> ImageFile:
    """The same size in another format, or saved once more with a poorer quality."""
    extension = rng.choice(["jpg", "jpg", "gif", "webp", "webp"])
    data = encode(original.picture, extension, quality=rng.randint(35, 65))
    return ImageFile(f"{original.title}, web copy", extension, data)


def recoloured(rng: random.Random, original: Original) -> ImageFile:
    """A scan that came out lighter, darker, flatter or paler than the painting."""
    gamma = rng.choice([0.75, 0.85, 1.2, 1.4])
    scan = original.picture.point([round(255 * (v / 255) ** gamma) for v in range(256)] * 3)
    scan = ImageEnhance.Contrast(scan).enhance(rng.uniform(0.8, 1.15))
    scan = ImageEnhance.Color(scan).enhance(rng.uniform(0.6, 1.3))
    return ImageFile(f"{original.title}, old print", "jpg", encode(scan, "jpg", 80))


def cropped(rng: random.Random, original: Original) -> ImageFile:
    """A little trimmed on each side, as by a frame."""
    border = round(min(original.picture.size) * rng.uniform(0.006, 0.02))
    trimmed = ImageOps.crop(original.picture, border)
    extension = rng.choice(["jpg", "jpg", "webp"])
    return ImageFile(f"{original.title}, trimmed", extension, encode(trimmed, extension, 82))


COPIERS: tuple[Copier, ...] = (
    mirror,
    postcard,
    re_encoded,
    recoloured,
    cropped,
)
"""Each way to copy a painting; every one names its file differently."""
