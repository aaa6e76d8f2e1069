"""Compare groups of images with the truth, pair by pair."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, groupby

Pair = frozenset[str]
Link = tuple[float, int, int]
"""How far two images are apart, and their places in the list of images."""


@dataclass(frozen=True)
class Score:
    """How many pairs were found, how many of them are right, and how many there are."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """The share of the found pairs that is right; 1 if none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the true pairs that was found; 1 if there is none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def pairs_of(groups: Mapping[str, Hashable]) -> set[Pair]:
    """The pairs of images that are in one group, given the group of each."""
    members: dict[Hashable, list[str]] = {}
    for image, group in groups.items():
        members.setdefault(group, []).append(image)
    return {frozenset(pair) for group in members.values() for pair in combinations(group, 2)}


def score(found: set[Pair], truth: set[Pair]) -> Score:
    """How well the pairs that were found agree with the true ones."""
    return Score(len(found), len(found & truth), len(truth))


def scores_by_limit(
    links: Iterable[Link], images: int, truth: set[frozenset[int]]
) -> Iterator[tuple[float, Score]]:
    """Join images by ever longer links: each distance, and the score of the groups up to it."""
    members = [{image} for image in range(images)]
    partners: list[set[int]] = [set() for _ in range(images)]
    for one, other in map(sorted, truth):
        partners[one].add(other)
        partners[other].add(one)
    found = right = 0
    for limit, same_length in groupby(sorted(links), key=lambda link: link[0]):
        for _, one, other in same_length:
            small, large = sorted((members[one], members[other]), key=len)
            if small is large:
                continue
            found += len(small) * len(large)
            right += sum(len(partners[image] & large) for image in small)
            large |= small
            for image in small:
                members[image] = large
        yield limit, Score(found, right, len(truth))


def score_at(limit: float, links: Iterable[Link], images: int, truth: set[frozenset[int]]) -> Score:
    """The score of the groups that links up to a limit make."""
    reached = (one for one in links if one[0] <= limit)
    scores = [result for _, result in scores_by_limit(reached, images, truth)]
    return scores[-1] if scores else Score(0, 0, len(truth))
