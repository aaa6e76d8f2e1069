"""Decode image bytes, completely and safely, or say why not."""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

MAX_PIXELS = Image.MAX_IMAGE_PIXELS or 89_478_485
# Pillow itself refuses more; its guard stays on, as it also covers tiles and frames.
PIXELS_CEILING = 2 * MAX_PIXELS

# Pillow's name for each format -> the name used in EncodingFormat and in image/{format}.
_FORMAT_NAMES = {
    "BMP": "bmp",
    "GIF": "gif",
    "JPEG": "jpeg",
    "PNG": "png",
    "TIFF": "tiff",
    "WEBP": "webp",
}
FORMATS = frozenset(_FORMAT_NAMES.values())


class ImageError(Exception):
    """The bytes are not an acceptable image; the message says why."""


@dataclass(frozen=True)
class Decoded:
    """An image and what its file says of it.

    Attributes
    ----------
    image
        The pixels of the first frame.
    image_format
        The name of its true format, such as ``"jpeg"``.
    width, height
        Of the image in the file, in pixels.
    """

    image: Image.Image
    image_format: str
    width: int
    height: int


# A JPEG can be decoded to an eighth, quarter or half of its size in a fraction of the time. This
# is the smallest size, in pixels, that leaves a dHash at size 8 unharmed.
_DRAFT_SIZE = (64, 64)


def decode(
    data: bytes,
    formats: Collection[str] = FORMATS,
    max_pixels: int = MAX_PIXELS,
    draft: bool = False,
) -> Decoded:
    """Decode `data` to the last pixel of its first frame.

    Parameters
    ----------
    data
        The bytes of one image file.
    formats
        The format names to accept, out of `FORMATS`. No other decoder sees the bytes.
    max_pixels
        The largest width x height accepted, judged before any pixel is decoded. Values above
        `PIXELS_CEILING` accept no more than that.
    draft
        Decode a JPEG in grey and at a reduced size. Its stream is still read to the end, so
        that what is cut short or broken shows.

    Raises
    ------
    ImageError
        For bytes that are empty, no image, truncated, of another format, or too large.
    """
    if not data:
        raise ImageError("empty: no bytes at all")
    decoders = [pillow for pillow, name in _FORMAT_NAMES.items() if name in formats]
    try:
        image = Image.open(io.BytesIO(data), formats=decoders)
        # Pillow's own bomb limit only warns up to twice its value; ours is exact.
        width, height = image.size
        if width * height > max_pixels:
            raise ImageError(f"too large: {width} x {height} pixels")
        if draft:
            image.draft("L", _DRAFT_SIZE)
        image.load()
    except Image.DecompressionBombError as error:
        raise ImageError(f"too large: {error}") from error
    except UnidentifiedImageError as error:
        accepted = ", ".join(sorted(formats))
        raise ImageError(f"{_looks_like(data)}, not an image ({accepted})") from error
    # Pillow's decoders raise many types on hostile bytes (OSError, SyntaxError, ValueError,
    # struct.error, IndexError, ...); one bad image must never end a run.
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(f"corrupt: {error or type(error).__name__}") from error
    # Pillow's JPEG decoder calls a JPEG with further pictures behind the first, as many phones
    # write it, MPO.
    name = "jpeg" if image.format == "MPO" else _FORMAT_NAMES[str(image.format)]
    return Decoded(image, name, width, height)


def _looks_like(data: bytes) -> str:
    """What stands in the place of an image, for the reader of an error."""
    start = data[:512].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if start.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer"
    if start.startswith((b"<?xml", b"<svg")):
        return "an XML or SVG document"
    return "unknown bytes"
