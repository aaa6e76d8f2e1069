"""A thumbnail as a value, or why an image has none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """An encoded small picture, upright, and its size in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class NoThumbnail:
    """Why there is none, in a sentence for people."""

    reason: str
