"""Store the properties of an image in the metadata of its blob, and read them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SOURCE, _FINEST_HASH, _WIDTH, _HEIGHT = "source", "hash", "width", "height"
_STRIPPED, _ENDED, _YES = "stripped", "ended", "yes"
# Longer numbers cannot be the side of an image.
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ImageProperties:
    """The properties of an image in the metadata of its blob; None if missing.

    Attributes
    ----------
    source
        The key of the image's URL, from `paintings_dedupe.common.web.redaction.source_key`.
    finest_hash
        dHash at level 8 of the row with which the image was compared.
    width, height
        The size in pixels, as displayed.
    is_stripped
        Whether the image was stored without its own metadata.
    is_ended
        Whether the file was checked for data after the end of the image.
    """

    source: str | None
    finest_hash: str | None
    width: int | None
    height: int | None
    is_stripped: bool = False
    is_ended: bool = False

    def to_metadata(self) -> dict[str, str]:
        """Return the blob metadata to store, without the missing properties."""
        values = {
            _SOURCE: self.source,
            _FINEST_HASH: self.finest_hash,
            _WIDTH: None if self.width is None else str(self.width),
            _HEIGHT: None if self.height is None else str(self.height),
            _STRIPPED: _YES if self.is_stripped else None,
            _ENDED: _YES if self.is_ended else None,
        }
        return {name: value for name, value in values.items() if value is not None}


def properties_of(metadata: Mapping[str, str]) -> ImageProperties:
    """Read the metadata of a blob, which another program may have written."""
    return ImageProperties(
        metadata.get(_SOURCE),
        metadata.get(_FINEST_HASH),
        _pixels(metadata.get(_WIDTH)),
        _pixels(metadata.get(_HEIGHT)),
        metadata.get(_STRIPPED) == _YES,
        metadata.get(_ENDED) == _YES,
    )


def _pixels(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= _MOST_DIGITS else None
