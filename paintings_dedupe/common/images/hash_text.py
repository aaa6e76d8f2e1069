"""Perceptual hashes as text: read and compare them."""

from __future__ import annotations

import re

LEVELS = (8, 7, 6, 5, 4, 3, 2, 1)
# The default of the dbt var `flat_bits`: see `says_nothing`.
FLAT_BITS = 16
# The default of the uploader, of 128 bits, and what other programs permit.
DRIFT = 32
_FINEST = max(LEVELS)
_FINEST_DIGITS = 2 * _FINEST * _FINEST // 4
_HALF_BITS = _FINEST * _FINEST
_HEXADECIMAL = re.compile(r"[0-9a-f]+", re.ASCII)


class HashTextError(ValueError):
    """The text is not a hash at level 8; the message names the reason."""


def hamming_distance(left: str, right: str) -> int:
    """The number of bits in which two hashes of the same level differ, given as hex text."""
    return (int(left, 16) ^ int(right, 16)).bit_count()


def read_finest_hash(text: str | None) -> str:
    """Return the hash at level 8 in a table cell, as 32 lower-case digits.

    Missing digits at the left are zeros that a spreadsheet or a numeric column dropped. They are
    restored, unless the remaining text begins with a zero, because then something else was lost.

    Raises
    ------
    HashTextError
        When the cell contains no such hash.
    """
    digits = (text or "").strip().lower()
    if not digits:
        raise HashTextError("the row has no DHashHex8")
    if not _HEXADECIMAL.fullmatch(digits):
        raise HashTextError("the row's DHashHex8 is not a hexadecimal number")
    too_short = len(digits) < _FINEST_DIGITS and digits.startswith("0") and digits != "0"
    if too_short or len(digits) > _FINEST_DIGITS:
        raise HashTextError(f"the row's DHashHex8 has {len(digits)} digits, not {_FINEST_DIGITS}")
    return digits.zfill(_FINEST_DIGITS)


def says_nothing(finest: str) -> bool:
    """Whether a hash at level 8 belongs to an image with hardly any edges, as many images do.

    Almost all of the 64 comparisons along rows, and of the 64 along columns, have the same result.
    """
    bits = int(finest, 16)
    rows, columns = (bits >> _HALF_BITS).bit_count(), (bits & (1 << _HALF_BITS) - 1).bit_count()
    return min(rows, _HALF_BITS - rows) + min(columns, _HALF_BITS - columns) <= FLAT_BITS
