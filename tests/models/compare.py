"""Compare what the models made with the pandas reference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable

import pandas as pd

from paintings_dedupe.common.images.formats import format_name
from tests.models import reference
from tests.models.match_reference import Match
from tests.models.near_reference import Kept, NearDuplicates
from tests.models.near_rows import BASE
from tests.models.scorecard_reference import scorecard
from tests.models.verdict_reference import Verdict
from uploader.table.plan import FORMATS
from uploader.table.split import split_of

TRAIN_SHARE = 0.8
_CONFLICTS = ["Verdict", "Artist", "DHashHex8", "URL"]
_CONFLICTS += ["OtherArtist", "OtherDHashHex8", "OtherURL", "Problem"]
_CHANGES = ["Artist", "URL", "ColumnName", "ValueBefore", "ValueAfter"]


def assert_models_match(
    read: Callable[[str], pd.DataFrame],
    matches: Iterable[Match] = (),
    verdicts: Iterable[Verdict] = (),
) -> None:
    """Work every mart out again from ``read("Paintings")`` and find no difference.

    Parameters
    ----------
    read
        Returns all rows of a relation, by its name in the warehouse.
    matches
        The rows of `ImageMatches`.
    verdicts
        The rows of the seed.
    """
    cleaned = reference.clean(read("Paintings"))
    rows = reference.eligible(cleaned)
    kept, dropped = reference.kept_and_dropped(rows)
    rejected = cleaned[reference.is_rejected(cleaned)]

    columns = [*BASE, *reference.HASHES]
    assert bag(read("UniquePaintings"), [*columns, "Random"]) == bag(kept, [*columns, "Random"])
    duplicates = read("duplicate_paintings")
    assert bag(duplicates, [*columns, "KeptURL"]) == bag(dropped, [*columns, "KeptURL"])

    counts = reference.counts_by_artist(rows)
    wide = read("unique_counts_by_artist").to_dict("records")
    assert {
        row["Artist"]: {level: row[f"Count{level}"] for level in reference.LEVELS} for row in wide
    } == counts

    images = Counter(rows["Artist"])
    long = read("unique_counts_by_level")
    assert bag(long, ["Artist", "Level", "Images", "UniqueImages", "EliminatedImages"]) == Counter(
        (artist, level, images[artist], count, images[artist] - count)
        for artist, by_level in counts.items()
        for level, count in by_level.items()
    )

    near = NearDuplicates(cleaned, matches, verdicts)
    ours = read("rejected_paintings")
    ours["faults"] = [frozenset(reason.split("; ")) for reason in ours["RejectionReason"]]
    assert bag(ours, [*BASE, "faults", "IsInVersion1", "IsInVersion2"]) == near.rejected()
    conflicts = near.verdicts.conflicts(near.groups)
    assert bag(read("verdict_conflicts"), _CONFLICTS) == conflicts
    flat = read("flat_images")
    columns = ["Artist", "URL", "DHashHex8", "Hash", "KeptArtist", "KeptURL", "IsKept"]
    assert bag(flat, [*columns, "IsOtherArtist"]) == near.flat_images()
    changed = reference.changed_by_cleaning(read("Paintings"))
    assert bag(read("cleaned_paintings"), _CHANGES) == changed

    train = sum(random < TRAIN_SHARE for random in kept["Random"])
    assert read("dedupe_summary").to_dict("records") == [
        {
            "Level": 3,
            "PaintingsRows": len(cleaned),
            "RejectedRows": len(rejected),
            "RemovedRows": len(near.all_rows) - len(near.rows),
            "VerdictConflicts": conflicts.total(),
            "EliminatedRows": len(dropped),
            "UniqueRows": len(kept),
            "TrainRows": train,
            "TestRows": len(kept) - train,
            "FlatRows": len(flat),
            "FlatEliminatedRows": (flat["IsKept"] == 0).sum(),
            "FlatAcrossArtistsRows": (flat["IsOtherArtist"] == 1).sum(),
            "LostToFormatRows": _lost_to_format(kept, dropped),
            "CleanedValues": changed.total(),
            # The table was not read from a file.
            "RejectedLines": 0,
        }
    ]

    _assert_near_duplicates_match(read, near, kept)


def _assert_near_duplicates_match(
    read: Callable[[str], pd.DataFrame], near: NearDuplicates, kept: pd.DataFrame
) -> None:
    """Find no difference in what is made of near-duplicates; `kept` are the rows of version 1."""
    columns = ["GroupId", "GroupSize", "LargestDistance", "IsSplitChain", "Evidence", "KeptURL"]
    images = read("image_groups")
    columns = ["Artist", "URL", "DHashHex8", *columns]
    columns += ["DistanceToKept", "LinkToKept", "Random", "Split"]
    assert bag(images, columns) == near.image_groups()
    unique = read("UniquePaintings_v2")
    columns = [*BASE, *reference.HASHES, "Random", "GroupId", "GroupSize", "Split"]
    assert bag(unique, columns) == near.unique()
    assert images["IsKept"].sum() == len(unique) == images["GroupId"].nunique()
    columns = ["URL", "Width", "Height", "EncodingFormat", "DHashHex8", "DHashHex3", "Evidence"]
    columns = ["Artist", "Fingerprint", "Choice", *columns, "Images"]
    assert bag(read("images_to_match"), columns) == near.images_to_match()
    linked = read("pairs_to_match")
    sides = [
        linked[["Artist", column]].itertuples(index=False, name=None)
        for column in ("Fingerprint", "OtherFingerprint")
    ]
    named = [tuple(sorted(pair)) for pair in zip(*sides, strict=True)]
    assert len(named) == len(set(named))
    assert set(named) == near.pairs_to_match()

    assert (
        Counter(
            (
                row.Artist,
                *sorted([_text(row.URL, row.DHashHex8), _text(row.OtherURL, row.OtherDHashHex8)]),
                _value(row.Distance),
                row.IsMirrored,
                row.IsSameGroup,
            )
            for row in read("near_duplicate_pairs").itertuples()
        )
        == near.pairs()
    )
    assert (
        Counter(
            (
                *sorted(
                    [_text(row.Artist, row.DHashHex8), _text(row.OtherArtist, row.OtherDHashHex8)]
                ),
                _value(row.Distance),
            )
            for row in read("label_conflicts").itertuples()
        )
        == near.conflicts()
    )
    # As the uploader takes Random.
    splits = [str(split_of(random, TRAIN_SHARE)) for random in kept["Random"]]
    paintings = read("int_paintings_fingerprinted")
    ours = read("int_images_split").query("ModelVersion == 1")
    ours = ours.merge(paintings, left_on="KeptImage", right_on="ImageNumber")
    columns = ["Artist", "URL", "DHashHex8", "DHashHex3", "Split"]
    assert bag(ours, columns) == Counter(_with_split(kept, splits))
    _assert_leaks_match(read("split_leakage"), 1, near, _with_split(kept, splits))
    _assert_leaks_match(read("split_leakage"), 2, near, _with_split(unique, unique["Split"]))
    _assert_scorecard_matches(read("level_scorecard"), near)


def _lost_to_format(kept: pd.DataFrame, dropped: pd.DataFrame) -> int:
    """How many kept rows the uploader skips, though a dropped one with the hash would do."""
    accepted = [format_name(text) in FORMATS for text in dropped["EncodingFormat"]]
    saved = set(dropped["DHashHex3"][accepted])
    return sum(
        format_name(row.EncodingFormat) not in FORMATS and row.DHashHex3 in saved
        for row in kept.itertuples()
    )


def _with_split(kept: pd.DataFrame, splits: Iterable[str]) -> list[Kept]:
    columns = [map(_value, kept[name]) for name in ("Artist", "URL", "DHashHex8", "DHashHex3")]
    return list(zip(*columns, splits, strict=True))  # type: ignore[arg-type]


def _assert_leaks_match(
    leakage: pd.DataFrame, version: int, near: NearDuplicates, kept: list[Kept]
) -> None:
    expected = near.leaks(kept)
    found = [
        (
            (row.TestArtist, row.TestURL, _value(row.TestDHashHex8)),
            _value(row.Distance),
            (row.TrainArtist, row.TrainURL, _value(row.TrainDHashHex8)),
        )
        for row in leakage[leakage["ModelVersion"] == version].itertuples()
    ]
    assert Counter(row[:2] for row in found) == Counter(row[:2] for row in expected)
    as_near = {test: trains for test, _, trains in expected}
    assert all(train in as_near[test] for test, _, train in found)
    assert version == 1 or not found


def _assert_scorecard_matches(found: pd.DataFrame, near: NearDuplicates) -> None:
    counts = ["UniqueImages", "EliminatedImages", "FlatImages"]
    counts += ["SuspectedWrongMerges", "SuspectedMisses", "CrossArtistMerges", "LeakedPairs"]
    counts += ["FlatMerges"]
    scores = scorecard(near) if len(found) else {}
    counted = found.set_index("Method")[counts]
    assert {str(row[0]): tuple(row[1:]) for row in counted.itertuples()} == {
        method: score for method, score in scores.items() if score[0]
    }
    if scores:
        errors = {method: sum(score[3:]) for method, score in scores.items() if score[0]}
        # Of equals, version 2 first, then the finest level.
        best = min(["v2", *errors], key=lambda method: errors.get(method, math.inf))
        recommended = found[found["IsRecommended"] == 1]
        assert recommended["Method"].tolist() == [best]
        assert f"fewest suspected errors, {errors[best]} (" in recommended["Reason"].item()


def bag(frame: pd.DataFrame, columns: list[str]) -> Counter[tuple[object, ...]]:
    """The rows as a multiset, every missing value as None."""
    values: Iterable[tuple[object, ...]] = frame[columns].itertuples(index=False, name=None)
    return Counter(tuple(map(_value, row)) for row in values)


def _value(value: object) -> object:
    is_missing = value is None or value is pd.NA or value != value  # noqa: PLR0124 (NaN)
    return None if is_missing else value


def _text(*values: object) -> str:
    return " ".join(str(_value(value)) for value in values)
