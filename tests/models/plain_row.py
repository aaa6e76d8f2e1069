"""Rows for tests of single cases, alike but for what a case is about."""

from __future__ import annotations

from tests.models import reference

Row = dict[str, str | None]
Rows = list[Row]
ROW = reference.SOUND_HASHES | {
    "Artist": "Monet",
    "ArtistNumber": "1",
    "Width": "100",
    "Height": "100",
    "EncodingFormat": "jpeg",
    "Name": "a",
}


def turned(hash_bits: int, *bits: int) -> int:
    """The hash with these bits turned."""
    return hash_bits ^ sum(1 << bit for bit in bits)
