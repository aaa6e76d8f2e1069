"""Check that downloaded bytes are the image that the row promises."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from PIL import Image

from common.images.decode import ImageError, Whole, examine, sniff
from common.images.hashing import finest_hash, hamming_distance
from common.images.metadata import Piece, end_of_image, joined, without_metadata
from common.images.pictures import as_first_read, turned
from uploader.outcomes import Outcome, RowError

_BITS_A_DIGIT = 4
# Zeros and white space at the end of a file hide nothing.
_FILLING = b"\0\t\n\r "


class DriftError(RowError):
    """The bytes are another picture than the one that the row was hashed from."""

    outcome = Outcome.DRIFTED


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
        dHash at size 8, as `common.images.hashing.read_finest_hash` gives it; empty: nothing to
        compare.
    drift
        In how many of its 128 bits the hash of the bytes may differ.
    strip_metadata
        Whether the image is judged, and to be stored, without metadata.
    refuse_trailing
        Whether a file is refused that goes on behind its image.
    """

    image_format: str
    formats: Collection[str]
    any_format: bool
    hash: str
    drift: int
    strip_metadata: bool = False
    refuse_trailing: bool = False


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """A complete image that is what its row claims.

    Attributes
    ----------
    image_format
        Its true format, such as ``"jpeg"``.
    width, height
        As shown, in pixels.
    pieces
        What to store of the file: see `common.images.metadata.joined`; None: all of it.
    """

    image_format: str
    width: int
    height: int
    pieces: tuple[Piece, ...] | None = None


def check(data: bytes, claim: Claim) -> CheckedImage:
    """See that `data` is whole, and hash it again.

    A JPEG is hashed at a reduced size. Only if its hash is too far from the row's is it decoded
    in full, as the row's image once was.

    Raises
    ------
    common.images.decode.ImageError
        When the bytes are anything else than one whole image of the format claimed.
    DriftError
        When the hash differs in more than `claim.drift` bits, or in half of the bits that are
        set in the row's: so far away is a plain placeholder from a picture with few edges.
    """
    pieces = None
    image_format = sniff(data)
    if image_format in claim.formats and image_format is not None:
        if claim.refuse_trailing:
            _refuse_trailing(data, image_format)
        if claim.strip_metadata and (found := without_metadata(data, image_format)):
            # What is judged is what will be stored.
            pieces = tuple(found)
            data = joined(pieces, data)
    whole = examine(data, claim.formats)
    if whole.image_format != claim.image_format and not claim.any_format:
        raise ImageError(f"a {whole.image_format}, not a {claim.image_format} as the row says")
    if claim.hash:
        allowed = min(claim.drift, int(claim.hash, 16).bit_count() // 2)
        distance = _distance(whole, claim.hash, allowed)
        if distance > allowed:
            raise DriftError(
                f"another picture: its hash differs from the row's in {distance} of 128 bits, "
                f"more than {allowed}"
            )
    return CheckedImage(whole.image_format, whole.width, whole.height, pieces)


def _refuse_trailing(data: bytes, image_format: str) -> None:
    """Refuse a file that goes on behind its image, but for what fills it up."""
    trailing = data[end_of_image(data, image_format) :].strip(_FILLING)
    if trailing:
        raise ImageError(
            f"{len(trailing):,} bytes follow the end of the image (--trailing-data refuse)"
        )


def _distance(whole: Whole, expected: str, allowed: int) -> int:
    """How far the image is from a hash, by the reading of it that is nearest."""
    nearest = len(expected) * _BITS_A_DIGIT
    for image in _readings(whole):
        nearest = min(nearest, hamming_distance(finest_hash(image), expected))
        if nearest <= allowed:
            break
    return nearest


def _readings(whole: Whole) -> Iterator[Image.Image]:
    """Yield the pictures that the row may have been hashed from."""
    yield turned(whole.reduced, whole.orientation)
    stored = whole.full()
    yield turned(stored, whole.orientation)
    # Tables of other programs, and older ones of ours, have the hashes that the package `dhash`
    # makes of an image as it is stored.
    yield as_first_read(stored)
