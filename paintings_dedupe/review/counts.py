"""Count what became of rows, by version, level, artist, reason and host."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from paintings_dedupe.common.images.formats import format_name
from paintings_dedupe.common.storable import storable
from paintings_dedupe.common.web.urls import split_url
from paintings_dedupe.review.content import (
    ArtistLevels,
    Reason,
    Reasons,
    RejectedRow,
    Rejections,
    Score,
    Version,
)
from paintings_dedupe.review.marts import Marts
from uploader.outcomes import STORED, Outcome

_STORED = frozenset(str(outcome) for outcome in STORED)
_MOST_REASONS = 200
_MOST_ROWS = 500
# By key: whether the image is on the side of Train, and its format.
Kept = Mapping[str, tuple[bool, str]]


def host_of(url: str | None) -> str:
    """The host of a URL as it should be read: without a user's name, escaped, in lower case."""
    host, port = split_url(url or "").host_and_port
    return storable(host.lower() + (f":{port}" if port else ""), 100)


def read_scores(marts: Marts) -> list[Score]:
    """The scorecard: version 2 first, then the levels from the finest to the coarsest."""
    columns = (
        *("Level", "Method", "UniqueImages", "EliminatedImages", "SuspectedWrongMerges"),
        *("SuspectedMisses", "CrossArtistMerges", "LeakedPairs", "FlatMerges", "IsRecommended"),
    )
    rows = marts.rows("level_scorecard", columns)
    scores = [Score(*(*numbers, bool(best))) for *numbers, best in rows]
    return sorted(scores, key=lambda score: (score.level is not None, -(score.level or 0)))


def read_artist_levels(marts: Marts) -> tuple[list[int], list[ArtistLevels]]:
    """The levels, finest first, and the counts of each artist, the one with most images first."""
    columns = ("Artist", "Level", "Images", "UniqueImages")
    counts: dict[str, dict[int, int]] = {}
    images: dict[str, int] = {}
    for artist, level, number, unique in marts.rows("unique_counts_by_level", columns):
        counts.setdefault(artist, {})[level] = unique
        images[artist] = number
    levels = sorted({level for by_level in counts.values() for level in by_level}, reverse=True)
    artists = [
        ArtistLevels(artist, images[artist], tuple(by_level[level] for level in levels))
        for artist, by_level in counts.items()
    ]
    return levels, sorted(artists, key=lambda one: (-one.images, one.artist))


def version_of(
    number: int,
    left_out: tuple[int, int],
    kept: Kept,
    outcomes: Mapping[str, str],
    accepted: Collection[str],
) -> Version:
    """What a version keeps.

    Parameters
    ----------
    left_out
        How many rows are rejected, and how many are duplicates.
    kept
        By key: whether the image is on the side of Train, and its format.
    outcomes
        By key: the outcome of the uploader's last run.
    accepted
        The formats that the uploader accepts.
    """
    trained = {key for key, (is_train, _) in kept.items() if is_train}
    stored = {key for key, outcome in outcomes.items() if outcome in _STORED and key in kept}
    ran = any(outcome != Outcome.PENDING for outcome in outcomes.values())
    rejected, duplicates = left_out
    return Version(
        number=number,
        duplicates=duplicates,
        rejected=rejected,
        unique=len(kept),
        train=len(trained),
        test=len(kept) - len(trained),
        eligible=sum(format_name(encoding) in accepted for _, encoding in kept.values()),
        uploaded=len(stored) if ran else None,
        uploaded_train=len(stored & trained),
        uploaded_test=len(stored - trained),
    )


class _Counted:
    """Counts rows by what happened, why, and on which host."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._examples: dict[tuple[str, str, str], str] = {}

    def add(self, what: str, reason: str, url: str | None) -> None:
        """Count a row."""
        key = (what, reason, host_of(url))
        self._counts[key] += 1
        # The smallest, since tables have no order.
        self._examples[key] = min(self._examples.get(key, url or ""), url or "")

    def most_common(self) -> Reasons:
        """The most common ones."""
        first = heapq.nsmallest(
            _MOST_REASONS, self._counts.items(), key=lambda item: (-item[1], item[0])
        )
        shown = [Reason(*key, count, self._examples[key]) for key, count in first]
        return Reasons(shown, len(self._counts))


def read_rejections(marts: Marts) -> Rejections:
    """The rejected rows, by reason and host, and the first of them."""
    columns = ("Artist", "Name", "URL", "RejectionReason", "IsInVersion1", "IsInVersion2")
    reasons, total = _Counted(), 0

    def rows() -> Iterator[RejectedRow]:
        nonlocal total
        for artist, name, url, reason, first, second in marts.rows("rejected_paintings", columns):
            total += 1
            reasons.add("rejected", reason, url)
            yield RejectedRow(
                artist or "", name or "", url or "", reason, bool(first), bool(second)
            )

    shown = heapq.nsmallest(
        _MOST_ROWS, rows(), key=lambda row: (row.reason, row.artist, row.url, row.name)
    )
    return Rejections(reasons.most_common(), shown, total)


def read_outcomes(marts: Marts) -> tuple[dict[int, dict[str, str]], Reasons]:
    """By version and key, the outcome; and why images are not in the store."""
    columns = ("ModelVersion", "ImageKey", "URL", "Outcome", "Reason")
    outcomes: dict[int, dict[str, str]] = {}
    reasons = _Counted()
    for version, key, url, outcome, reason in marts.rows("upload_status", columns):
        outcomes.setdefault(version, {})[key] = outcome
        if outcome not in _STORED and outcome != Outcome.PENDING:
            reasons.add(outcome, reason or "", url)
    return outcomes, reasons.most_common()


def nearest(
    pairs: Iterable[tuple[Any, ...]], limit: int, distance: int
) -> tuple[list[tuple[Any, ...]], int]:
    """The nearest of pairs whose distance is in this column, and how many there are."""
    total = 0

    def counted() -> Iterator[tuple[Any, ...]]:
        nonlocal total
        for pair in pairs:
            total += 1
            yield pair

    def key(pair: tuple[Any, ...]) -> tuple[Any, ...]:
        bits = pair[distance]
        return (bits is None, bits or 0, *(str(value) for value in pair))

    return heapq.nsmallest(limit, counted(), key=key), total
