"""Measure one image: size, true format, perceptual hashes, quality."""

from __future__ import annotations

from dataclasses import dataclass

from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.hash_text import LEVELS
from paintings_dedupe.common.images.hashing import difference_hashes
from paintings_dedupe.common.images.quality import Quality, quality


@dataclass(frozen=True)
class Measurement:
    """The measurements of an image; fields as in `rows.PaintingRow`."""

    width: int
    height: int
    encoding_format: str
    hashes: tuple[str, ...]
    quality: Quality


def measure(data: bytes, max_pixels: int) -> Measurement:
    """Decode `data` once and measure the image.

    Raises
    ------
    ImageError
        For bytes that `decode.decode` refuses, or more than `max_pixels` pixels.
    """
    decoded = decode(data, max_pixels=max_pixels)
    hashes = difference_hashes(decoded.image)
    return Measurement(
        decoded.width,
        decoded.height,
        decoded.image_format,
        tuple(hashes[level] for level in LEVELS),
        quality(decoded.image, decoded.is_turned),
    )
