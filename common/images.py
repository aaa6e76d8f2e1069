"""Decode image bytes, completely and safely, or say why not."""

from __future__ import annotations

import io
from collections.abc import Collection

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


def decode(
    data: bytes, formats: Collection[str] = FORMATS, max_pixels: int = MAX_PIXELS
) -> tuple[Image.Image, str]:
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

    Returns
    -------
    The loaded image and the name of its true format, such as ``"jpeg"``.

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
        if image.width * image.height > max_pixels:
            raise ImageError(f"too large: {image.width} x {image.height} pixels")
        image.load()
    except Image.DecompressionBombError as error:
        raise ImageError(f"too large: {error}") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"not an image of a format accepted ({', '.join(sorted(formats))})") from (
            error
        )
    # Pillow's decoders raise many types on hostile bytes (OSError, SyntaxError, ValueError,
    # struct.error, IndexError, ...); one bad image must never end a run.
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(f"corrupt: {error or type(error).__name__}") from error
    # Pillow's JPEG decoder calls a JPEG with further pictures behind the first, as many phones
    # write it, MPO.
    return image, "jpeg" if image.format == "MPO" else _FORMAT_NAMES[str(image.format)]
