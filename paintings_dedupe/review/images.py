"""The image of a thumbnail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShownImage:
    """An image of which the page shows a thumbnail.

    Attributes
    ----------
    url
        Where it is.
    hash
        The DHashHex8, or empty if it identifies nothing.
    """

    url: str
    hash: str
