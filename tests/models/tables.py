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
    None, "", "100", "100.0", " 200 ", "1e3", "200", "0", "-1", "1.5", "wide", "1_0", "2147483648"
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


def frame(rows: list[dict[str, str | None]]) -> pd.DataFrame:
    """The rows as a table that has every column even where there is no row."""
    return pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
