"""The scorecard of all methods a second time, in plain Python."""

from __future__ import annotations

import itertools
from collections import defaultdict

from tests.models import reference
from tests.models.near_reference import BOLD, NearDuplicates
from tests.models.near_rows import Row, side


def scorecard(near: NearDuplicates) -> dict[str, tuple[int, ...]]:
    """Rows of `level_scorecard` by method: kept, dropped, flat, and the suspected errors."""
    scores = {}
    # Version 1 does not obey reviewers.
    with_hash_8 = [row for row in near.all_rows if row["DHashHex8"] is not None]
    for level in reference.LEVELS:
        key = f"DHashHex{level}"
        clusters = defaultdict(list)
        for row in with_hash_8:
            clusters[row[key]].append(row)
        sides = [side(reference.random(str(value))) for value in clusters]
        scores[f"level {level}"] = _score(near, list(clusters.values()), sides)
    groups = list(set(near.groups.values()))
    members = []
    for group in groups:
        kept = near.kept(group)
        members.append([kept, *(row for row in near.members(group) if row is not kept)])
    sides = [side(reference.random(group.split_key)) for group in groups]
    scores["v2"] = _score(near, members, sides)
    return scores


def _score(near: NearDuplicates, clusters: list[list[Row]], sides: list[str]) -> tuple[int, ...]:
    """The counts of a method: its clusters have their rows in keeper order, and a side each."""
    wrong = across = misses = leaks = unproven = 0
    for kept, *dropped in clusters:
        for row in dropped:
            across += row["Artist"] != kept["Artist"]
            if not _is_bound(near, kept, row):
                wrong += near.hash_distance(kept, row) > BOLD
                unproven += "flat" in (kept["evidence"], row["evidence"])
    survivors = [(rows[0], side) for rows, side in zip(clusters, sides, strict=True)]
    for (a, a_side), (b, b_side) in itertools.combinations(survivors, 2):
        if a["Artist"] == b["Artist"] and _is_missed(near, a, b):
            misses += 1
            leaks += a_side != b_side
    images = sum(map(len, clusters))
    flat = sum(rows[0]["evidence"] == "flat" for rows in clusters)
    errors = (wrong, misses, across, leaks, unproven)
    return len(clusters), images - len(clusters), flat, *errors


def _are_grouped(near: NearDuplicates, *rows: Row) -> bool:
    return all(near.verdicts.removal(row) is None for row in rows)


def _is_bound(near: NearDuplicates, a: Row, b: Row) -> bool:
    """Whether matches and reviewers bind two rows, be it by way of others."""
    if not _are_grouped(near, a, b):
        return False
    bound = near.bound[a["node"]]
    return len(bound) > 1 and b["node"] in bound


def _is_missed(near: NearDuplicates, a: Row, b: Row) -> bool:
    if not _are_grouped(near, a, b):
        return False
    one, other = a["node"], b["node"]
    if near.verdicts.verdict(one, other) == "same":
        return True
    have_hashes = one in near.hashes and other in near.hashes
    return have_hashes and (one == other or near.is_near(one, other, "match"))
