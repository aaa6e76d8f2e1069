"""Make what the page shows from the rows of the marts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.review.content import (
    Balance,
    Group,
    Image,
    Pair,
    Pairs,
    Problem,
    Project,
    Review,
    Version,
)
from paintings_dedupe.review.counts import (
    nearest,
    read_artist_levels,
    read_outcomes,
    read_rejections,
    read_scores,
    version_of,
)
from paintings_dedupe.review.groups import (
    Detail,
    Grouped,
    GroupRow,
    Images,
    as_group,
    as_image,
    group_rows,
    name_of,
)
from paintings_dedupe.review.marts import Marts, find_marts
from paintings_dedupe.review.near_misses import find_near_misses
from paintings_dedupe.review.verdicts import HEADER, Judgement, Verdict, read_verdicts
from uploader.table.image_set import ImageSet, read_image_set
from uploader.table.split import Split, split_of

# More pictures than a person can look at; a page of this many stays usable.
MOST_IMAGES = 100_000
MOST_PAIRS = 2_000
# The default of `chain_bits`: images further apart are clearly different.
_NEAR_MISS_BITS = 56
_DETAILS = ("Artist", "URL", "DHashHex8", "Width", "Height", "EncodingFormat", "Name")
_GROUPS = (
    *("Artist", "URL", "DHashHex8", "GroupId", "IsSplitChain", "Evidence", "IsKept"),
    *("Split", "DistanceToKept", "LinkToKept"),
)
_CONFLICTS = ("Artist", "URL", "DHashHex8", "OtherArtist", "OtherURL", "OtherDHashHex8", "Distance")
_LEAKS = (
    *("ModelVersion", "TestArtist", "TestURL", "TestDHashHex8"),
    *("TrainArtist", "TrainURL", "TrainDHashHex8", "Distance"),
)
Key = tuple[str, str, str]


def read_review(
    warehouse: Warehouse,
    manifest_json: Path,
    verdicts_csv: Path,
    most_images: int = MOST_IMAGES,
) -> Review:
    """Read everything.

    Parameters
    ----------
    verdicts_csv
        The seed `review_verdicts` of the project.
    most_images
        How many images to show; of more, the doubtful groups and the larger ones are shown.

    Raises
    ------
    paintings_dedupe.common.errors.UserError
        When a table or file cannot be read; the message gives the cause and the remedy.
    """
    marts = find_marts(warehouse, manifest_json)
    version_1, version_2 = (read_image_set(manifest_json, number) for number in (1, 2))
    variables = version_2.variables or {}
    verdicts = read_verdicts(verdicts_csv)
    rows = [
        GroupRow._make((*row[:-1], row[-1] or "indirect"))
        for row in marts.rows("image_groups", _GROUPS)
    ]
    conflicts, conflict_total = nearest(marts.rows("label_conflicts", _CONFLICTS), MOST_PAIRS, 6)
    # By artist and hash, which is all that label_conflicts tells them by.
    named = {row.name for row in rows}
    conflicting = {
        name
        for pair in conflicts
        for artist, url, digits in (pair[:3], pair[3:6])
        for name in (name_of(artist, digits or "", url, by) for by in (True, False))
        if name in named
    }
    near_miss_bits = _number(variables, "chain_bits", _NEAR_MISS_BITS)
    grouped = group_rows(rows, conflicting, _number(variables, "bold_bits", 40))
    shown = _bounded(grouped, most_images)
    shelf = _Shelf(marts, rows, verdicts)
    groups = [shelf.group(one) for one in shown]
    outcomes, failures = read_outcomes(marts)
    (summary,) = marts.rows("dedupe_summary", ("Level", "PaintingsRows", "RejectedLines"))
    levels, artist_levels = read_artist_levels(marts)
    leaks = (row[1:] for row in marts.rows("split_leakage", _LEAKS) if row[0] == 1)
    return Review(
        project=_project(marts, warehouse),
        level=summary[0],
        train_share=version_2.train_share,
        rows=summary[1],
        unreadable_lines=summary[2],
        versions=_versions(marts, version_1, version_2, rows, outcomes),
        scores=read_scores(marts),
        levels=levels,
        artist_levels=artist_levels,
        balance=_balance(rows),
        near_misses=shelf.near_misses(near_miss_bits),
        near_miss_bits=near_miss_bits,
        conflicts=Pairs([shelf.pair(row) for row in conflicts], conflict_total),
        leaks=shelf.pairs(leaks),
        images=shelf.images.all,
        groups=groups,
        group_total=len(grouped),
        rejections=read_rejections(marts),
        failures=failures,
        verdicts=verdicts,
        problems=_problems(marts),
        are_verdicts_loaded=_told(one.values() for one in verdicts)
        == _told(marts.rows("review_verdicts", HEADER)),
        variables=variables,
    )


class _Shelf:
    """The images to show, with what is known of them."""

    def __init__(self, marts: Marts, rows: Sequence[GroupRow], verdicts: Iterable[Verdict]) -> None:
        self.images = Images()
        self._rows = rows
        self._rows_by_key = {(row.artist, row.url, row.hash or ""): row for row in rows}
        self._details = _details(marts)
        self._different = [
            ((one.image.artist, one.image.hash), (one.other.artist, one.other.hash))
            for one in verdicts
            if one.judgement is Judgement.DIFFERENT and one.other
        ]

    def place(self, row: GroupRow) -> int:
        detail = self._details.get((row.artist, row.url, row.hash or ""))
        return self.images.place(as_image(row, detail))

    def group(self, grouped: Grouped) -> Group:
        return as_group(grouped, [self.place(row) for row in grouped.rows])

    def pair(self, row: Sequence[Any]) -> Pair:
        """Of artist, URL and hash, twice, and the distance."""
        first, second = (
            self._named(artist, url, digits or "") for artist, url, digits in (row[:3], row[3:6])
        )
        return Pair(first, second, row[6])

    def pairs(self, rows: Iterable[Sequence[Any]]) -> Pairs:
        found, total = nearest(map(tuple, rows), MOST_PAIRS, 6)
        return Pairs([self.pair(row) for row in found], total)

    def _named(self, artist: str, url: str, digits: str) -> int:
        key = artist, url, digits
        if key in self._rows_by_key:
            return self.place(self._rows_by_key[key])
        # A verdict dropped it from version 2; version 1 has it still.
        detail = self._details.get(key) or Detail(None, None, "", "")
        return self.images.place(
            Image(artist, url, digits, True, detail.name, detail.width, detail.height)
        )

    def near_misses(self, within: int) -> Pairs:
        """Pairs of kept images that are near, except those that somebody judged different."""
        kept = [row for row in self._rows if row.is_kept and row.is_named_by_hash]
        kept.sort(key=lambda row: (row.artist, row.hash or "", row.url))
        places = {(row.artist, row.hash or ""): place for place, row in enumerate(kept)}
        left_out = set()
        for pair in self._different:
            first, second = sorted(places.get(name, -1) for name in pair)
            if first >= 0:
                left_out.add((first, second))
        images = [(row.artist, row.hash or "") for row in kept]
        misses = find_near_misses(images, within, MOST_PAIRS, left_out)
        shown = [
            Pair(self.place(kept[one.image]), self.place(kept[one.other]), one.distance)
            for one in misses.nearest
        ]
        return Pairs(shown, misses.total)


def _bounded(grouped: Sequence[Grouped], most_images: int) -> Iterator[Grouped]:
    images = 0
    for one in grouped:
        images += len(one.rows)
        if images > most_images:
            return
        yield one


def _details(marts: Marts) -> dict[Key, Detail]:
    """What the rows of Paintings say of images, by artist, URL and hash."""
    details: dict[Key, Detail] = {}
    for mart in ("unique_paintings_v1", "duplicate_paintings", "rejected_paintings"):
        for artist, url, digits, width, height, encoding, name in marts.rows(mart, _DETAILS):
            key = artist or "", url or "", digits or ""
            details[key] = Detail(width, height, encoding or "", name or "")
    return details


def _versions(
    marts: Marts,
    version_1: ImageSet,
    version_2: ImageSet,
    rows: Collection[GroupRow],
    outcomes: Mapping[int, Mapping[str, str]],
) -> list[Version]:
    accepted = _words((version_2.variables or {}).get("accepted_formats"))
    columns = (version_1.key_column, "Random", "EncodingFormat")
    first = {
        key: (split_of(random, version_1.train_share) is Split.TRAIN, encoding or "")
        for key, random, encoding in marts.rows("unique_paintings_v1", columns)
    }
    columns = ("GroupId", "Split", "EncodingFormat")
    second = {
        key: (split == Split.TRAIN, encoding or "")
        for key, split, encoding in marts.rows("unique_paintings_v2", columns)
    }
    columns = ("PaintingsRows", "RejectedRows", "EliminatedRows")
    ((paintings, rejected, eliminated),) = marts.rows("dedupe_summary", columns)
    return [
        version_of(1, (rejected, eliminated), first, outcomes.get(1, {}), accepted),
        version_of(
            2,
            (paintings - len(rows), len(rows) - len(second)),
            second,
            outcomes.get(2, {}),
            accepted,
        ),
    ]


def _balance(rows: Iterable[GroupRow]) -> list[Balance]:
    """By artist; first those of whom Test has the smallest share."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        if row.is_kept:
            counts.setdefault(row.artist, Counter())[row.split] += 1
    found = [Balance(artist, split["Train"], split["Test"]) for artist, split in counts.items()]
    return sorted(found, key=lambda one: (one.test_share, -one.train, one.artist))


def _problems(marts: Marts) -> list[Problem]:
    rows = marts.rows("verdict_conflicts", (*HEADER[:-1], "Problem"))
    texts = (tuple(str(value or "") for value in row) for row in rows)
    return sorted((Problem(row[:-1], row[-1]) for row in texts), key=lambda one: one.verdict)


def _told(rows: Iterable[Sequence[Any]]) -> Counter[tuple[str, frozenset[tuple[str, ...]], str]]:
    """What verdicts say, whatever the order of the two sides is."""
    texts = (tuple(str(value or "").strip() for value in row) for row in rows)
    return Counter((row[0], frozenset((row[1:4], row[4:7])), row[7]) for row in texts)


def _project(marts: Marts, warehouse: Warehouse) -> Project:
    target, place = warehouse.target, str(warehouse.place)
    schema = marts.relations.get("image_groups", "")
    told = "\n".join((marts.project, target, place, schema))
    key = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Project(marts.project, target, place, f"paintings-review/{marts.project}/{key}")


def _number(variables: Mapping[str, object], name: str, default: int) -> int:
    value = variables.get(name, default)
    return value if isinstance(value, int) else default


def _words(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
