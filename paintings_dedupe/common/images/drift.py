"""Tell whether an image is the picture that its row was hashed from."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from paintings_dedupe.common.images.decode import Whole
from paintings_dedupe.common.images.hash_text import DRIFT, hamming_distance
from paintings_dedupe.common.images.hashing import finest_hash
from paintings_dedupe.common.images.pictures import as_first_read, turned

_BITS_A_DIGIT = 4


def drift_fault(whole: Whole, expected: str, drift: int = DRIFT) -> str:
    """Why an image is another picture than the one of its row; empty if it is that one.

    A JPEG is first hashed at a reduced size. Only if the hashes differ too much is it decoded at
    full size, like the image from which the row was hashed.

    Parameters
    ----------
    expected
        The DHashHex8 of the row.
    drift
        Maximum number of differing bits. More than half of the bits set in `expected` are too many
        in any case. Otherwise, a plain placeholder would match a picture with few edges.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        If the image cannot be decoded.
    """
    allowed = min(drift, int(expected, 16).bit_count() // 2)
    nearest = len(expected) * _BITS_A_DIGIT
    for image in _readings(whole):
        nearest = min(nearest, hamming_distance(finest_hash(image), expected))
        if nearest <= allowed:
            return ""
    return (
        f"another picture: its hash differs from the row's in {nearest} of 128 bits, more than "
        f"{allowed}"
    )


def _readings(whole: Whole) -> Iterator[Image.Image]:
    """Yield the forms of the image from which the row may have been hashed."""
    yield turned(whole.reduced, whole.orientation)
    stored = whole.full()
    yield turned(stored, whole.orientation)
    # Tables of other programs, and our older ones, contain hashes by the package `dhash`, which
    # reads the image as it is stored.
    yield as_first_read(stored)
