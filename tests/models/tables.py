"""Tables of paintings made by hypothesis."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from tests.models import reference
from tests.models.match_reference import Match
from tests.models.mirror_reference import mirrored_hash
from tests.models.near_reference import NearDuplicates


# Few values, so that hashes collide, sizes tie and every rule is met within a few rows.
def _one_of(*values: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from(values)


def _good_hash(level: int) -> st.SearchStrategy[str | None]:
    """Four hashes of a level, some in upper case, with a blank, or without the zeros in front."""
    fewest, most = reference.DIGITS[level]
    first, *others = ((text * 16)[:most] for text in ("0a", "1e", "00", "12244"))
    written = [first, first.upper(), *(f" {text}" for text in others), (others[2] * 2)[:fewest]]
    return _one_of(*written, *([first[1:], "0"] if fewest == most else []))


# At an odd level: of these, 11 and 15 digits are too few and too many.
_HASH_5 = st.one_of(
    *[_good_hash(5)] * 4,
    _one_of(None, "", "0x1", "g", "é", "f" * 41, "f" * 11, "f" * 15, "f" * 13),
)
_LONG = st.sampled_from((398, 399, 400, 401)).flatmap(
    lambda most: _one_of("x" * most, "x" * (most - 1) + "\U0001f600", "\U0001f600" * (most // 2))
)
_SIZE = _one_of(
    None, "", "100", "100.0", " 200 ", "1e3", "200", "0", "-1", "1.5", "wide", "1_0", "2147483648"
)
ROW = st.fixed_dictionaries(
    {
        "Artist": st.one_of(
            _one_of("Monet", "monet", " Monet ", "Édouard Manet", "Manet", "", None),
            _one_of(
                "Mo\u200bnet", "\ufeffMonet\u00a0", "\u00c9douard\u00a0 \tManet", "\u3000", "\xad"
            ),
            _one_of("O'Keeffe", "O'Keeffe\U0001f600"),
            _LONG,
        ),
        "ArtistNumber": _one_of("1", "2", None, "1.0", "x"),
        "Width": _SIZE,
        "Height": _SIZE,
        "EncodingFormat": _one_of("jpeg", "JPEG", " png", "image/jpg", "webp", None),
        "Name": st.one_of(st.none(), _one_of("a", "b", "ä; b")),
        "URL": _one_of(
            "http://a/1",
            "http://a/2",
            "\ufeffhttp://a/2 ",
            "http://ä",
            "http://a/\u200b  x\u2003",
            None,
        ),
        **{f"DHashHex{level}": _good_hash(level) for level in reference.LEVELS},
        # One level is enough to show what a bad hash does; eight would reject nearly every row.
        "DHashHex5": _HASH_5,
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


# Two pictures far apart, the mirror image of one, and a flat one; as few or as many bits turned
# as rules tell apart.
_PICTURES = ("0f0f33cc55aa96c30ff03c5a69a5f00f", "a5c3f0693c965a0f33aa55cc0f6996f0")
_MIRRORED = mirrored_hash(_PICTURES[0])
_FLAT = "0" * 32
_NEAR_HASH = st.tuples(
    st.sampled_from((*_PICTURES, _MIRRORED, _FLAT)),
    st.sampled_from((0, 20, 40, 64, 100)),
    st.sampled_from((0, 0, 0, 4, 6, 7, 8, 9, 16, 17, 32, 33, 40, 41)),
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
        **{f"DHashHex{level}": _good_hash(level) for level in reference.LEVELS},
        "DHashHex8": st.one_of(
            *[_NEAR_HASH] * 3,
            _one_of(None, "", "0x1", "0a", "f" * 41, "f" * 16, "f" * 17, _PICTURES[0][1:], "0"),
        ),
        "DHashHex6": st.one_of(_HASH_6, _HASH_6, _good_hash(6)),
    }
)
"""One row of `Paintings` with hashes that are near each other, at and beyond every threshold."""


# Two pictures far apart, seldom a flat one, and hashes that are near each other in many ways.
_MATCH_HASH = st.one_of(
    *[
        st.tuples(
            st.sampled_from((*_PICTURES, *_PICTURES, _MIRRORED)),
            st.sampled_from((0, 64)),
            st.sampled_from((0, 4, 7, 8, 17, 21, 33, 40, 56, 57)),
        ).map(_near)
    ]
    * 8,
    st.sampled_from((_FLAT, None)),
)
_MATCH_ROW = st.builds(
    lambda row, hash_text, artist: row | {"DHashHex8": hash_text, "Artist": artist},
    NEAR_ROW,
    _MATCH_HASH,
    _one_of(*["Monet"] * 7, "Manet"),
)


@st.composite
def rows_and_matches(draw: st.DrawFn) -> tuple[list[dict[str, str | None]], list[Match]]:
    """Rows of `Paintings` with hashes that are near each other, and what pictures say of some.

    Pairs are given in either order and more than once, some of pictures that are not in the table.
    """
    rows = draw(st.lists(_MATCH_ROW, min_size=2, max_size=14))
    nodes = sorted(NearDuplicates(reference.clean(frame(rows))).rows_of)
    node = st.sampled_from([*nodes * 4, ("Monet", "gone"), ("Monet ", "0a")])
    # Some rows are about few pictures, so that these have many matches.
    few = st.sampled_from(nodes[:3] or [("Monet", "gone")])
    pair = st.one_of(st.tuples(few, node), st.tuples(node, node), st.tuples(node, few))
    found = st.sampled_from(((25, True), (30, True), (40, True), (41, True), (9, False), (0, None)))
    drawn = st.lists(st.tuples(pair, found, st.booleans()), max_size=20)
    return rows, [Match(*pair, *found, view) for pair, found, view in draw(drawn)]


def frame(rows: list[dict[str, str | None]]) -> pd.DataFrame:
    """The rows as a table that has every column even where there is no row."""
    return pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
