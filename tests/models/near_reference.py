"""The models of near-duplicates a second time, in plain Python, every pair looked at."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from common.images.formats import format_name
from tests.models import reference
from uploader.table.plan import FORMATS

NEAR, BOLD, BOLD_6, CHAIN, ACROSS, FLAT = 32, 40, 18, 56, 8, 16
_LEVEL = 3
_HASH_DIGITS = 32
_TRAIN_SHARE = 0.8
_ONLY_HASH_8 = {
    "DHashHex8 is missing",
    "DHashHex8 is not hexadecimal",
    "DHashHex8 is longer than 40 characters",
    *(f"DHashHex8 has {digits} digits, not 32" for digits in range(1, 41)),
}

Node = tuple[str, str]
"""Artist and fingerprint."""
Image = tuple[str, str, str]
"""Artist, URL and DHashHex8."""
Kept = tuple[str, str, str, str]
"""The same, and the split."""


@dataclass(frozen=True)
class Group:
    """What one node belongs to."""

    id: str
    members: frozenset[Node]
    largest_distance: int
    is_split_chain: bool
    split_key: str


class NearDuplicates:
    """All that the models should say of a table, given as `reference.clean` gives it."""

    def __init__(self, cleaned: pd.DataFrame) -> None:
        self.rows = _groupable(cleaned)
        self.rows_of: dict[Node, list[dict[str, object]]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            row["number"] = number
            self.rows_of[row["node"]].append(row)  # type: ignore[index]
        self.hashes = {
            node: rows[0] for node, rows in self.rows_of.items() if rows[0]["evidence"] == "hash"
        }
        self.groups = self._groups()

    def distance(self, a: Node, b: Node) -> int:
        """In how many bits two nodes differ."""
        texts = [str(self.rows_of[node][0]["DHashHex8"]) for node in (a, b)]
        return (int(texts[0], 16) ^ int(texts[1], 16)).bit_count()

    def links(self) -> dict[tuple[Node, Node], int]:
        """The pairs of nodes taken for the same picture, with the strength of the link."""
        found = {}
        for a, b in itertools.combinations(sorted(self.hashes), 2):
            distance = self.distance(a, b)
            if a[0] != b[0]:
                strength = 4 if distance <= ACROSS else 0
            elif distance <= NEAR:
                strength = 1 if distance <= NEAR // 2 else 2
            else:
                strength = 3 if distance <= BOLD and self._agree_at_6(a, b) else 0
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

    def _groups(self) -> dict[Node, Group]:
        links = self.links()
        by_strength = {
            strength: _components(
                self.rows_of, [pair for pair, s in links.items() if s <= strength]
            )
            for strength in (1, 2, 3, 4)
        }
        groups = {}
        for node in self.rows_of:
            spans = {s: self._span(by_strength[s][node]) for s in (3, 2, 1)}
            strength = next((s for s in (3, 2) if spans[s] <= CHAIN), 1)
            members = by_strength[strength][node]
            eldest = _eldest(by_strength[4][node])
            artist, fingerprint = _eldest(members)
            groups[node] = Group(
                id=_digest(f"{_ascii(artist)}:{fingerprint}")[:16],
                members=members,
                largest_distance=spans[strength],
                is_split_chain=spans[3] > CHAIN,
                split_key=min(str(row["split_key"]) for row in self.rows_of[eldest]),
            )
        return groups

    def _span(self, members: frozenset[Node]) -> int:
        pairs = itertools.combinations(sorted(members), 2)
        return max((self.distance(a, b) for a, b in pairs), default=0)

    def kept(self, group: Group) -> dict[str, object]:
        """The best row of a group."""
        return min(self.members(group), key=self._copy_order)

    def members(self, group: Group) -> list[dict[str, object]]:
        """The rows of a group."""
        return [row for node in group.members for row in self.rows_of[node]]

    @staticmethod
    def _copy_order(row: dict[str, object]) -> tuple[object, ...]:
        return (format_name(str(row["EncodingFormat"])) not in FORMATS, row["number"])

    def size(self, group: Group) -> int:
        return sum(len(self.rows_of[node]) for node in group.members)

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
        images = [row for row in self.rows if row["evidence"] == "hash"]
        for a, b in itertools.combinations(images, 2):
            one, other = a["node"], b["node"]
            distance = self.distance(one, other)  # type: ignore[arg-type]
            if a["Artist"] == b["Artist"] and distance <= NEAR:
                sides = sorted([(a["URL"], a["DHashHex8"]), (b["URL"], b["DHashHex8"])])
                same = self.groups[one] == self.groups[other]  # type: ignore[index]
                rows.append((a["Artist"], *sides, distance, int(same)))
        return Counter(rows)

    def conflicts(self) -> Counter[tuple[object, ...]]:
        """Artists, hashes and distance of the rows of `label_conflicts`, in order."""
        pairs = itertools.combinations(sorted(self.hashes), 2)
        return Counter(
            (*sorted([a, b]), distance)
            for a, b in pairs
            if a[0] != b[0] and (distance := self.distance(a, b)) <= ACROSS
        )

    def leaks(self, kept: Iterable[Kept]) -> list[tuple[Image, int, set[Image]]]:
        """The kept images in Test that are near some in Train.

        Each with the distance of the nearest of those, and all that are as near.
        """
        images = [
            ((artist, url, hash_8), split)
            for artist, url, hash_8, split in kept
            if (artist, hash_8) in self.hashes
        ]
        found = []
        for test in (image for image, split in images if split == "Test"):
            near = defaultdict(set)
            for train in (image for image, split in images if split == "Train"):
                distance = self.distance(test[::2], train[::2])
                if distance <= (NEAR if test[0] == train[0] else ACROSS):
                    near[distance].add(train)
            if near:
                found.append((test, min(near), near[min(near)]))
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
        members = [sorted(self.members(group), key=self._copy_order) for group in groups]
        sides = [side(reference.random(group.split_key)) for group in groups]
        scores["v2"] = self._score(members, sides)
        return scores

    def _score(self, clusters: list[list[dict[str, object]]], sides: list[str]) -> tuple[int, ...]:
        """The counts of a method: its clusters have their rows in keeper order, and a side each."""
        wrong = across = misses = leaks = 0
        for kept, *dropped in clusters:
            for row in dropped:
                across += row["Artist"] != kept["Artist"]
                if row["evidence"] == kept["evidence"] == "hash":
                    wrong += self.distance(kept["node"], row["node"]) > BOLD  # type: ignore[arg-type]
        survivors = [
            (rows[0], side)
            for rows, side in zip(clusters, sides, strict=True)
            if rows[0]["evidence"] == "hash"
        ]
        for (a, a_side), (b, b_side) in itertools.combinations(survivors, 2):
            distance = self.distance(a["node"], b["node"])  # type: ignore[arg-type]
            if a["Artist"] == b["Artist"] and distance <= NEAR:
                misses += 1
                leaks += a_side != b_side
        images = sum(map(len, clusters))
        flat = sum(rows[0]["evidence"] == "flat" for rows in clusters)
        unproven = sum(
            "flat" in (kept["evidence"], row["evidence"])
            for kept, *dropped in clusters
            for row in dropped
        )
        errors = (wrong, misses, across, leaks, unproven)
        return len(clusters), images - len(clusters), flat, *errors


_BASE = ["Artist", "ArtistNumber", "Width", "Height", "EncodingFormat", "Name", "URL"]


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
            evidence, fingerprint, split_key = "flat", f"flat:{_digest(url)}", plain
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


def _digest(text: str) -> str:
    digest = hashlib.md5(text.encode("ascii"), usedforsecurity=False).digest()
    return uuid.UUID(bytes_le=digest).hex


def _plain(text: str) -> str | None:
    """The hash with each half all 0 or all f, where at most `FLAT` bits differ; else None."""
    halves = [text[:16], text[16:]]
    bits = [int(half, 16).bit_count() for half in halves]
    if sum(min(count, 64 - count) for count in bits) > FLAT:
        return None
    return "".join(("f" if count > 32 else "0") * 16 for count in bits)


def _components(
    nodes: Iterable[Node], pairs: Iterable[tuple[Node, Node]]
) -> dict[Node, frozenset[Node]]:
    """Every node with all that pairs join it to, itself included."""
    component = {node: {node} for node in nodes}
    for a, b in pairs:
        if component[a] is not component[b]:
            component[a] |= component[b]
            for node in component[b]:
                component[node] = component[a]
    return {node: frozenset(members) for node, members in component.items()}


def _eldest(members: Iterable[Node]) -> Node:
    """In the first build all are of one age: the smallest fingerprint, then artist, decides."""
    return min(members, key=lambda node: (node[1], node[0]))
