"""Check that downloaded bytes are the image that the row promises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageSequence

from common.hashing import finest_hash, hamming_distance
from common.images import ImageError, decode

_HASH_DIGITS = 32


class DriftError(Exception):
    """The bytes are another picture than the one that the row was hashed from."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a row says of its image.

    Attributes
    ----------
    image_format
        Such as ``"jpeg"``.
    formats
        The formats to accept; all but `image_format` are refused unless `any_format`.
    any_format
        Whether another of `formats` than the row's will do.
    hash
        dHash at size 8 as hex text; one of another length is not compared.
    drift
        In how many of its 128 bits the hash of the bytes may differ.
    """

    image_format: str
    formats: Collection[str]
    any_format: bool
    hash: str
    drift: int


@dataclass(frozen=True, slots=True)
class VerifiedImage:
    """A complete image that is what its row claims.

    Attributes
    ----------
    image_format
        Its true format, such as ``"jpeg"``.
    width, height
        In pixels.
    """

    image_format: str
    width: int
    height: int


def verify(data: bytes, claim: Claim) -> VerifiedImage:
    """Decode `data` to the last pixel of its last frame, and hash it again.

    A JPEG is decoded in grey and at a reduced size, which reads all of it in half the time. Only
    if its hash is too far from the row's is it decoded in full, as the row's image once was.

    Raises
    ------
    common.images.ImageError
        When the bytes are anything else than one whole image of the format claimed.
    DriftError
        When the hash differs in more than `claim.drift` bits, or in half of the bits that are
        set in the row's: so far away is a plain placeholder from a picture with few edges.
    """
    decoded = decode(data, claim.formats, draft=True)
    if decoded.image_format != claim.image_format and not claim.any_format:
        raise ImageError(f"a {decoded.image_format}, not a {claim.image_format} as the row says")
    verified = VerifiedImage(decoded.image_format, decoded.width, decoded.height)
    if len(claim.hash) == _HASH_DIGITS:
        allowed = min(claim.drift, int(claim.hash, 16).bit_count() // 2)
        distance = _distance(decoded.image, claim.hash)
        if distance > allowed:
            distance = _distance(decode(data, claim.formats).image, claim.hash)
        if distance > allowed:
            raise DriftError(
                f"another picture: its hash differs from the row's in {distance} of 128 bits, "
                f"more than {allowed}"
            )
    _load_further_frames(decoded.image)
    return verified


def _distance(image: Image.Image, expected: str) -> int:
    try:
        return hamming_distance(finest_hash(image), expected)
    except ValueError as error:
        raise ImageError(f"no hash: {error}") from error


def _load_further_frames(image: Any) -> None:
    """Decode an animation to its end, where it may be cut short."""
    if not getattr(image, "is_animated", False):
        return
    try:
        for frame in ImageSequence.Iterator(image):
            frame.load()
    except Exception as error:
        raise ImageError(f"corrupt: a further frame: {error or type(error).__name__}") from error
