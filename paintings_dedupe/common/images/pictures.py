"""Convert a decoded image of any mode to the 8-bit picture that a viewer displays."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
from PIL import Image, ImageCms

_BITS_8, _BITS_12, _BITS_16 = 255, 4095, 65_535
# For each Exif orientation, the operation that rotates the stored picture for display.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
UPRIGHT = 1
_SWAPS_SIDES = frozenset((5, 6, 7, 8))


def grey(image: Image.Image) -> Image.Image:
    """Return `image` in 8-bit grey, on white where it is transparent.

    For ordinary 8-bit images, the result equals that of the package `dhash`, pixel for pixel. Where
    Pillow's own conversion would lose the picture, it is kept: values of 16 bits, 32 bits and
    floating point are scaled to 8 bits; the transparency of a palette or of one colour counts like
    that of an alpha channel; and an alpha channel of zeros only, which some programs write to files
    without transparency, is ignored.
    """
    mode = image.mode
    if mode == "L" and "transparency" not in image.info:
        return image
    if mode.startswith(("I", "F")):
        return _scaled(image)
    return _opaque(image).convert("L")


def coloured(image: Image.Image) -> Image.Image:
    """Return `image` in 8-bit RGB, on white where it is transparent."""
    if image.mode.startswith(("I", "F")):
        return _scaled(image).convert("RGB")
    return _opaque(image).convert("RGB")


def as_first_read(image: Image.Image) -> Image.Image:
    """Return `image` in grey as the package `dhash` reads it, even if that loses the picture."""
    if image.mode in ("RGBA", "LA"):
        image = _laid_on_white(image)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return image.convert("L") if image.mode != "LAB" else image.getchannel("L")


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return `image` rotated as an Exif orientation says."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def turned_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of an image that is rotated as an Exif orientation says."""
    return (height, width) if orientation in _SWAPS_SIDES else (width, height)


def _opaque(image: Image.Image) -> Image.Image:
    mode = image.mode
    if mode == "LAB":
        image = ImageCms.applyTransform(image, _lab_to_rgb()) or image
    elif mode in ("La", "RGBa"):
        image = image.convert(f"{mode[:-1]}A")
    elif mode == "PA" or "transparency" in image.info:
        image = _with_alpha(image)
    return _on_white(image) if image.mode in ("RGBA", "LA") else image


def _with_alpha(image: Image.Image) -> Image.Image:
    """Convert the transparency of a palette, or of one colour, to an alpha channel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return image.convert("RGBA")


def _on_white(image: Image.Image) -> Image.Image:
    if image.getchannel("A").getextrema()[1] == 0:
        # Otherwise nothing of the picture would be left.
        return image.convert(image.mode[:-1])
    return _laid_on_white(image)


def _laid_on_white(image: Image.Image) -> Image.Image:
    flat = Image.new(image.mode[:-1], image.size, "white")
    flat.paste(image, image.getchannel("A"))
    return flat


def _scaled(image: Image.Image) -> Image.Image:
    """Scale integers by the bits that they use, and other numbers by their range."""
    values = np.asarray(image)
    key = image.info.get("transparency")
    hidden = values == key if isinstance(key, int) else None
    if image.mode == "F":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    lowest, highest = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if image.mode == "F" and lowest >= 0 and highest <= 1:
        values = values * _BITS_8
    elif lowest < 0 or highest > _BITS_16:
        span = (highest - lowest) or 1.0
        values = (values.astype(np.float32) - lowest) * (_BITS_8 / span)
    elif highest > _BITS_12:
        # The upper byte, so that a picture has the same hash in 8 and in 16 bits.
        values = values // 256
    elif highest > _BITS_8:
        # Scanners write 12 bits in this way. The upper byte would leave 16 shades.
        values = values // 16
    pixels = np.clip(values, 0, _BITS_8).astype(np.uint8)
    if hidden is not None and not hidden.all():
        pixels[hidden] = _BITS_8
    return Image.fromarray(pixels)


@cache
def _lab_to_rgb() -> ImageCms.ImageCmsTransform:
    lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, rgb, "LAB", "RGB")
