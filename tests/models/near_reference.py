"""The models of near-duplicates a second time, in plain Python, every pair looked at."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from paintings_dedupe.common.images.formats import format_name
from tests.models import reference
from tests.models.match_reference import CHAIN, Match, Matches, span
from tests.models.mirror_reference import are_mirrored
from tests.models.near_rows import (
    BASE,
    LEVEL,
    Row,
    ascii_text,
    copy_order,
    digest,
    groupable,
    is_groupable,
    side,
)
from tests.models.nodes import Members, Node, components, eldest
from tests.models.verdict_reference import Link, Verdict, Verdicts
from uploader.table.plan import FORMATS

NEAR, COPY, BOLD, BOLD_6, ACROSS = 32, 4, 40, 18, 8
# How links are ranked, the strongest first.
_COPY, _CLOSE, _NEAR, _BOLD, _ACROSS = range(1, 6)
_NAMES = {_COPY: "copy", _CLOSE: "close", _NEAR: "near", _BOLD: "bold"}
STEPS = ("same", "copy", "match", "mirrored", "close", "near", "bold", "weak match")
"""The links within an artist, the firmest first."""

Image = tuple[str, str, str | None]
"""Artist, URL and DHashHex8."""
Kept = tuple[str, str, str | None, str, str]
"""The same, DHashHex3 and the split."""


@dataclass(frozen=True)
class Group:
    """What one node belongs to."""

    id: str
    members: Members
    largest_distance: int
    is_split_chain: bool
    split_key: str


class NearDuplicates:
    """All that the models should say of a table, given as `reference.clean` gives it."""

    def __init__(
        self,
        cleaned: pd.DataFrame,
        matches: Iterable[Match] = (),
        verdicts: Iterable[Verdict] = (),
    ) -> None:
        self._cleaned = cleaned
        self.all_rows = groupable(cleaned)
        self.verdicts = Verdicts(verdicts, self.all_rows)
        self.rows = [row for row in self.all_rows if self.verdicts.removal(row) is None]
        self.rows_of: dict[Node, list[Row]] = defaultdict(list)
        for row in self.rows:
            self.rows_of[row["node"]].append(row)
        self.hashes = {
            node: rows[0] for node, rows in self.rows_of.items() if rows[0]["evidence"] == "hash"
        }
        self._links = self.links()
        self.copy_sets, self.close_sets = (
            components(self.rows_of, [p for p, s in self._links.items() if s <= weakest])
            for weakest in (_COPY, _CLOSE)
        )
        self.matches = Matches(matches, self.distance, self.verdicts, self.copy_sets)
        refuted = self.matches.refuted(self.copy_sets)
        self.all_mirrored = self.mirrored_pairs(self._links)
        self.refuted = {
            pair
            for pair in {*self.all_mirrored, *self._links}
            if pair[0][0] == pair[1][0]
            and (
                self.verdicts.verdict(*pair) == "different"
                or (
                    self._links.get(pair) != _COPY
                    and frozenset(self.copy_sets[n] for n in pair) in refuted
                )
            )
        }
        self.mirrored = self.all_mirrored - self.refuted
        self.matched_across = {
            frozenset(self._across(node) for node in pair)
            for pair in self.matches.pairs("across artists")
        }
        self.bound: dict[Node, Members] = {}
        self.groups = self._groups(self._links)

    def distance(self, a: Node, b: Node) -> int | None:
        """In how many bits two nodes differ; None if a hash of theirs identifies nothing."""
        if a not in self.hashes or b not in self.hashes:
            return None
        return (int(a[1], 16) ^ int(b[1], 16)).bit_count()

    @staticmethod
    def hash_distance(a: Row, b: Row) -> int:
        """In how many bits two rows differ; 0 if the hash of one identifies nothing."""
        if {a["evidence"], b["evidence"]} != {"hash"}:
            return 0
        return (int(a["DHashHex8"], 16) ^ int(b["DHashHex8"], 16)).bit_count()

    def _is_within(self, a: Node, b: Node, bits: int) -> bool:
        distance = self.distance(a, b)
        return distance is not None and distance <= bits

    def _across(self, node: Node) -> str | Node:
        """What a match across artists is about: the hash, or the node if it has none."""
        return node[1] if node in self.hashes else node

    def is_near(self, a: Node, b: Node, *findings: str) -> bool:
        """Whether two nodes are near-duplicates, be it by one of these findings."""
        if a[0] != b[0]:
            matched = frozenset((self._across(a), self._across(b))) in self.matched_across
            return matched or self._is_within(a, b, ACROSS)
        if self.verdicts.verdict(a, b) == "same" or self.matches.finding(a, b) in findings:
            return True
        if self.is_mirrored(a, b):
            return True
        is_refuted = (a, b) in self.refuted or (b, a) in self.refuted
        return self._is_within(a, b, NEAR) and not is_refuted

    def mirrored_pairs(self, links: Mapping[tuple[Node, Node], int]) -> set[tuple[Node, Node]]:
        """The pairs of nodes of which one shows the mirror image of the other."""
        return {
            (a, b)
            for a, b in itertools.combinations(sorted(self.hashes), 2)
            if a[0] == b[0] and (a, b) not in links and are_mirrored(a[1], b[1], NEAR)
        }

    def is_mirrored(self, a: Node, b: Node) -> bool:
        """Whether one shows the mirror image of the other, and their pictures say nothing else."""
        return (a, b) in self.mirrored or (b, a) in self.mirrored

    def links(self) -> dict[tuple[Node, Node], int]:
        """The pairs of nodes that hashes link, with the strength of the link."""
        found = {}
        for a, b in itertools.combinations(sorted(self.hashes), 2):
            distance = (int(a[1], 16) ^ int(b[1], 16)).bit_count()
            if a[0] != b[0]:
                strength = _ACROSS if distance <= ACROSS else 0
            elif distance <= NEAR // 2:
                strength = _COPY if distance <= COPY else _CLOSE
            elif distance <= NEAR:
                strength = _NEAR
            else:
                strength = _BOLD if distance <= BOLD and self._agree_at_6(a, b) else 0
            if strength:
                found[a, b] = strength
        return found

    def _agree_at_6(self, a: Node, b: Node) -> bool:
        """Rows of one fingerprint may differ at level 6: the smallest of each half counts."""
        halves = [
            [
                min(int(str(row["DHashHex6"])[part], 16) for row in self.rows_of[node])
                for node in (a, b)
            ]
            for part in (slice(9), slice(9, 18))
        ]
        return sum((one ^ other).bit_count() for one, other in halves) <= BOLD_6

    def _groups(self, links: dict[tuple[Node, Node], int]) -> dict[Node, Group]:
        matched = [*self.matches.pairs("match"), *self.mirrored]
        copies = [pair for pair, strength in links.items() if strength == _COPY]
        by_strength = {
            strength: components(
                self.rows_of,
                [*copies, *matched]
                + [p for p, s in links.items() if s <= strength and p not in self.refuted],
            )
            for strength in (_COPY, _CLOSE, _NEAR, _BOLD)
        }
        same = [(a, b) for a, b in map(sorted, self.verdicts.same)]
        all_matched = self.matches.pairs("match", "weak match", "across artists")
        families = components(self.rows_of, [*links, *all_matched, *self.all_mirrored, *same])
        clusters = self.matches.clusters(by_strength[_COPY], self.copy_sets, matched)
        within = [(a, b) for a, b in same if a[0] == b[0]]
        bound = components(self.rows_of, [*copies, *matched, *within])
        self.bound = self.matches.clusters(bound, self.copy_sets, [*matched, *within])
        parts = {}
        spans = {}
        for node in self.rows_of:
            whole = by_strength[_BOLD][node]
            found = {
                s: span(by_strength[s][node], whole, clusters, self.distance, CHAIN)
                for s in (_BOLD, _NEAR, _CLOSE)
            }
            strength = next((s for s in (_BOLD, _NEAR) if found[s] <= CHAIN), _CLOSE)
            parts[node] = by_strength[strength][node]
            spans[node] = found[strength], found[_BOLD] > CHAIN
        joined = self.matches.joined(parts, self.close_sets, self._images)
        groups = {}
        for node, members in self.verdicts.settled(joined, self._believed()).items():
            oldest = eldest(families[node])
            artist, fingerprint = eldest(members)
            groups[node] = Group(
                id=digest(f"{ascii_text(artist)}:{fingerprint}")[:16],
                members=members,
                largest_distance=max(spans[member][0] for member in members),
                is_split_chain=any(spans[member][1] for member in members),
                split_key=min(str(row["split_key"]) for row in self.rows_of[oldest]),
            )
        return groups

    def strength(self, a: Node, b: Node) -> str | None:
        """The firmest link of two nodes of an artist that is believed."""
        pair = (min(a, b), max(a, b))
        found = {self.matches.finding(a, b)}
        if self.verdicts.verdict(a, b) == "same":
            found.add("same")
        if pair in self.all_mirrored:
            found = found - {"match", "weak match"}
        if pair not in self.refuted:
            found.add("mirrored" if pair in self.mirrored else _NAMES.get(self._links.get(pair, 0)))
        return next((step for step in STEPS if step in found), None)

    def _believed(self) -> list[Link]:
        """All links within an artist, each with its place among them."""
        pairs = {*self._links, *self.mirrored, *self.matches.pairs("match", "weak match")}
        links = []
        for a, b in pairs:
            if a[0] == b[0] and (strength := self.strength(a, b)):
                distance = self.distance(a, b)
                places = (STEPS.index(strength), 129 if distance is None else distance)
                links.append(((*places, *sorted((a[1], b[1]))), a, b))
        return links

    def _images(self, members: Members) -> int:
        return sum(len(self.rows_of[node]) for node in members)

    def kept(self, group: Group) -> Row:
        """The best row of a group, of those that show what most of them show."""
        pairs = list(itertools.combinations(sorted(group.members), 2))
        if not any(
            self.matches.is_same_view(a, b) is False or self.is_mirrored(a, b) for a, b in pairs
        ):
            return min(self.members(group), key=copy_order)
        sets = {self.copy_sets[node] & group.members for node in group.members}
        ranked = []
        for one in sets:
            agreeing = [other for other in sets if other is not one and self._agree(one, other)]
            images = sum(map(self._images, [one, *agreeing]))
            best = min((row for node in one for row in self.rows_of[node]), key=copy_order)
            is_left_out = format_name(str(best["EncodingFormat"])) not in FORMATS
            ranked.append(((is_left_out, -images, copy_order(best)), best))
        return min(ranked, key=lambda rank: rank[0])[1]

    def _agree(self, one: Members, other: Members) -> bool:
        """Whether copies of two pictures show the same, as far as anything is known."""
        said = set()
        for a, b in itertools.product(one, other):
            said.add(self.matches.is_same_view(a, b))
            if self.is_mirrored(a, b):
                said.add(False)
            pair = (min(a, b), max(a, b))
            if self._links.get(pair) in (_CLOSE, _NEAR, _BOLD) and pair not in self.refuted:
                said.add(True)
        return said - {None} == {True}

    def members(self, group: Group) -> list[Row]:
        """The rows of a group."""
        return [row for node in group.members for row in self.rows_of[node]]

    def size(self, group: Group) -> int:
        return self._images(group.members)

    def images_to_match(self) -> Counter[tuple[object, ...]]:
        """Rows of `images_to_match`."""
        columns = ("URL", "Width", "Height", "EncodingFormat", "DHashHex8", "DHashHex3")
        rows = []
        for members in set(self.copy_sets.values()):
            images = (row for node in members for row in self.rows_of[node])
            best: dict[object, Row] = {}
            for row in sorted(images, key=copy_order):
                best.setdefault(row["URL"], row)
            for choice, row in enumerate(list(best.values())[:3], 1):
                shown = [row[column] for column in columns]
                rows.append(
                    (*eldest(members), choice, *shown, row["evidence"], self._images(members))
                )
        return Counter(rows)

    def pairs_to_match(self) -> set[tuple[Node, Node]]:
        """Rows of `pairs_to_match`, the two sides in order."""
        within = [pair for pair, s in self._links.items() if s in (_CLOSE, _NEAR, _BOLD)]
        sets = {
            frozenset(self.copy_sets[node] for node in pair)
            for pair in (*within, *self.all_mirrored)
        }
        return {tuple(sorted(map(eldest, pair))) for pair in sets if len(pair) > 1}  # type: ignore[misc]

    def image_groups(self) -> Counter[tuple[object, ...]]:
        """Rows of `image_groups`, without IsKept."""
        rows = []
        for row in self.rows:
            group = self.groups[row["node"]]
            random, kept = reference.random(group.split_key), self.kept(group)
            rows.append(
                (
                    *(row[c] for c in ("Artist", "URL", "DHashHex8")),
                    *(group.id, self.size(group), group.largest_distance),
                    *(int(group.is_split_chain), row["evidence"], kept["URL"]),
                    *(self.distance(row["node"], kept["node"]), self._link_to(kept, row)),
                    *(random, side(random)),
                )
            )
        return Counter(rows)

    def _link_to(self, kept: Row, row: Row) -> str:
        if row is kept:
            return "kept"
        if row["node"] == kept["node"]:
            return "equal"
        return self.strength(kept["node"], row["node"]) or "indirect"

    def unique(self) -> Counter[tuple[object, ...]]:
        """Rows of version 2 of `unique_paintings`."""
        rows = []
        for group in set(self.groups.values()):
            kept, random = self.kept(group), reference.random(group.split_key)
            columns = [kept[c] for c in (*BASE, *reference.HASHES)]
            rows.append((*columns, random, group.id, self.size(group), side(random)))
        return Counter(rows)

    def rejected(self) -> Counter[tuple[object, ...]]:
        """Rows of `rejected_paintings`: columns, reasons, whether version 1 and 2 use them."""
        rows = [
            (*(row[c] for c in BASE), frozenset(row["faults"]), 0, 0)
            for row in self._cleaned.to_dict("records")
            if not is_groupable(row["faults"])
        ]
        for row in self.all_rows:
            removal = self.verdicts.removal(row)
            if row["fault"] is not None or removal is not None:
                reasons = "; ".join(filter(None, (row["fault"], removal))).split("; ")
                uses = (int(row["fault"] is None), int(removal is None))
                rows.append((*(row[c] for c in BASE), frozenset(reasons), *uses))
        return Counter(rows)

    def pairs(self) -> Counter[tuple[object, ...]]:
        """Rows of `near_duplicate_pairs`, the two sides in order."""
        rows = []
        for a, b in itertools.combinations(self.rows, 2):
            one, other = a["node"], b["node"]
            distance = self.distance(one, other)
            if a["Artist"] == b["Artist"] and self.are_pair(one, other):
                sides = sorted(f"{row['URL']} {row['DHashHex8']}" for row in (a, b))
                same = self.groups[one] == self.groups[other]
                mirrored = self.is_mirrored(one, other)
                rows.append((a["Artist"], *sides, distance, int(mirrored), int(same)))
        return Counter(rows)

    def are_pair(self, a: Node, b: Node) -> bool:
        return a in self.hashes if a == b else self.is_near(a, b, "match", "weak match")

    def conflicts(self) -> Counter[tuple[object, ...]]:
        """Artists, hashes and distance of the rows of `label_conflicts`, in order."""
        shown = {node: f"{node[0]} {rows[0]['DHashHex8']}" for node, rows in self.rows_of.items()}
        return Counter(
            (*sorted([shown[a], shown[b]]), self.distance(a, b))
            for a, b in itertools.combinations(self.rows_of, 2)
            if a[0] != b[0] and self.is_near(a, b) and self.verdicts.verdict(a, b) != "different"
        )

    def leaks(self, kept: Iterable[Kept]) -> list[tuple[Image, int | None, set[Image]]]:
        """The kept images in Test that are near some in Train.

        Each with the distance of the nearest of those, and all that are as near.
        """
        nodes = {_identity(row): row["node"] for row in self.rows}
        # Version 1 also keeps what a reviewer took out of version 2.
        named = [image for image in kept if image[:4] in nodes]
        images = [(image[:3], nodes[image[:4]], image[4]) for image in named]
        found = []
        for test, node in ((image, node) for image, node, at in images if at == "Test"):
            near = defaultdict(set)
            for train, other in ((image, node) for image, node, at in images if at == "Train"):
                if self.are_pair(node, other):
                    near[self.distance(node, other)].add(train)
            if near:
                nearest = min(near, key=lambda distance: 129 if distance is None else distance)
                found.append((test, nearest, near[nearest]))
        return found

    def flat_images(self) -> Counter[tuple[object, ...]]:
        """Rows of `flat_images`."""
        rows = []
        of_hash = defaultdict(list)
        for row in self.all_rows:
            if row["DHashHex8"] is not None:
                of_hash[row[f"DHashHex{LEVEL}"]].append(row)
        for kept, *dropped in of_hash.values():
            for row in (kept, *dropped):
                if "flat" in (kept["evidence"], row["evidence"]):
                    columns = [row[c] for c in ("Artist", "URL", "DHashHex8", f"DHashHex{LEVEL}")]
                    other = int(row["Artist"] != kept["Artist"])
                    rows.append((*columns, kept["Artist"], kept["URL"], int(row is kept), other))
        return Counter(rows)


def _identity(row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in ("Artist", "URL", "DHashHex8", f"DHashHex{LEVEL}"))
