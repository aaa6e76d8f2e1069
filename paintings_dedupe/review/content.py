"""What the page shows, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from paintings_dedupe.review.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the page shows.

    Attributes
    ----------
    hash
        The DHashHex8; empty if there is none that can be used.
    is_named_by_hash
        Whether artist and hash are its name; otherwise its URL belongs to it.
    width, height, format, name
        As the table says, not as the thumbnail shows; None or empty if that is not known.
    split
        Train or Test in version 2; empty if it is in neither.
    """

    artist: str
    url: str
    hash: str
    is_named_by_hash: bool
    name: str = ""
    width: int | None = None
    height: int | None = None
    format: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """An image of a group.

    Attributes
    ----------
    image
        Its place among the images of the review.
    distance
        How many bits of its hash differ from that of the kept image; None if one has none.
    link
        The kind of link to the kept image.
    """

    image: int
    distance: int | None
    link: str


@dataclass(frozen=True, slots=True)
class Group:
    """Images that version 2 takes for one painting; the kept one first.

    Attributes
    ----------
    doubts
        Why it should be looked at, in words.
    """

    id: str
    members: tuple[Member, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images, by their places, and how many bits of their hashes differ."""

    image: int
    other: int
    distance: int | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """The nearest pairs of a kind, and how many there are in all."""

    shown: Sequence[Pair]
    total: int


@dataclass(frozen=True, slots=True)
class Version:
    """What a version of the table keeps, and what the uploader made of it.

    Attributes
    ----------
    eligible
        Kept images in a format that the uploader accepts.
    uploaded
        Kept images that are in the store since the uploader's last run; None if that run was not of
        this version.
    """

    number: int
    duplicates: int
    rejected: int
    unique: int
    train: int
    test: int
    eligible: int
    uploaded: int | None
    uploaded_train: int = 0
    uploaded_test: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """A row of `level_scorecard`."""

    level: int | None
    method: str
    unique: int
    eliminated: int
    wrong_merges: int
    misses: int
    across_artists: int
    leaked: int
    flat_merges: int
    is_recommended: bool

    @property
    def suspected(self) -> int:
        """All suspected errors."""
        merges = self.wrong_merges + self.across_artists + self.flat_merges
        return merges + self.misses + self.leaked


@dataclass(frozen=True, slots=True)
class ArtistLevels:
    """Unique images of an artist by level, from the finest level to the coarsest."""

    artist: str
    images: int
    unique: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """Kept images of an artist on each side of the split, in version 2."""

    artist: str
    train: int
    test: int

    @property
    def test_share(self) -> float:
        """The share of Test among the images."""
        return self.test / (self.train + self.test)


@dataclass(frozen=True, slots=True)
class Reason:
    """How many rows have one reason and one host, with one of them as an example."""

    what: str
    reason: str
    host: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Reasons:
    """The most common reasons, and how many there are in all."""

    shown: Sequence[Reason]
    total: int


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was rejected."""

    artist: str
    name: str
    url: str
    reason: str
    is_in_version_1: bool
    is_in_version_2: bool


@dataclass(frozen=True, slots=True)
class Rejections:
    """Rejected rows by reason and host; the rows themselves up to a limit, and their number."""

    reasons: Reasons
    rows: Sequence[RejectedRow]
    total: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A verdict that could not be obeyed: its fields but the note, and why."""

    verdict: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Project:
    """Where the tables come from.

    Attributes
    ----------
    key
        Tells the page of this project and target from others in the browser's storage.
    """

    name: str
    target: str
    place: str
    key: str


@dataclass(frozen=True, slots=True)
class Review:
    """All that the page shows.

    Attributes
    ----------
    rows, unreadable_lines
        How many rows the table Paintings has, and lines of its files that could not be read.
    images, groups
        Up to a limit; `group_total` counts all groups of version 2.
    are_verdicts_loaded
        Whether dbt has loaded these verdicts, and no others.
    near_miss_bits
        How many bits the images of a near miss may differ.
    variables
        The vars with which dbt built the tables.
    """

    project: Project
    level: int
    train_share: float
    rows: int
    unreadable_lines: int
    versions: Sequence[Version]
    scores: Sequence[Score]
    levels: Sequence[int]
    artist_levels: Sequence[ArtistLevels]
    balance: Sequence[Balance]
    images: Sequence[Image]
    groups: Sequence[Group]
    group_total: int
    near_misses: Pairs
    near_miss_bits: int
    conflicts: Pairs
    leaks: Pairs
    rejections: Rejections
    failures: Reasons
    verdicts: Sequence[Verdict]
    problems: Sequence[Problem]
    are_verdicts_loaded: bool
    variables: Mapping[str, object]
