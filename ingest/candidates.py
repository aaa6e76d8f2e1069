"""Say what an image is known by before its bytes are read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


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
        As in `ingest.rows.PaintingRow`.
    load
        Returns the bytes of the image, or raises `UnreadableError`.
    """

    where: str
    artist: str
    name: str | None
    url: str
    load: Callable[[], bytes]


@dataclass(frozen=True)
class Skip:
    """Something in the input that makes no row, and the reason."""

    where: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """All the input holds, in its final order: what may become rows and what cannot."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skip, ...]


def artist_name(text: str) -> str:
    """Return the one spelling of an artist's name: NFC, with no space around it.

    File systems and web pages differ in how they compose accents; unless they are made equal,
    one artist would count as two.
    """
    return unicodedata.normalize("NFC", text).strip()
