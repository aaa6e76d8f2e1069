"""Know an image in the store again, by what is stored with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SOURCE, _FINEST_HASH, _WIDTH, _HEIGHT = "source", "hash", "width", "height"
_STRIPPED, _ENDED, _YES = "stripped", "ended", "yes"
# No image has a side of ten digits.
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class ImageProperties:
    """What the metadata of a blob says of its image; None where it says nothing.

    Attributes
    ----------
    source
        Where it was downloaded from, as `common.web.redaction.source_key` gives it.
    finest_hash
        dHash at size 8 of the row that it was compared with.
    width, height
        In pixels, as shown.
    is_stripped
        Whether it was stored without metadata of its own.
    is_ended
        Whether it was checked that nothing follows the image in its file.
    """

    source: str | None
    finest_hash: str | None
    width: int | None
    height: int | None
    is_stripped: bool = False
    is_ended: bool = False

    def to_metadata(self) -> dict[str, str]:
        """The metadata to store: a name and a text for each property that there is."""
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
    """Read the metadata of any blob, which may be of another program."""
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
