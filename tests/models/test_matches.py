"""What matches make of groups: against the reference, and what the documentation promises."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given

from tests.helpers.examples import examples
from tests.models.compare import assert_models_match, bag
from tests.models.compiled import CompiledModels
from tests.models.match_reference import Match
from tests.models.near_rows import digest
from tests.models.plain_row import ROW, Rows, turned
from tests.models.tables import bridged_rows, frame, parts_of, rows_and_matches

_SOURCE = random.Random(12)  # noqa: S311 (no secret)
# Of different pictures: each is more than 60 bits from every other.
A, B, C, D = (_SOURCE.getrandbits(128) for _ in range(4))
STRONG, WEAK = 41, 40


def images(*hashes: int | None, artist: str = "Monet") -> Rows:
    """An image of each hash, or without one."""
    return [
        ROW
        | {
            "Artist": artist,
            "URL": f"http://{artist}/{number}",
            "DHashHex8": None if bits is None else f"{bits:032x}",
            "DHashHex3": f"{number:06x}",
        }
        for number, bits in enumerate(hashes)
    ]


def match(
    one: int | str,
    other: int | str,
    inliers: int = STRONG,
    is_match: bool | None = True,
    artists: str = "",
    is_same_view: bool = True,
) -> Match:
    """A row of `ImageMatches`; of hashes, or of fingerprints as they are."""
    texts = [f"{name:032x}" if isinstance(name, int) else name for name in (one, other)]
    return Match(
        ("Monet", texts[0]), (artists or "Monet", texts[1]), inliers, is_match, is_same_view
    )


@examples(2)
@given(parts_of(rows_and_matches))
def test_no_difference_on_any_table_with_matches(
    compiled: CompiledModels, table: tuple[Rows, list[Match]]
) -> None:
    """Also: under version 2, no match and no near pair stands on both sides of the split."""
    rows, matches = table
    assert_models_match(compiled.read_after(frame(rows), matches), matches)


@examples(2)
@given(parts_of(bridged_rows))
def test_no_difference_where_a_match_makes_the_way_shorter(
    compiled: CompiledModels, table: tuple[Rows, list[Match]]
) -> None:
    rows, matches = table
    read = compiled.read_after(frame(rows), matches)
    assert_models_match(read, matches)
    # Of an artist, the two pictures are more than 56 bits apart, which no chain of hashes may be.
    assert 0 < read("image_groups")["LargestDistance"].max() <= 56


@examples(2)
@given(parts_of(rows_and_matches))
def test_rows_of_others_change_no_group(
    compiled: CompiledModels, table: tuple[Rows, list[Match]]
) -> None:
    """They give every fingerprint another number, which must not decide between two matches."""
    rows, matches = table
    more = images(*(_SOURCE.getrandbits(128) for _ in range(5)), artist="Zorn")
    columns = ["Artist", "URL", "DHashHex8", "GroupId", "GroupSize", "KeptURL", "Random"]
    before, after = (
        compiled.read_after(frame(given), matches)("image_groups") for given in (rows, rows + more)
    )
    assert bag(before, columns) == bag(after[after["Artist"] != "Zorn"], columns)


Case = tuple[tuple[Rows, tuple[Match, ...]], list[set[str]]]
"""Rows and matches of Monet, and the groups, as sets of the numbers of images."""
Promise = Callable[[], Iterator[Case]]


def table(rows: Rows, *matches: Match) -> tuple[Rows, tuple[Match, ...]]:
    return rows, matches


def a_crop_joins_its_picture_in_spite_of_the_hashes() -> Iterator[Case]:
    """And what resembles the crop stays with both, though the picture is far from it."""
    near_b = turned(B, *range(20))
    yield table(images(A, B, near_b)), [{"0"}, {"1", "2"}]
    yield table(images(A, B, near_b), match(A, B)), [{"0", "1", "2"}]


def the_order_of_a_pair_and_a_second_row_do_not_matter() -> Iterator[Case]:
    """One match is enough, whatever else was found of the pair."""
    for pair in [(A, B), (B, A)]:
        seen = match(*pair), match(*pair, 0, False), match(*pair[::-1], 0, False), match(*pair)
        yield table(images(A, B), *seen), [{"0", "1"}]


def a_row_that_fits_no_picture_says_nothing() -> Iterator[Case]:
    """Of a picture that is gone, of an artist with another name, of a picture and itself."""
    lost = [
        match(A, C),
        match(C, D),
        match(A, B, artists="monet"),
        match(A, B, artists="Monet "),
        match(A, A),
        match(A, A, 0, False),
    ]
    yield table(images(A, B), *lost), [{"0"}, {"1"}]


def pictures_that_do_not_match_are_parted() -> Iterator[Case]:
    """Beyond the 4 bits of a copy, and with all copies of either."""
    four, five = turned(A, *range(4)), turned(A, *range(40, 45))
    copy = turned(five, 100)
    rows = images(A, four, five, copy)
    yield table(rows), [{"0", "1", "2", "3"}]
    parted = [match(four, copy, 5, False), match(A, four, 0, False)]
    yield table(rows, *parted), [{"0", "1"}, {"2", "3"}]
    yield table(rows, *parted, match(A, five)), [{"0", "1", "2", "3"}]


def what_is_undecided_is_for_the_hashes() -> Iterator[Case]:
    """As if nobody had looked; but another pair of the two sets may have been decided."""
    for bits in [5, 16, 17, 32]:
        near, copy = turned(A, *range(bits)), turned(A, *range(bits), 99)
        rows = images(A, near, copy)
        undecided = match(A, near, 0, None)
        yield table(rows, undecided), [{"0", "1", "2"}]
        yield table(rows, undecided, match(A, copy, 0, False)), [{"0"}, {"1", "2"}]
        yield table(images(A, B), match(A, B, STRONG, None)), [{"0"}, {"1"}]


def a_chain_is_split_into_close_pictures() -> Iterator[Case]:
    """Not into copies: 16 bits are little. Unless they were found to be different."""
    near = [turned(A, *range(30)), turned(A, *range(60))]
    close = [turned(bits, *range(100, 116)) for bits in (A, *near)]
    rows = images(A, *near, *close)
    yield table(rows), [{"0", "3"}, {"1", "4"}, {"2", "5"}]
    parted = match(A, close[0], 0, False)
    yield table(rows, parted), [{"0"}, {"1", "4"}, {"2", "5"}, {"3"}]


def one_weak_match_joins_no_two_groups_of_several_images() -> Iterator[Case]:
    """But a single image it does, and a second one beside it is enough, of other pictures."""
    a, b = turned(A, *range(20)), turned(B, *range(20))
    yield table(images(A, a, B), match(A, B, WEAK)), [{"0", "1", "2"}]
    rows = images(A, a, B, b)
    apart = [{"0", "1"}, {"2", "3"}]
    yield table(rows, match(A, B, WEAK)), apart
    yield table(rows, match(A, B, WEAK), match(a, B, WEAK)), apart
    yield table(rows, match(A, B, WEAK), match(a, b, WEAK)), [{"0", "1", "2", "3"}]
    yield table(rows, match(A, B, STRONG)), [{"0", "1", "2", "3"}]


def copies_are_images() -> Iterator[Case]:
    """A single image with one weak match leaves when a copy of it comes, and has two for two."""
    a = turned(A, *range(20))
    yield table(images(A, a, B, B), match(A, B, WEAK)), [{"0", "1"}, {"2", "3"}]
    both = match(A, B, WEAK), match(a, B, WEAK)
    yield table(images(A, a, B, turned(B, 1)), *both), [{"0", "1", "2", "3"}]


def a_photograph_of_a_wall_joins_no_two_paintings() -> Iterator[Case]:
    """It goes with the one that it matches better, however often it matches both."""
    a, b = turned(A, *range(20)), turned(B, *range(20))
    wall = [match(name, C, inliers) for name, inliers in ((A, 30), (a, 30), (B, 39), (b, 31))]
    yield table(images(A, a, B, b, C), *wall), [{"0", "1"}, {"2", "3", "4"}]
    yield table(images(A, a, B, b, C, turned(C, 1)), *wall), [{"0", "1"}, {"2", "3", "4", "5"}]
    # Once with each: the oldest, which has the smallest fingerprint, where the inliers are equal.
    once = [match(A, C, 30), match(B, C, 30)]
    first = min(A, a) < min(B, b)
    yield (
        table(images(A, a, B, b, C), *once),
        [{"0", "1", "4"}, {"2", "3"}] if first else [{"0", "1"}, {"2", "3", "4"}],
    )


def single_images_are_no_bridge() -> Iterator[Case]:
    """Nor is a path of them, of whatever length."""
    a, b = turned(A, *range(20)), turned(B, *range(20))
    path = [match(A, C, 30), match(C, D, 31), match(D, B, 30)]
    # Of C and D, nothing is said.
    yield table(images(A, a, B, b, C, D), *path), [{"0", "1"}, {"2", "3"}]


def a_picture_without_a_hash_is_found_by_its_match() -> Iterator[Case]:
    """Flat, or without DHashHex8: with few inliers, there is no hash to support the match."""
    flat = 0xFF
    name = f"flat:{digest('http://Monet/0')}"
    rows = images(flat, A, None, B)
    yield table(rows), [{"0"}, {"1"}, {"2"}, {"3"}]
    yield table(rows, match(name, A), match("3:000002", B)), [{"0", "1"}, {"2", "3"}]
    rows = images(flat, A, None, B, turned(A, *range(20)), B)
    yield (
        table(rows, match(name, A, WEAK), match("3:000002", B, WEAK)),
        [
            {"0", "1", "4"},
            {"2", "3", "5"},
        ],
    )


PROMISES = (
    a_crop_joins_its_picture_in_spite_of_the_hashes,
    the_order_of_a_pair_and_a_second_row_do_not_matter,
    a_row_that_fits_no_picture_says_nothing,
    pictures_that_do_not_match_are_parted,
    what_is_undecided_is_for_the_hashes,
    a_chain_is_split_into_close_pictures,
    one_weak_match_joins_no_two_groups_of_several_images,
    copies_are_images,
    a_photograph_of_a_wall_joins_no_two_paintings,
    single_images_are_no_bridge,
    a_picture_without_a_hash_is_found_by_its_match,
)
Groups = dict[str, list[set[str]]]


def renamed(match: Match, artist: str) -> Match:
    """A match of an artist called so, where it was one of Monet."""
    one, other = (
        (name.replace("Monet", artist).replace("monet", artist.lower()), text)
        for name, text in (match.one, match.other)
    )
    return replace(match, one=one, other=other)


def artist_of(promise: Promise, number: int) -> str:
    return f"Monet {PROMISES.index(promise)} {number}"


@pytest.fixture(scope="module")
def groups(compiled: CompiledModels) -> Groups:
    """The groups of each artist after one build, in which each case is an artist of its own."""
    rows, matches = [], []
    for promise in PROMISES:
        for number, ((some, seen), _) in enumerate(promise()):
            artist = artist_of(promise, number)
            rows += [row | {"Artist": artist} for row in some]
            matches += [renamed(match, artist) for match in seen]
    read = compiled.read_after(frame(rows), matches)
    assert_models_match(read, matches)
    found = read("image_groups")
    found["Number"] = found["URL"].str.rpartition("/")[2]
    assert (found.groupby("GroupId")["Split"].nunique() == 1).all()
    members = found.groupby(["Artist", "GroupId"])["Number"].agg(set)
    return {
        str(artist): sorted(some, key=sorted) for artist, some in members.groupby(level="Artist")
    }


@pytest.mark.parametrize("promise", PROMISES, ids=[promise.__name__ for promise in PROMISES])
def test_matches_make_the_groups_that_are_promised(groups: Groups, promise: Promise) -> None:
    for number, (_, expected) in enumerate(promise()):
        named = set().union(*expected)
        found = [group & named for group in groups[artist_of(promise, number)] if group & named]
        assert found == expected


def test_parted_pictures_stay_on_one_side(compiled: CompiledModels) -> None:
    """Until something shows that they are different, which a missing match does not."""
    near = turned(A, *range(20))
    read = compiled.read_after(frame(images(A, near)), [match(A, near, 0, False)])
    assert read("UniquePaintings_v2")["GroupSize"].tolist() == [1, 1]
    assert read("UniquePaintings_v2")["Random"].nunique() == 1


def test_the_picture_that_most_images_show_is_kept(compiled: CompiledModels) -> None:
    """Not the largest, which is a photograph of it on a wall; without a majority, the largest."""
    wall = images(C)[0] | {"URL": "http://wall", "Width": "4000"}
    seen = [match(A, C, is_same_view=False), match(B, C, is_same_view=False), match(A, B)]
    for rows, matches, kept in (
        ([*images(A, B), wall], seen, "http://Monet/0"),
        ([*images(A), wall], seen, "http://wall"),
        ([*images(A, turned(A, 1)), wall], seen, "http://Monet/0"),
    ):
        read = compiled.read_after(frame(rows), matches)
        assert_models_match(read, matches)
        assert read("UniquePaintings_v2")["URL"].tolist() == [kept]


def test_a_match_across_artists_is_a_conflict_on_one_side(compiled: CompiledModels) -> None:
    """Of every artist who has one of the two hashes; and it leaks under version 1."""
    hashes = [_SOURCE.getrandbits(128) for _ in range(20)]
    rows = [*images(*hashes), *images(B, artist="Manet"), *images(B, artist="Manes")]
    matches = [match(bits, B, WEAK, artists="Manet") for bits in hashes]
    read = compiled.read_after(frame(rows), matches)
    assert_models_match(read, matches)
    conflicts: pd.DataFrame = read("label_conflicts")
    found = conflicts[(conflicts[["Artist", "OtherArtist"]] == "Monet").any(axis=1)]
    assert len(found) == 40
    unique = read("UniquePaintings_v2")
    assert unique["GroupSize"].tolist() == [1] * 22
    assert unique["Random"].nunique() == 1
    assert len(read("split_leakage").query("ModelVersion == 1")) > 0
    assert read("split_leakage").query("ModelVersion == 2").empty
