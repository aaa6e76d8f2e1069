"""Count what matching changed in the groups of near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True)
class Gain:
    """The groups of version 2 before and after matching.

    Attributes
    ----------
    groups_before, groups
        The number of groups; version 2 keeps one image of each.
    pairs_before, pairs
        The pairs of images that are in one group.
    joined, parted
        The pairs that are in one group only after matching, or only before.
    """

    groups_before: int
    groups: int
    pairs_before: int
    pairs: int
    joined: int
    parted: int

    def sentences(self) -> tuple[str, str]:
        """What was gained, for a terminal."""
        return (
            f"Before the matcher ran, {self.pairs_before:,} pairs of images were in one group, and "
            f"UniquePaintings_v2 kept {self.groups_before:,} images.",
            f"Now {self.pairs:,} pairs are in one group, and it keeps {self.groups:,} images: the "
            f"pictures themselves put {self.joined:,} more pairs together, and parted "
            f"{self.parted:,} that only have similar hashes.",
        )


def gain(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> Gain:
    """Compare two groupings of the same images, each image with its group."""
    pairs_before, pairs = _pairs(before.values()), _pairs(after.values())
    both = _pairs((group, after[image]) for image, group in before.items())
    return Gain(
        len(set(before.values())),
        len(set(after.values())),
        pairs_before,
        pairs,
        pairs - both,
        pairs_before - both,
    )


def _pairs(groups: Iterable[Hashable]) -> int:
    """The number of pairs whose two members have the same group."""
    return sum(comb(size, 2) for size in Counter(groups).values())
