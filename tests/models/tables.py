"""Tables of paintings made by hypothesis."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from tests.models import reference


# Few values, so that hashes collide, sizes tie and every rule is met within a few rows.
def _one_of(*values: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from(values)


_GOOD_HASH = _one_of("0a", "0A", " ff", "00", "12244")
_HASH = st.one_of(
    _GOOD_HASH, _GOOD_HASH, _GOOD_HASH, _GOOD_HASH, _one_of(None, "", "0x1", "g", "é", "f" * 41)
)
_SIZE = _one_of(
    None, "", "100", "100.0", " 200 ", "1e3", "200", "0", "-1", "1.5", "wide", "2147483648"
)
ROW = st.fixed_dictionaries(
    {
        "Artist": _one_of("Monet", "monet", " Monet ", "Édouard Manet", "Manet", "", None),
        "ArtistNumber": _one_of("1", "2", None, "1.0", "x"),
        "Width": _SIZE,
        "Height": _SIZE,
        "EncodingFormat": _one_of("jpeg", "JPEG", " png", None),
        "Name": st.one_of(st.none(), _one_of("a", "b", "ä; b")),
        "URL": _one_of("http://a/1", "http://a/2", "http://a/2 ", "http://ä", None),
        **dict.fromkeys(reference.HASHES, _GOOD_HASH),
        # One level is enough to show what a bad hash does; eight would reject nearly every row.
        "DHashHex5": _HASH,
    }
)
"""One row of `Paintings`, every value as text."""


def _flip(hash_text: str, bits: set[int]) -> str:
    """The hash with these bits turned."""
    number = int(hash_text, 16)
    for bit in bits:
        number ^= 1 << bit
    return f"{number:0{len(hash_text)}x}"


def _near(parts: tuple[str, int, int]) -> str:
    """The hash of a picture with so many bits turned, from the first on."""
    picture, first, many = parts
    return _flip(picture, {(first + n) % 128 for n in range(many)})


# Two pictures far apart, and a flat one; then as few or as many bits turned as rules tell apart.
_PICTURES = ("0f0f33cc55aa96c30ff03c5a69a5f00f", "a5c3f0693c965a0f33aa55cc0f6996f0", "0" * 32)
_NEAR_HASH = st.tuples(
    st.sampled_from(_PICTURES),
    st.sampled_from((0, 20, 40, 64, 100)),
    st.sampled_from((0, 0, 0, 4, 8, 9, 16, 17, 32, 33, 40, 41)),
).map(_near)
_HASH_6 = _one_of(*(_flip("123456789abcdef012", set(range(many))) for many in (0, 18, 19)))
NEAR_ROW = st.fixed_dictionaries(
    {
        "Artist": _one_of("Monet", "Monet", "Monet", "Édouard Manet", "Manet"),
        "ArtistNumber": _one_of("1", None),
        "Width": _one_of("100", "200", None),
        "Height": _one_of("100", None),
        "EncodingFormat": _one_of("jpeg", None),
        "Name": _one_of("a", None),
        "URL": _one_of("http://a/1", "http://a/2", "http://ä/\U0001f600"),
        **dict.fromkeys(reference.HASHES, _GOOD_HASH),
        "DHashHex8": st.one_of(
            _NEAR_HASH, _NEAR_HASH, _NEAR_HASH, _one_of(None, "", "0x1", "0a", "f" * 41)
        ),
        "DHashHex6": st.one_of(_HASH_6, _HASH_6, _GOOD_HASH),
    }
)
"""One row of `Paintings` with hashes that are near each other, at and beyond every threshold."""


def frame(rows: list[dict[str, str | None]]) -> pd.DataFrame:
    """The rows as a table that has every column even where there is no row."""
    return pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
