"""Say what an image is known by before its bytes are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from common.text import clean
from ingest.skip import Skip


class UnreadableError(Exception):
    """A candidate's bytes could not be had; the message says why."""


@dataclass(frozen=True)
class Candidate:
    """An image that the input names.

    Parameters
    ----------
    where
        How to find it in the input: a path, or a line number and address.
    artist, name, url
        As in `ingest.tables.rows.PaintingRow`.
    load
        Returns the bytes of the image, or raises `UnreadableError`.
    """

    where: str
    artist: str
    name: str | None
    url: str
    load: Callable[[], bytes]


@dataclass(frozen=True)
class Listing:
    """All the input holds, in its final order: what may become rows and what cannot."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skip, ...]


def artist_name(text: str) -> str:
    """Return the one spelling of an artist's name, by the rule that the models follow.

    File systems and web pages differ in how they compose accents and in what they put around and
    between words; unless they are made equal, one artist would count as two.
    """
    return clean(text)
