"""What verdicts make of images and groups: against the reference, and what is promised of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd
from hypothesis import given

from tests.helpers.examples import examples
from tests.models.compare import assert_models_match, bag
from tests.models.compiled import CompiledModels
from tests.models.mirror_reference import mirrored_hash
from tests.models.plain_row import ROW, Rows, turned
from tests.models.tables import frame, parts_of
from tests.models.verdict_reference import Verdict
from tests.models.verdict_tables import Table, judged_tables

_SOURCE = random.Random(12)  # noqa: S311 (no secret)
# Each is more than 60 bits from the other.
A, B = (_SOURCE.getrandbits(128) for _ in range(2))


def judged(verdict: str, one: int, other: int) -> Verdict:
    """A verdict on two images of Monet."""
    return Verdict(verdict, "Monet", f"{one:032x}", None, "Monet", f"{other:032x}", None)


Case = tuple[list[int], Sequence[Verdict]]
"""A hash for each image of Monet, and verdicts on them."""


def groups(compiled: CompiledModels, *cases: Case, widest: int = 0) -> list[list[set[str]]]:
    """Of each case the groups, as sets of the numbers of its images.

    All are one build, in which each case is an artist of its own.
    """
    rows: Rows = []
    verdicts: list[Verdict] = []
    for number, (hashes, some) in enumerate(cases):
        artist = f"Monet {number}"
        images: Rows = [
            ROW
            | {"URL": f"http://a/{n}", "DHashHex8": f"{bits:032x}", "DHashHex3": f"{n:06x}"}
            | {"Artist": artist}
            for n, bits in enumerate(hashes)
        ]
        images[widest]["Width"] = "4000"
        rows += images
        verdicts += [replace(verdict, artist=artist, other_artist=artist) for verdict in some]
    read = compiled.read_after(frame(rows), (), verdicts)
    assert_models_match(read, (), verdicts)
    found = read("image_groups")
    found["Number"] = found["URL"].str.rpartition("/")[2]
    members = found.groupby(["Artist", "GroupId"])["Number"].agg(set)
    return [sorted(members[f"Monet {number}"], key=sorted) for number in range(len(cases))]


@examples(2)
@given(parts_of(judged_tables))
def test_no_difference_on_any_table_with_verdicts(compiled: CompiledModels, table: Table) -> None:
    """Contradictory verdicts, unknown ones, and those on images that are not there among them."""
    rows, matches, verdicts = table
    assert_models_match(compiled.read_after(frame(rows), matches, verdicts), matches, verdicts)


@examples(2)
@given(parts_of(judged_tables))
def test_what_no_verdict_touches_does_not_move(compiled: CompiledModels, table: Table) -> None:
    """Neither its group nor its side; and version 1 is the same whatever is judged."""
    rows, matches, verdicts = table
    before, after = (compiled.read_after(frame(rows), matches, given) for given in ([], verdicts))
    for name in ("UniquePaintings", "duplicate_paintings", "unique_counts_by_artist"):
        columns = list(before(name).columns)
        assert bag(before(name), columns) == bag(after(name), columns), name
    numbered = after("int_verdicts_numbered")
    judged = {*numbered["FingerprintNumber"], *numbered["OtherNumber"]}
    images = after("int_images_grouped")
    removed = after("int_paintings_fingerprinted").dropna(subset="RemovalReason")
    touched = {
        *removed["ImageNumber"],
        *images["ImageNumber"][images["FingerprintNumber"].isin(judged)],
    }
    family_of = _families(before)
    families = {family_of[image] for image in touched}
    unmoved, now = _places(before), _places(after)
    assert {image: now[image] for image in now if family_of[image] not in families} == {
        image: unmoved[image] for image in unmoved if family_of[image] not in families
    }


Read = Callable[[str], pd.DataFrame]


def _families(read: Read) -> dict[int, int]:
    """The family of each image; images have the same numbers whatever is judged."""
    members = read("int_images_grouped").merge(
        read("int_groups_settled")[["FingerprintNumber", "FamilyNumber"]], on="FingerprintNumber"
    )
    return dict(zip(members["ImageNumber"], members["FamilyNumber"], strict=True))


def _places(read: Read) -> dict[int, list[object]]:
    """The group of each image, what is kept of it, and its side."""
    columns = ["GroupId", "GroupSize", "KeptImage", "Random", "Split"]
    found = read("int_images_grouped").merge(
        read("int_groups_split")[["GroupNumber", *columns]], on="GroupNumber"
    )
    rows = found[["ImageNumber", *columns]].itertuples(index=False, name=None)
    return {image: place for image, *place in rows}


def test_three_images_that_differ_from_a_fourth_stay_together(compiled: CompiledModels) -> None:
    """Though a fifth image, which nobody judged, ties all of them together."""
    others = [turned(A, *range(first, first + 14)) for first in (0, 2, 4)]
    kept, bridge = turned(A, *range(40, 54)), turned(A, 100)
    hashes = [kept, *others, bridge]
    verdicts = [judged("different", kept, other) for other in others]
    before, found = groups(compiled, (hashes, []), (hashes, verdicts))
    assert before == [{"0", "1", "2", "3", "4"}]
    assert len(found) == 2
    assert {"1", "2", "3"} <= next(group for group in found if "0" not in group)


def test_same_joins_whatever_the_hashes_are(compiled: CompiledModels) -> None:
    near_b = turned(B, *range(20))
    hashes = [A, B, near_b]
    before, after = groups(compiled, (hashes, []), (hashes, [judged("same", B, A)]))
    assert before == [{"0"}, {"1", "2"}]
    assert after == [{"0", "1", "2"}]


def test_copies_that_are_judged_different_are_two_groups(compiled: CompiledModels) -> None:
    copy = turned(A, 1)
    different, same = judged("different", A, copy), judged("same", copy, A)
    hashes = [A, copy]
    once, contradicted = groups(compiled, (hashes, [different]), (hashes, [different, same]))
    assert once == [{"0"}, {"1"}]
    assert contradicted == [{"0", "1"}]


def test_a_set_of_copies_that_is_divided_has_the_best_of_each_group(
    compiled: CompiledModels,
) -> None:
    """Each group has a mirror image, so that the views of its own images are counted."""
    picture = 0x0F0F33CC55AA96C30FF03C5A69A5F00F
    copy = turned(picture, 65)
    mirrored = [int(mirrored_hash(f"{bits:032x}"), 16) for bits in (picture, copy)]
    hashes = [picture, copy, *mirrored]
    verdicts = judged("different", picture, copy), judged("different", *mirrored)
    for widest in (0, 1):
        before, after = groups(compiled, (hashes, []), (hashes, verdicts), widest=widest)
        assert before == [{"0", "1", "2", "3"}]
        assert [len(group) for group in after] == [2, 2]
