"""The models of near-duplicates a second time, in plain Python, every pair looked at."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from common.images.formats import format_name
from tests.models import reference
from tests.models.match_reference import (
    CHAIN,
    Match,
    Matches,
    Members,
    Node,
    components,
    eldest,
    span,
)
from tests.models.mirror_reference import are_mirrored
from uploader.table.plan import FORMATS

NEAR, COPY, BOLD, BOLD_6, ACROSS, FLAT = 32, 4, 40, 18, 8, 16
# How links are ranked, the strongest first.
_COPY, _CLOSE, _NEAR, _BOLD, _ACROSS = range(1, 6)
_LEVEL = 3
_HASH_DIGITS = 32
_TRAIN_SHARE = 0.8
_COLOURS_OF_A_GIF = 256
_BROAD_BORDER = 2
_ONLY_HASH_8 = {
    "DHashHex8 is missing",
    "DHashHex8 is not hexadecimal",
    "DHashHex8 is longer than 40 characters",
    *(f"DHashHex8 has {digits} digits, not 32" for digits in range(1, 41)),
}

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

    def __init__(self, cleaned: pd.DataFrame, matches: Iterable[Match] = ()) -> None:
        self.rows = _groupable(cleaned)
        self.rows_of: dict[Node, list[dict[str, object]]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            row["number"] = number
            self.rows_of[row["node"]].append(row)  # type: ignore[index]
        self.hashes = {
            node: rows[0] for node, rows in self.rows_of.items() if rows[0]["evidence"] == "hash"
        }
        self.matches = Matches(matches, self.rows_of, self.distance)
        links = self.links()
        self.copy_sets, self.close_sets = (
            components(self.rows_of, [p for p, s in links.items() if s <= weakest])
            for weakest in (_COPY, _CLOSE)
        )
        refuted = self.matches.refuted(self.copy_sets)
        mirrored = self.mirrored_pairs(links)
        refutable = [pair for pair, strength in links.items() if strength in (_CLOSE, _NEAR, _BOLD)]
        self.refuted = {
            pair
            for pair in {*mirrored, *refutable}
            if frozenset(self.copy_sets[n] for n in pair) in refuted
        }
        self.all_mirrored = mirrored
        self.mirrored = mirrored - self.refuted
        self.matched_across = {
            frozenset(self._across(node) for node in pair)
            for pair in self.matches.pairs("across artists")
        }
        self._links = links
        self.bound: dict[Node, Members] = {}
        self.groups = self._groups(links)

    def distance(self, a: Node, b: Node) -> int | None:
        """In how many bits two nodes differ; None if a hash of theirs identifies nothing."""
        if a not in self.hashes or b not in self.hashes:
            return None
        return (int(a[1], 16) ^ int(b[1], 16)).bit_count()

    def _is_within(self, a: Node, b: Node, bits: int) -> bool:
        distance = self.distance(a, b)
        return distance is not None and distance <= bits

    def _across(self, node: Node) -> str | Node:
        """What a match across artists is about: the hash, or the node if it has none."""
        return node[1] if node in self.hashes else node

    def is_near(self, a: Node, b: Node, *verdicts: str) -> bool:
        """Whether two nodes are near-duplicates, be it by one of these verdicts."""
        if a[0] != b[0]:
            matched = frozenset((self._across(a), self._across(b))) in self.matched_across
            return matched or self._is_within(a, b, ACROSS)
        if self.matches.verdict(a, b) in verdicts:
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
        by_strength = {
            strength: components(
                self.rows_of,
                matched + [p for p, s in links.items() if s <= strength and p not in self.refuted],
            )
            for strength in (_COPY, _CLOSE, _NEAR, _BOLD)
        }
        all_matched = self.matches.pairs("match", "weak match", "across artists")
        families = components(self.rows_of, [*links, *all_matched, *self.all_mirrored])
        self.bound = self.matches.clusters(by_strength[_COPY], self.copy_sets, matched)
        parts = {}
        spans = {}
        for node in self.rows_of:
            whole = by_strength[_BOLD][node]
            found = {
                s: span(by_strength[s][node], whole, self.bound, self.distance, CHAIN)
                for s in (_BOLD, _NEAR, _CLOSE)
            }
            strength = next((s for s in (_BOLD, _NEAR) if found[s] <= CHAIN), _CLOSE)
            parts[node] = by_strength[strength][node]
            spans[node] = found[strength], found[_BOLD] > CHAIN
        joined = self.matches.joined(parts, self.close_sets, self._images)
        groups = {}
        for node, members in joined.items():
            oldest = eldest(families[node])
            artist, fingerprint = eldest(members)
            groups[node] = Group(
                id=digest(f"{_ascii(artist)}:{fingerprint}")[:16],
                members=members,
                largest_distance=max(spans[member][0] for member in members),
                is_split_chain=any(spans[member][1] for member in members),
                split_key=min(str(row["split_key"]) for row in self.rows_of[oldest]),
            )
        return groups

    def _images(self, members: Members) -> int:
        return sum(len(self.rows_of[node]) for node in members)

    def kept(self, group: Group) -> dict[str, object]:
        """The best row of a group, of those that show what most of them show."""
        pairs = list(itertools.combinations(sorted(group.members), 2))
        if not any(
            self.matches.is_same_view(a, b) is False or self.is_mirrored(a, b) for a, b in pairs
        ):
            return min(self.members(group), key=self._copy_order)
        sets = {self.copy_sets[node] for node in group.members}
        ranked = []
        for one in sets:
            agreeing = [other for other in sets if other is not one and self._agree(one, other)]
            images = sum(map(self._images, [one, *agreeing]))
            best = min((row for node in one for row in self.rows_of[node]), key=self._copy_order)
            is_left_out = format_name(str(best["EncodingFormat"])) not in FORMATS
            ranked.append(((is_left_out, -images, self._copy_order(best)), best))
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

    def members(self, group: Group) -> list[dict[str, object]]:
        """The rows of a group."""
        return [row for node in group.members for row in self.rows_of[node]]

    @staticmethod
    def _copy_order(row: dict[str, object]) -> tuple[object, ...]:
        width: Any = row["Width"]
        measured: list[Any] = [row[column] for column in reference.MEASURED]
        is_colour, colours, detail, border, is_turned = measured
        if detail is None:
            detail = width or 0
        return (
            format_name(str(row["EncodingFormat"])) not in FORMATS,
            is_colour == 0,
            is_colour == 1 and colours is not None and colours <= _COLOURS_OF_A_GIF,
            # Detail that is less than half an octave better is no better.
            -sum(detail >= round(64 * 2 ** (step / 2)) for step in range(18)),
            border is not None and border >= _BROAD_BORDER,
            is_turned == 1,
            -detail,
            row["number"],
        )

    def size(self, group: Group) -> int:
        return self._images(group.members)

    def images_to_match(self) -> Counter[tuple[object, ...]]:
        """Rows of `images_to_match`."""
        columns = ("URL", "Width", "Height", "EncodingFormat", "DHashHex8", "DHashHex3")
        rows = []
        for members in set(self.copy_sets.values()):
            images = (row for node in members for row in self.rows_of[node])
            best: dict[object, dict[str, object]] = {}
            for row in sorted(images, key=self._copy_order):
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
            group = self.groups[row["node"]]  # type: ignore[index]
            random = reference.random(group.split_key)
            rows.append(
                (
                    *(row[c] for c in ("Artist", "URL", "DHashHex8")),
                    *(group.id, self.size(group), group.largest_distance),
                    *(int(group.is_split_chain), row["evidence"], self.kept(group)["URL"]),
                    *(random, side(random)),
                )
            )
        return Counter(rows)

    def unique(self) -> Counter[tuple[object, ...]]:
        """Rows of version 2 of `unique_paintings`."""
        rows = []
        for group in set(self.groups.values()):
            kept, random = self.kept(group), reference.random(group.split_key)
            columns = [kept[c] for c in (*_BASE, *reference.HASHES)]
            rows.append((*columns, random, group.id, self.size(group), side(random)))
        return Counter(rows)

    def pairs(self) -> Counter[tuple[object, ...]]:
        """Rows of `near_duplicate_pairs`, the two sides in order."""
        rows = []
        for a, b in itertools.combinations(self.rows, 2):
            one, other = a["node"], b["node"]
            distance = self.distance(one, other)  # type: ignore[arg-type]
            if a["Artist"] == b["Artist"] and self._are_pair(one, other):  # type: ignore[arg-type]
                sides = sorted(f"{row['URL']} {row['DHashHex8']}" for row in (a, b))
                same = self.groups[one] == self.groups[other]  # type: ignore[index]
                mirrored = self.is_mirrored(one, other)  # type: ignore[arg-type]
                rows.append((a["Artist"], *sides, distance, int(mirrored), int(same)))
        return Counter(rows)

    def _are_pair(self, a: Node, b: Node) -> bool:
        return a in self.hashes if a == b else self.is_near(a, b, "match", "weak match")

    def conflicts(self) -> Counter[tuple[object, ...]]:
        """Artists, hashes and distance of the rows of `label_conflicts`, in order."""
        shown = {node: f"{node[0]} {rows[0]['DHashHex8']}" for node, rows in self.rows_of.items()}
        return Counter(
            (*sorted([shown[a], shown[b]]), self.distance(a, b))
            for a, b in itertools.combinations(self.rows_of, 2)
            if a[0] != b[0] and self.is_near(a, b)
        )

    def leaks(self, kept: Iterable[Kept]) -> list[tuple[Image, int | None, set[Image]]]:
        """The kept images in Test that are near some in Train.

        Each with the distance of the nearest of those, and all that are as near.
        """
        nodes = {_identity(row): row["node"] for row in self.rows}
        images = [(image[:3], nodes[image[:4]], image[4]) for image in kept]
        found = []
        for test, node in ((image, node) for image, node, side in images if side == "Test"):
            near = defaultdict(set)
            for train, other in ((image, node) for image, node, side in images if side == "Train"):
                if self._are_pair(node, other):  # type: ignore[arg-type]
                    near[self.distance(node, other)].add(train)  # type: ignore[arg-type]
            if near:
                nearest = min(near, key=lambda distance: 129 if distance is None else distance)
                found.append((test, nearest, near[nearest]))
        return found

    def flat_images(self) -> Counter[tuple[object, ...]]:
        """Rows of `flat_images`."""
        rows = []
        of_hash = defaultdict(list)
        for row in self.rows:
            if row["DHashHex8"] is not None:
                of_hash[row[f"DHashHex{_LEVEL}"]].append(row)
        for kept, *dropped in of_hash.values():
            for row in (kept, *dropped):
                if "flat" in (kept["evidence"], row["evidence"]):
                    columns = [row[c] for c in ("Artist", "URL", "DHashHex8", f"DHashHex{_LEVEL}")]
                    other = int(row["Artist"] != kept["Artist"])
                    rows.append((*columns, kept["Artist"], kept["URL"], int(row is kept), other))
        return Counter(rows)

    def scorecard(self) -> dict[str, tuple[int, ...]]:
        """Rows of `level_scorecard` by method: kept, dropped, flat, and the suspected errors."""
        scores = {}
        with_hash_8 = [row for row in self.rows if row["DHashHex8"] is not None]
        for level in reference.LEVELS:
            key = f"DHashHex{level}"
            clusters = defaultdict(list)
            for row in with_hash_8:
                clusters[row[key]].append(row)
            sides = [side(reference.random(str(value))) for value in clusters]
            scores[f"level {level}"] = self._score(list(clusters.values()), sides)
        groups = list(set(self.groups.values()))
        members = []
        for group in groups:
            kept = self.kept(group)
            members.append([kept, *(row for row in self.members(group) if row is not kept)])
        sides = [side(reference.random(group.split_key)) for group in groups]
        scores["v2"] = self._score(members, sides)
        return scores

    def _score(self, clusters: list[list[dict[str, object]]], sides: list[str]) -> tuple[int, ...]:
        """The counts of a method: its clusters have their rows in keeper order, and a side each."""
        wrong = across = misses = leaks = unproven = 0
        for kept, *dropped in clusters:
            for row in dropped:
                one, other = kept["node"], row["node"]
                across += row["Artist"] != kept["Artist"]
                if not self._is_bound(one, other):  # type: ignore[arg-type]
                    distance = self.distance(one, other)  # type: ignore[arg-type]
                    wrong += distance is not None and distance > BOLD
                    unproven += "flat" in (kept["evidence"], row["evidence"])
        survivors = [(rows[0], side) for rows, side in zip(clusters, sides, strict=True)]
        for (a, a_side), (b, b_side) in itertools.combinations(survivors, 2):
            if a["Artist"] == b["Artist"] and self._is_missed(a["node"], b["node"]):  # type: ignore[arg-type]
                misses += 1
                leaks += a_side != b_side
        images = sum(map(len, clusters))
        flat = sum(rows[0]["evidence"] == "flat" for rows in clusters)
        errors = (wrong, misses, across, leaks, unproven)
        return len(clusters), images - len(clusters), flat, *errors

    def _is_bound(self, a: Node, b: Node) -> bool:
        """Whether a match binds two nodes, be it by way of others."""
        return len(self.bound[a]) > 1 and b in self.bound[a]

    def _is_missed(self, a: Node, b: Node) -> bool:
        return a in self.hashes and b in self.hashes and (a == b or self.is_near(a, b, "match"))


_BASE = ["Artist", "ArtistNumber", "Width", "Height", "EncodingFormat", "Name", "URL"]


def _identity(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[column] for column in ("Artist", "URL", "DHashHex8", f"DHashHex{_LEVEL}"))


def side(random: float) -> str:
    """The side of the split."""
    return "Train" if random < _TRAIN_SHARE else "Test"


def _groupable(cleaned: pd.DataFrame) -> list[dict[str, object]]:
    """The rows that can be grouped in keeper order, with node, evidence and split key."""
    is_usable = cleaned["faults"].map(lambda faults: faults <= _ONLY_HASH_8).astype(bool)
    usable = cleaned[is_usable].copy()
    hashes = zip(usable["DHashHex8"], usable["faults"], strict=True)
    usable["DHashHex8"] = pd.Series(
        [None if faults else text for text, faults in hashes], index=usable.index, dtype=object
    )
    usable["faults"] = [set[str]() for _ in range(len(usable))]
    rows = []
    for row in reference.eligible(usable).to_dict("records"):
        text, equal = row["DHashHex8"], str(row[f"DHashHex{_LEVEL}"])
        if text is None or len(text) != _HASH_DIGITS:
            evidence, fingerprint, split_key = "equality", f"{_LEVEL}:{equal}", equal
        elif (plain := _plain(text)) is not None:
            url = _ascii(str(row["URL"]))
            evidence, fingerprint, split_key = "flat", f"flat:{digest(url)}", plain
        else:
            evidence, fingerprint, split_key = "hash", text, text
        node = (row["Artist"], fingerprint)
        rows.append({**row, "node": node, "evidence": evidence, "split_key": split_key})
    return rows


def _ascii(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    units = text.encode("utf-16-le")
    return " " + ".".join(
        str(int.from_bytes(units[place : place + 2], "little")) for place in range(0, len(units), 2)
    )


def digest(text: str) -> str:
    found = hashlib.md5(text.encode("ascii"), usedforsecurity=False).digest()
    return uuid.UUID(bytes_le=found).hex


def _plain(text: str) -> str | None:
    """The hash with each half all 0 or all f, where at most `FLAT` bits differ; else None."""
    halves = [text[:16], text[16:]]
    bits = [int(half, 16).bit_count() for half in halves]
    if sum(min(count, 64 - count) for count in bits) > FLAT:
        return None
    return "".join(("f" if count > 32 else "0") * 16 for count in bits)
