"""What verdicts of reviewers say of rows, pairs and groups a second time, in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Protocol

from tests.models import reference
from tests.models.near_rows import Row
from tests.models.nodes import Members, Node, components

Link = tuple[tuple[object, ...], Node, Node]
"""Its place, the firmest first, and the two nodes."""

_FINDINGS = {
    "drop": "dropped by a reviewer",
    "wrong artist": "under the wrong artist, says a reviewer",
}


@dataclass(frozen=True)
class Verdict:
    """A row of the seed."""

    verdict: str | None
    artist: str | None
    hash: str | None
    url: str | None
    other_artist: str | None = None
    other_hash: str | None = None
    other_url: str | None = None
    note: str | None = None

    def stored(self) -> Verdict:
        """As staging has it."""
        columns = ("Verdict", *("Artist", "DHashHex8", "URL") * 2, "Note")
        return Verdict(*map(reference.stored, astuple(self), columns))


class HasMembers(Protocol):
    """A group, as far as it is looked at here."""

    @property
    def members(self) -> Members: ...


class Verdicts:
    """All verdicts on the rows of a table, as `near_rows.groupable` gives them."""

    def __init__(self, verdicts: Iterable[Verdict], rows: Iterable[Row]) -> None:
        self._given = [verdict.stored() for verdict in verdicts]
        self._rows: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in rows:
            # Only a hash that identifies something names an image by itself.
            url = None if row["evidence"] == "hash" else row["URL"]
            self._rows[row["Artist"], row["DHashHex8"] or "", url].append(row)
        self._removals: dict[int, str] = {}
        for one in self._given:
            if one.verdict in _FINDINGS:
                reason = ": ".join(filter(None, (_FINDINGS[one.verdict], one.note)))
                for row in self._named(one.artist, one.hash, one.url):
                    number = row["number"]
                    self._removals[number] = min(reason, self._removals.get(number, reason))
        self.same, self.different = (self._pairs(name) for name in ("same", "different"))

    def removal(self, row: Row) -> str | None:
        """Why a reviewer took a row out of version 2; None if nobody did."""
        return self._removals.get(row["number"])

    def verdict(self, a: Node, b: Node) -> str | None:
        """What is said of two nodes; where both are, `same` is believed."""
        pair = frozenset((a, b))
        if pair in self.same:
            return "same"
        return "different" if pair in self.different else None

    def _named(self, artist: str | None, hash_text: str | None, url: str | None) -> list[Row]:
        name = artist, hash_text or ""
        return [*self._rows.get((*name, None), []), *self._rows.get((*name, url), [])]

    def _nodes(self, one: Verdict) -> tuple[Node | None, Node | None]:
        """The nodes that a verdict names; None for what is not in the table, or not any more."""
        sides = (
            (one.artist, one.hash, one.url),
            (one.other_artist, one.other_hash, one.other_url),
        )
        found = [
            [row["node"] for row in self._named(*names) if self.removal(row) is None]
            for names in sides
        ]
        first, second = (min(nodes, default=None) for nodes in found)
        return first, second

    def _pairs(self, name: str) -> set[frozenset[Node]]:
        nodes = [self._nodes(one) for one in self._given if one.verdict == name]
        pairs = [frozenset((a, b)) for a, b in nodes if a is not None and b is not None]
        return {pair for pair in pairs if len(pair) == 2}

    def settled(self, groups: Mapping[Node, Members], links: Iterable[Link]) -> dict[Node, Members]:
        """The groups, joined and divided by verdicts within an artist.

        Parameters
        ----------
        groups
            The group of every node as hashes and matches have it.
        links
            What is believed to link nodes within a group.
        """
        same, different = (
            [(a, b) for a, b in map(sorted, pairs) if a[0] == b[0]]
            for pairs in (self.same, self.different)
        )
        parts = components(groups, same)
        tied = [pair for members in set(groups.values()) for pair in pairwise(sorted(members))]
        wholes = components(groups, [*tied, *same])
        parted = [(a, b) for a, b in different if parts[a] != parts[b]]
        split = {wholes[a] for a, b in parted if wholes[a] == wholes[b]}
        found = {node: whole for node, whole in wholes.items() if whole not in split}
        part = {node: set(parts[node]) for node in groups}
        for members in parts.values():
            shared = set(members)
            part |= dict.fromkeys(members, shared)
        for _, a, b in sorted(links):
            one, other = part[a], part[b]
            if one is not other and groups[a] == groups[b]:
                both = one | other
                if not any(c in both and d in both for c, d in parted):
                    part |= dict.fromkeys(both, both)
        return found | {
            node: frozenset(part[node]) for node, whole in wholes.items() if whole in split
        }

    def conflicts(self, groups: Mapping[Node, HasMembers]) -> Counter[tuple[object, ...]]:
        """Rows of `verdict_conflicts`."""
        rows = [
            (*astuple(one)[:-1], problem)
            for one in self._given
            if (problem := self._problem(one, groups))
        ]
        return Counter(rows)

    def _problem(self, one: Verdict, groups: Mapping[Node, HasMembers]) -> str | None:
        sides = {"": (one.artist, one.hash, one.url)}
        if one.verdict not in _FINDINGS:
            sides["other "] = (one.other_artist, one.other_hash, one.other_url)
        missing = [name for name, names in sides.items() if not self._named(*names)]
        a, b = self._nodes(one)
        problem = None
        if one.verdict not in ("same", "different", *_FINDINGS):
            problem = "no such verdict"
        elif missing:
            problem = f"the {missing[0]}image is not in the table"
        elif one.verdict != "different" or a is None or b is None:
            problem = None
        elif a == b:
            problem = "both images have the same hash"
        elif groups[a].members == groups[b].members or frozenset((a, b)) in self.same:
            problem = "other verdicts say that both are the same"
        return problem
