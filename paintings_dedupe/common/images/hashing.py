"""Perceptual hashes of one image: dHash at levels 8 to 1."""

from __future__ import annotations

import numpy as np
from PIL import Image

from paintings_dedupe.common.images.hash_text import LEVELS
from paintings_dedupe.common.images.pictures import grey

_FINEST = max(LEVELS)


def difference_hashes(image: Image.Image) -> dict[int, str]:
    """Return the dHash of `image` at each of `LEVELS`, as hex text keyed by level.

    For ordinary 8-bit images, the text is exactly what
    ``dhash.format_hex(*dhash.dhash_row_col(image, level), level)`` of the PyPI package `dhash`
    returns; `pictures.grey` describes the differences. The length of the text varies
    at odd levels, where the package does not pad it, so compare such hashes for equality only.
    """
    shades = grey(image)
    return {level: _hex(shades, level) for level in LEVELS}


def finest_hash(image: Image.Image) -> str:
    """Return the dHash of `image` at level 8: 128 bits, 32 hexadecimal digits."""
    return _hex(grey(image), _FINEST)


def _hex(shades: Image.Image, level: int) -> str:
    """Compare each of the level x level pixels with its right and its lower neighbour."""
    side = level + 1
    small = shades.resize((side, side), Image.Resampling.LANCZOS)
    pixels = np.frombuffer(small.tobytes(), np.uint8).reshape(side, side)
    corner = pixels[:level, :level]
    row_bits = _number(corner < pixels[:level, 1:])
    column_bits = _number(corner < pixels[1:, :level])
    digits = level * level // 4
    return f"{row_bits:0{digits}x}{column_bits:0{digits}x}"


def _number(bits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    packed = np.packbits(bits)
    return int.from_bytes(packed.tobytes()) >> (-bits.size % 8)
