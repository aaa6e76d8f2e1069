"""What the matcher knows of an image that it looks at, and of a pair of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, NamedTuple

from paintings_dedupe.matcher.geometry import Evidence


class Key(NamedTuple):
    """The fingerprint that names a set of images with nearly the same hash.

    Attributes
    ----------
    artist
        The name of the artist.
    fingerprint
        As in `int_fingerprints_numbered`: usually a DHashHex8.
    """

    artist: str
    fingerprint: str


Pair = tuple[Key, Key]


@dataclass(frozen=True, slots=True)
class ImageToMatch:
    """One row of the mart `images_to_match`.

    Attributes
    ----------
    key
        The fingerprint of its set.
    url
        The URL of an image of the set.
    hash
        The DHashHex8 of that image; empty if it identifies nothing.
    """

    key: Key
    url: str
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a pair of images.

    Attributes
    ----------
    first, second
        The images; the key of the first sorts before that of the second.
    evidence
        What they have in common.
    found_at
        When, in UTC (ISO 8601).
    """

    first: Key
    second: Key
    evidence: Evidence
    found_at: str


def values_of(finding: Finding) -> tuple[str | int | float | None, ...]:
    """The keys and the evidence, flat, as tables keep them; a bool is 0 or 1."""
    evidence = (
        int(value) if isinstance(value, bool) else value for value in astuple(finding.evidence)
    )
    return (*finding.first, *finding.second, *evidence)


def finding_of(values: Sequence[Any], found_at: str) -> Finding:
    """The finding that `values_of` made flat."""
    artist, fingerprint, other_artist, other_fingerprint, *evidence = values
    types = (field.type for field in fields(Evidence))
    typed = (
        bool(value) if str(kind).startswith("bool") and value is not None else value
        for kind, value in zip(types, evidence, strict=True)
    )
    return Finding(
        Key(artist, fingerprint),
        Key(other_artist, other_fingerprint),
        Evidence(*typed),
        found_at,
    )
