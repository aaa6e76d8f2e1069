"""Check that downloaded bytes are the image that the row promises."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from common.images import decode


@dataclass(frozen=True, slots=True)
class VerifiedImage:
    """A complete image of the promised format.

    Attributes
    ----------
    image_format
        Such as ``"jpeg"``.
    width, height
        In pixels.
    md5
        Digest of the bytes, 16 bytes.
    """

    image_format: str
    width: int
    height: int
    md5: bytes


def verify(data: bytes, image_format: str) -> VerifiedImage:
    """Decode `data` to the last pixel as `image_format`.

    Raises
    ------
    common.images.ImageError
        When the bytes are anything else than one whole image of that format.
    """
    image, true_format = decode(data, {image_format})
    md5 = hashlib.md5(data, usedforsecurity=False).digest()
    return VerifiedImage(true_format, image.width, image.height, md5)
