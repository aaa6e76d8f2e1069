"""Make groups of rows of `image_groups`, the doubtful ones first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from paintings_dedupe.review.content import Group, Image, Member

# Links whose distance says something: a match, or a person, binds pictures however far apart.
_BY_DISTANCE = frozenset(("close", "near", "bold", "mirrored", "indirect"))
# What each doubt adds to a group's place in the list; a bit of distance adds 1.
_CONFLICT, _CHAIN, _WEAK, _INDIRECT = 1000, 500, 300, 200


class GroupRow(NamedTuple):
    """A row of `image_groups`, in the order of its columns as they are selected."""

    artist: str
    url: str
    hash: str | None
    group: str
    is_split_chain: int
    evidence: str
    is_kept: int
    split: str
    distance: int | None
    link: str

    @property
    def is_named_by_hash(self) -> bool:
        """Whether artist and hash are the image's name in verdicts."""
        return self.evidence == "hash"

    @property
    def name(self) -> tuple[str, ...]:
        """What names the image in verdicts, whatever its URL if the hash identifies it."""
        return name_of(self.artist, self.hash or "", self.url, self.is_named_by_hash)


def name_of(artist: str, digits: str, url: str, is_named_by_hash: bool) -> tuple[str, ...]:
    """What tells an image from others in verdicts."""
    return (artist, digits) if is_named_by_hash else (artist, digits, url)


class Detail(NamedTuple):
    """What the table says of an image besides its hash."""

    width: int | None
    height: int | None
    format: str
    name: str


class Images:
    """The images that the page shows, each once, with its place."""

    def __init__(self) -> None:
        self.all: list[Image] = []
        self._places: dict[tuple[str, str, str], int] = {}

    def place(self, image: Image) -> int:
        """Where the image is; it is added if it is new."""
        key = (image.artist, image.url, image.hash)
        if key not in self._places:
            self._places[key] = len(self.all)
            self.all.append(image)
        return self._places[key]

    def find(self, artist: str, url: str, digits: str) -> int | None:
        """The place of an image that was added."""
        return self._places.get((artist, url, digits))


@dataclass(frozen=True)
class Grouped:
    """The rows of each group, the kept one first; and why the group is doubtful."""

    id: str
    rows: Sequence[GroupRow]
    doubts: tuple[str, ...]
    weight: int


def group_rows(
    rows: Iterable[GroupRow], conflicting: Collection[tuple[str, ...]], bold_bits: int
) -> list[Grouped]:
    """All groups: first the doubtful ones, then the other ones, then single images.

    Parameters
    ----------
    conflicting
        The names of images that are in `label_conflicts`.
    bold_bits
        A distance that no link by hashes exceeds.
    """
    groups: dict[str, list[GroupRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    found = []
    for key, members in groups.items():
        members.sort(key=lambda row: (-row.is_kept, -(row.distance or 0), row.artist, row.url))
        doubts, weight = _doubts(members, conflicting, bold_bits)
        found.append(Grouped(key, members, doubts, weight))
    found.sort(key=lambda one: (len(one.rows) == 1, -one.weight, one.rows[0].artist, one.id))
    return found


def _doubts(
    members: Sequence[GroupRow], conflicting: Collection[tuple[str, ...]], bold_bits: int
) -> tuple[tuple[str, ...], int]:
    doubts, weight = [], 0
    if any(row.name in conflicting for row in members):
        doubts.append("also listed under another artist")
        weight += _CONFLICT
    if any(row.is_split_chain for row in members):
        doubts.append("part of a chain that was split")
        weight += _CHAIN
    if any(row.link == "weak match" for row in members):
        doubts.append("joined by a weak match")
        weight += _WEAK
    if any(row.link == "indirect" for row in members):
        doubts.append("some images are linked to the kept one only by way of others")
        weight += _INDIRECT
    farthest = max((row.distance or 0 for row in members if row.link in _BY_DISTANCE), default=0)
    if farthest > bold_bits:
        doubts.append(f"an image is {farthest} bits from the kept one")
    return tuple(doubts), weight + farthest


def as_image(row: GroupRow, detail: Detail | None) -> Image:
    """The image of a row, with what the table says of it."""
    width, height, encoding, name = detail or Detail(None, None, "", "")
    return Image(
        artist=row.artist,
        url=row.url,
        hash=row.hash or "" if row.evidence != "equality" else "",
        is_named_by_hash=row.is_named_by_hash,
        name=name,
        width=width,
        height=height,
        format=encoding,
        split=row.split,
    )


def as_group(grouped: Grouped, places: Sequence[int]) -> Group:
    """The group of images at these places."""
    members = zip(places, grouped.rows, strict=True)
    return Group(
        grouped.id,
        tuple(Member(place, row.distance, row.link) for place, row in members),
        grouped.doubts,
    )
