"""What looking at pictures says of groups a second time, in plain Python."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tests.models.nodes import Members, Node, components, eldest
from tests.models.verdict_reference import Verdicts

CHAIN, WEAK_INLIERS = 56, 40

Components = Mapping[Node, Members]


@dataclass(frozen=True)
class Match:
    """A row of `ImageMatches`, as far as models read it."""

    one: Node
    other: Node
    inliers: int
    is_match: bool | None
    is_same_view: bool = True


class Matches:
    """The pairs that were looked at, of pictures that are in the table."""

    def __init__(
        self,
        matches: Iterable[Match],
        distance: Callable[[Node, Node], int | None],
        verdicts: Verdicts,
        copy_sets: Components,
    ) -> None:
        self._distance = distance
        found = set(copy_sets)
        self._inliers: dict[frozenset[Node], int | None] = {}
        self._same_views: set[frozenset[Node]] = set()
        for match in matches:
            pair = frozenset((match.one, match.other))
            if len(pair) == 2 and pair <= found and match.is_match is not None:
                inliers = self._inliers.setdefault(pair, None)
                if match.is_match:
                    self._inliers[pair] = max(match.inliers, inliers or 0)
                    if match.is_same_view:
                        self._same_views.add(pair)
        self._obey(verdicts, copy_sets)

    def _obey(self, verdicts: Verdicts, copy_sets: Components) -> None:
        """Let what reviewers say come before what was found."""
        parted = {frozenset(copy_sets[node] for node in pair) for pair in verdicts.different}
        parted = {sets for sets in parted if len(sets) == 2}
        for a, b in map(sorted, {*self._inliers, *verdicts.same, *verdicts.different}):
            pair, verdict = frozenset((a, b)), verdicts.verdict(a, b)
            if verdict is None and frozenset((copy_sets[a], copy_sets[b])) in parted:
                verdict = "different"
            if verdict == "different":
                self._inliers[pair] = None
            elif verdict == "same" and a[0] != b[0]:
                self._inliers[pair] = self._inliers.get(pair) or 0

    def finding(self, a: Node, b: Node) -> str | None:
        """What is said of two nodes; None if they were not looked at."""
        pair = frozenset((a, b))
        if pair not in self._inliers:
            return None
        inliers, distance = self._inliers[pair], self._distance(a, b)
        if inliers is None:
            return "no match"
        if a[0] != b[0]:
            return "across artists"
        if inliers > WEAK_INLIERS or (distance is not None and distance <= CHAIN):
            return "match"
        return "weak match"

    def pairs(self, *findings: str) -> list[tuple[Node, Node]]:
        """The pairs of which one of these is said."""
        pairs = [(a, b) for a, b in map(sorted, self._inliers)]
        return [(a, b) for a, b in pairs if self.finding(a, b) in findings]

    def is_same_view(self, a: Node, b: Node) -> bool | None:
        """Whether two pictures of an artist show the same; None if they do not match."""
        if self.finding(a, b) not in ("match", "weak match"):
            return None
        return frozenset((a, b)) in self._same_views

    def refuted(self, copy_sets: Components) -> set[frozenset[Members]]:
        """Pairs of sets of copies of which some were looked at, and none matches."""
        said = defaultdict(set)
        for a, b in map(sorted, self._inliers):
            if copy_sets[a] != copy_sets[b]:
                said[frozenset((copy_sets[a], copy_sets[b]))].add(self.finding(a, b))
        return {pair for pair, findings in said.items() if findings == {"no match"}}

    def clusters(
        self,
        copy_or_match: Components,
        copy_sets: Components,
        matched_pairs: Iterable[tuple[Node, Node]],
    ) -> dict[Node, Members]:
        """What counts as one part of a chain: all that a match binds, else a node by itself."""
        matched = {copy_or_match[a] for a, b in matched_pairs if copy_sets[a] != copy_sets[b]}
        return {
            node: members if members in matched else frozenset([node])
            for node, members in copy_or_match.items()
        }

    def joined(
        self, groups: Components, close_sets: Components, images: Callable[[Members], int]
    ) -> dict[Node, Members]:
        """The groups, joined where weak matches suffice."""
        between: dict[Members, dict[Members, dict[tuple[Members, Members], int]]]
        between = defaultdict(lambda: defaultdict(dict))
        for pair in self.pairs("weak match"):
            for a, b in (pair, pair[::-1]):
                one, other = groups[a], groups[b]
                if one != other:
                    sets = (close_sets[a], close_sets[b])
                    inliers = self._inliers[frozenset(pair)] or 0
                    found = between[one][other]
                    found[sets] = max(found.get(sets, 0), inliers)
        links = []
        for one, others in between.items():
            is_picture = len({close_sets[node] for node in one}) == 1
            candidates = []
            for other, found in others.items():
                ours, theirs = ({sets[side] for sets in found} for side in (0, 1))
                if len(ours) > 1 and len(theirs) > 1:
                    links.append((min(one), min(other)))
                if images(one) == 1 or (is_picture and len(found) > 1):
                    oldest = eldest(other)
                    rank = (-len(found), -max(found.values()), oldest[1], oldest[0])
                    candidates.append((rank, other))
            if candidates:
                links.append((min(one), min(min(candidates)[1])))
        whole = components(groups, links)
        return {
            node: frozenset().union(*(groups[start] for start in whole[min(members)]))
            for node, members in groups.items()
        }


def span(
    members: Members,
    component: Members,
    clusters: Components,
    distance: Callable[[Node, Node], int | None],
    most: int,
) -> int:
    """The largest distance of two clusters, each as near as its nearest nodes are.

    If that is more than `most`, and the way through a matched cluster of the component is not, the
    shortest such way counts.
    """

    def apart(one: Members, other: Members) -> int | None:
        found = [d for a in one for b in other if (d := distance(a, b)) is not None]
        return min(found, default=None)

    between = [part for part in {clusters[node] for node in component} if len(part) > 1]
    largest = 0
    for one, other in itertools.combinations({clusters[node] for node in members}, 2):
        direct = apart(one, other) or 0
        ways = []
        for part in between:
            first, second = apart(one, part), apart(part, other)
            if part not in (one, other) and first is not None and second is not None:
                ways.append(first + second)
        shortest = min(ways, default=direct)
        largest = max(largest, shortest if shortest <= most < direct else direct)
    return largest
