"""Perceptual hashes of one image: dHash at sizes 8 to 1."""

from __future__ import annotations

import dhash
from PIL import Image

LEVELS = (8, 7, 6, 5, 4, 3, 2, 1)


def difference_hashes(image: Image.Image) -> dict[int, str]:
    """Return the dHash of `image` at each of `LEVELS`, as hex text keyed by level.

    The text is bit for bit what ``dhash.format_hex(*dhash.dhash_row_col(image, level), level)``
    of the PyPI package `dhash` gives; turning the image grey once instead of once a level is
    the only difference. Hex of odd levels varies in length (the package pads it short), so
    compare it for equality only.

    Raises
    ------
    ValueError
        For a colour space that Pillow cannot turn grey, such as CIELAB.
    """
    grey = _grey(image)
    return {level: _hex(grey, level) for level in LEVELS}


def finest_hash(image: Image.Image) -> str:
    """Return the dHash of `image` at size 8: 128 bits, 32 hexadecimal digits.

    Raises
    ------
    ValueError
        As `difference_hashes`.
    """
    return _hex(_grey(image), max(LEVELS))


def hamming_distance(left: str, right: str) -> int:
    """In how many bits two hashes of one size, as hex text, differ."""
    return (int(left, 16) ^ int(right, 16)).bit_count()


def _hex(grey: Image.Image, level: int) -> str:
    return str(dhash.format_hex(*dhash.dhash_row_col(grey, level), level))


def _grey(image: Image.Image) -> Image.Image:
    """Flatten transparency onto white, as `dhash.get_grays` does, and drop the colour."""
    if image.mode in ("RGBA", "LA"):
        flat = Image.new(image.mode[:-1], image.size, "white")
        flat.paste(image, image.getchannel("A"))
        image = flat
    return image.convert("L")
