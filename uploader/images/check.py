"""Check that downloaded bytes are the image that the row describes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from paintings_dedupe.common.images.decode import examine, sniff
from paintings_dedupe.common.images.drift import drift_fault
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.metadata import Piece, end_of_image, joined, without_metadata
from uploader.outcomes import Outcome, RowError

# Bytes that may follow the end of an image: padding that cannot hide data.
_FILLING = b"\0\t\n\r "


class DriftError(RowError):
    """The bytes are not the picture that the row was hashed from."""

    outcome = Outcome.DRIFTED


@dataclass(frozen=True, slots=True)
class Claim:
    """The properties that a row claims for its image, and how to check them.

    Attributes
    ----------
    image_format
        The claimed format, such as ``"jpeg"``.
    formats
        The formats to decode. All but `image_format` are refused unless `any_format`.
    any_format
        Whether to accept another of `formats`.
    hash
        dHash at level 8, from `hash_text.read_finest_hash`. Empty means that there is nothing to
        compare.
    drift
        Maximum number of differing bits (of 128) between `hash` and the hash of the bytes.
    strip_metadata
        Whether to remove metadata before the image is checked and stored.
    refuse_trailing
        Whether to refuse files with data after the end of the image.
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
    """A complete image that matches the claim.

    Attributes
    ----------
    image_format
        The actual format, such as ``"jpeg"``.
    width, height
        The size in pixels, as displayed.
    pieces
        The parts of the file to store; see `metadata.joined`. None means all of it.
    """

    image_format: str
    width: int
    height: int
    pieces: tuple[Piece, ...] | None = None


def check(data: bytes, claim: Claim) -> CheckedImage:
    """Check that `data` is a complete image, and compare its hash with that of the row.

    Raises
    ------
    paintings_dedupe.common.images.faults.ImageError
        If the bytes are not one complete image of the claimed format.
    DriftError
        If the hash differs in more than `claim.drift` bits; see `images.drift`.
    """
    pieces = None
    image_format = sniff(data)
    if image_format in claim.formats and image_format is not None:
        if claim.refuse_trailing:
            _refuse_trailing(data, image_format)
        if claim.strip_metadata and (found := without_metadata(data, image_format)):
            # Check the bytes that will be stored.
            pieces = tuple(found)
            data = joined(pieces, data)
    whole = examine(data, claim.formats)
    if whole.image_format != claim.image_format and not claim.any_format:
        raise ImageError(f"a {whole.image_format}, not a {claim.image_format} as the row says")
    if claim.hash and (fault := drift_fault(whole, claim.hash, claim.drift)):
        raise DriftError(fault)
    return CheckedImage(whole.image_format, whole.width, whole.height, pieces)


def _refuse_trailing(data: bytes, image_format: str) -> None:
    """Refuse a file with data other than padding after the end of the image."""
    trailing = data[end_of_image(data, image_format) :].strip(_FILLING)
    if trailing:
        raise ImageError(
            f"{len(trailing):,} bytes follow the end of the image (--trailing-data refuse)"
        )
