"""Describe an image before its bytes are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from paintings_dedupe.ingest.skip import Skip


class UnreadableError(Exception):
    """The bytes of a candidate could not be read; the message gives the reason."""


@dataclass(frozen=True)
class Candidate:
    """An image in the input.

    Attributes
    ----------
    where
        Where it is in the input: a path, or a line number and a URL.
    artist, name, url
        As in `paintings_dedupe.ingest.tables.rows.PaintingRow`.
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
    """The content of the input in its final order: candidates for rows, and skipped items."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skip, ...]
