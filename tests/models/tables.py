"""Tables of paintings made by hypothesis.

A build takes as long for a hundred rows as for one: most of it, DuckDB plans queries. So a table
has several parts, whose hashes are far from each other's: a test learns as much from it as from a
build of each part.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, permutations
from typing import Any

import pandas as pd
from hypothesis import assume
from hypothesis import strategies as st

from paintings_dedupe.common.images.hash_text import hamming_distance
from tests.models import reference
from tests.models.match_reference import Match
from tests.models.mirror_reference import mirrored_hash
from tests.models.near_rows import groupable
from tests.models.nodes import Node
from tests.models.plain_row import ROW as ROW_OF_ONE
from tests.models.plain_row import Row, Rows

PARTS = 6
Pair = tuple[Node, Node]
Table = tuple[list[Any], ...]
"""Lists of rows, the first of `Paintings`."""


class _Rows(list[Any]):
    """Rows of which a failing test says only how many: hundreds would hide its error."""

    def __repr__(self) -> str:
        return f"<{len(self)} rows>"


@st.composite
def parts_of(draw: st.DrawFn, make: Callable[[int], st.SearchStrategy[Table]]) -> Table:
    """A table whose lists hold what the lists of its parts hold."""
    parts = draw(st.tuples(*map(make, range(PARTS))))
    table = tuple(map(_Rows, map(chain.from_iterable, zip(*parts, strict=True))))
    # Hypothesis begins with the simplest table, in which the rows of a part are the same. It would
    # be one of the few that a test tries.
    assume(len({tuple(row.values()) for row in table[0]}) > PARTS)
    return table


@st.composite
def rows_of(draw: st.DrawFn, make: Callable[[int], st.SearchStrategy[Row]], most: int) -> Rows:
    """Rows of all parts, at most so many of each, and at least half as many."""
    (rows,) = draw(
        parts_of(lambda part: st.tuples(st.lists(make(part), min_size=most // 2, max_size=most)))
    )
    return rows


# Few values, so that hashes collide, sizes tie and every rule is met within a few rows.
def _one_of(*values: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from(values)


def _mostly(
    sound: tuple[str | None, ...], others: tuple[str | None, ...]
) -> st.SearchStrategy[str | None]:
    """A sound value in 9 of 10 rows: one with faults in many columns shows little of each."""
    times = -(-9 * len(others) // len(sound))
    return st.sampled_from((*sound * times, *others))


def _good_hashes(level: int, part: int = 0) -> tuple[str, ...]:
    """Four hashes of a level, some in upper case, with a blank, or without the zeros in front."""
    fewest, most = reference.DIGITS[level]
    # All parts share the third.
    texts = (f"0{10 ^ part:x}", f"1{14 ^ part:x}", "00", f"122{4 ^ part:x}4")
    first, *others = ((text * 16)[:most] for text in texts)
    written = [first, first.upper(), *(f" {text}" for text in others), (others[2] * 2)[:fewest]]
    return (*written, *((first[1:], "0") if fewest == most else ()))


# At an odd level: of these, 11 and 15 digits are too few and too many.
_BAD_HASHES_5 = (None, "", "0x1", "g", "é", "f" * 41, "f" * 11, "f" * 15, "f" * 13)
_LONG = tuple(
    text
    for most in (398, 399, 400, 401)
    for text in ("x" * most, "x" * (most - 1) + "\U0001f600", "\U0001f600" * (most // 2))
)
_ARTISTS = (
    *("Monet", "monet", " Monet ", "Édouard Manet", "Manet", "O'Keeffe", "O'Keeffe\U0001f600"),
    *("Mo\u200bnet", "\ufeffMonet\u00a0", "\u00c9douard\u00a0 \tManet"),
)
_SIZE = _mostly(
    ("100", "200", "100.0", " 200 ", None),
    ("", "1e3", "0", "-1", "1.5", "wide", "1_0", "2147483648"),
)
_COLUMNS = {
    "Artist": _mostly(_ARTISTS * 3 + _LONG, ("", None, "\u3000", "\xad")),
    "ArtistNumber": _mostly(("1", "2", None, "1.0", "-2147483648"), ("x",)),
    "Width": _SIZE,
    "Height": _SIZE,
    "EncodingFormat": _one_of("jpeg", "JPEG", " png", "image/jpg", "webp", None),
    "Name": _one_of(None, "a", "B", "ä; b"),
    "URL": _mostly(
        ("http://a/1", "http://a/2", "\ufeffhttp://a/2 ", "http://ä", "http://a/\u200b  x\u2003"),
        (None,),
    ),
}


def any_row(part: int) -> st.SearchStrategy[Row]:
    """One row of `Paintings`, every value as text."""
    hashes = {f"DHashHex{level}": _one_of(*_good_hashes(level, part)) for level in reference.LEVELS}
    # One level is enough to show what a bad hash does; eight would reject nearly every row.
    hashes["DHashHex5"] = _mostly(_good_hashes(5, part), _BAD_HASHES_5)
    return st.fixed_dictionaries(_COLUMNS | hashes)


ROW = any_row(0)


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


# Two pictures far apart.
_PICTURES = ("0f0f33cc55aa96c30ff03c5a69a5f00f", "a5c3f0693c965a0f33aa55cc0f6996f0")
_FLAT = "0" * 32
_HASH_6 = _one_of(*(_flip("123456789abcdef012", set(range(many))) for many in (0, 18, 19)))


def _pictures(part: int) -> tuple[str, str, str]:
    """The pictures with their lines in another order, and the mirror image of one."""
    one, other = (
        "".join(half[2 * part :] + half[: 2 * part] for half in (text[:16], text[16:]))
        for text in _PICTURES
    )
    return one, other, mirrored_hash(one)


def _artist(name: str, part: int) -> str:
    return f"{name} {part}" if part else name


def near_row(part: int) -> st.SearchStrategy[Row]:
    """One row of `Paintings` with hashes near each other, at and beyond every threshold."""
    pictures = _pictures(part)
    # As few or as many bits turned as rules tell apart.
    near_hash = st.tuples(
        st.sampled_from((*pictures, _FLAT)),
        st.sampled_from((0, 20, 40, 64, 100)),
        st.sampled_from((0, 0, 0, 4, 6, 7, 8, 9, 16, 17, 32, 33, 40, 41)),
    ).map(_near)
    artists = ("Monet", "Monet", "Monet", "monet", "Édouard Manet", "Manet")
    good = {level: _good_hashes(level, part) for level in reference.LEVELS}
    return st.fixed_dictionaries(
        {
            "Artist": _one_of(*(_artist(name, part) for name in artists)),
            "ArtistNumber": _one_of("1", None),
            "Width": _one_of("100", "200", None),
            "Height": _one_of("100", None),
            "EncodingFormat": _one_of("jpeg", None),
            "Name": _one_of("a", "B", None),
            "URL": _one_of("http://a/b", "http://a/B", "http://a/C", "http://ä/\U0001f600"),
            **{f"DHashHex{level}": _one_of(*hashes) for level, hashes in good.items()},
            # Version 1 keeps one image of each of these, so there are more of them.
            "DHashHex3": _one_of(*good[3], *(f"{part:x}{n:x}357" for n in range(16))),
            "DHashHex8": st.one_of(
                *[near_hash] * 3,
                _one_of(None, "", "0x1", "0a", "f" * 41, "f" * 16, "f" * 17, pictures[0][1:], "0"),
            ),
            "DHashHex6": st.one_of(_HASH_6, _HASH_6, _one_of(*good[6])),
        }
    )


NEAR_ROW = near_row(0)


def _match_row(part: int) -> st.SearchStrategy[Row]:
    """The same with two pictures, seldom a flat one, and hashes near each other in many ways."""
    one, other, mirrored = _pictures(part)
    near_hash = st.tuples(
        st.sampled_from((one, other, one, other, mirrored)),
        st.sampled_from((0, 64)),
        st.sampled_from((0, 4, 7, 8, 17, 21, 33, 40, 56, 57)),
    ).map(_near)
    return st.builds(
        lambda row, hash_text, artist: row | {"DHashHex8": hash_text, "Artist": artist},
        near_row(part),
        st.one_of(*[near_hash] * 8, st.sampled_from((_FLAT, None))),
        _one_of(*[_artist("Monet", part)] * 7, _artist("Manet", part)),
    )


def _near_and_far(nodes: list[Node]) -> tuple[list[Pair], list[Pair]]:
    """The pairs of an artist whose hashes may be linked, and those that only a match links."""
    near: list[Pair] = []
    far: list[Pair] = []
    for one, other in permutations(nodes, 2):
        if one[0] == other[0] and len(one[1]) == len(other[1]) == len(_FLAT):
            bits = hamming_distance(one[1], other[1])
            (near if bits <= 40 else far).append((one, other))
    return near, far


@st.composite
def rows_and_matches(draw: st.DrawFn, part: int = 0) -> tuple[Rows, list[Match]]:
    """Rows of `Paintings` with hashes that are near each other, and what pictures say of some.

    Pairs are given in either order and more than once, some of pictures that are not in the table.
    """
    rows = draw(st.lists(_match_row(part), min_size=7, max_size=14))
    nodes = sorted({row["node"] for row in groupable(reference.clean(frame(rows)))})
    monet = _artist("Monet", part)
    node = st.sampled_from([*nodes * 4, (monet, "gone"), (f"{monet} ", "0a")])
    # Some rows are about few pictures, so that these have many matches.
    few = st.sampled_from(nodes[:3] or [(monet, "gone")])
    near, far = _near_and_far(nodes)
    pair = st.one_of(
        *(st.sampled_from(pairs) for pairs in (near, near, far, far) if pairs),
        *(st.tuples(few, node), st.tuples(node, node), st.tuples(node, few)),
    )
    found = st.sampled_from(
        ((25, True), (30, True), (40, True), (41, True), (9, False), (8, False), (0, None))
    )
    drawn = st.lists(st.tuples(pair, found, st.booleans()), max_size=20)
    return rows, [Match(*pair, *found, view) for pair, found, view in draw(drawn)]


@st.composite
def bridged_rows(draw: st.DrawFn, part: int = 0) -> tuple[Rows, list[Match]]:
    """Rows of two pictures that match, though far apart, and of others that are near to either."""
    one, other, _ = _pictures(part)
    near = st.tuples(
        st.sampled_from((one, other)),
        st.sampled_from((0, 64)),
        st.sampled_from((7, 8, 17, 21, 28, 33, 40)),
    ).map(_near)
    hashes = [one, other, *draw(st.lists(near, min_size=3, max_size=7, unique=True))]
    artist = _artist("Monet", part)
    rows: Rows = [
        ROW_OF_ONE | {"Artist": artist, "URL": f"http://a/{n}", "DHashHex8": text}
        for n, text in enumerate(hashes)
    ]
    pairs = draw(st.lists(st.sampled_from(list(permutations(hashes, 2))), max_size=3))
    found = [(one, other), *pairs]
    return rows, [Match((artist, a), (artist, b), 41, True) for a, b in found]


def frame(rows: Rows) -> pd.DataFrame:
    """The rows as a table that has every column even where there is no row."""
    return pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
