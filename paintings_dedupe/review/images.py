"""The images that the page shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownImage:
    """A row of `image_groups` that the page shows.

    Attributes
    ----------
    artist, url
        As the marts give them.
    hash
        The DHashHex8, or empty if it identifies nothing.
    """

    artist: str
    url: str
    hash: str
