"""Define one row of the table `Paintings`."""

from __future__ import annotations

from dataclasses import dataclass

from paintings_dedupe.common.images.hash_text import LEVELS
from paintings_dedupe.common.images.quality import Quality

# The type of each column if this project creates the table; the models accept others.
COLUMN_TYPES = {
    "Artist": "nvarchar(400)",
    "ArtistNumber": "int",
    "Width": "int",
    "Height": "int",
    "EncodingFormat": "nvarchar(40)",
    "Name": "nvarchar(1000)",
    "URL": "nvarchar(2000)",
    **{f"DHashHex{level}": "nvarchar(40)" for level in LEVELS},
}
COLUMNS = tuple(COLUMN_TYPES)
# What tells a good copy: see `quality.Quality`. A table may lack these columns, as that of an
# upstream job does.
MEASURE_TYPES = dict.fromkeys(
    ("IsColour", "ColourCount", "DetailPixels", "BorderPercent", "IsTurned"), "int"
)
MEASURES = tuple(MEASURE_TYPES)
ALL_TYPES = COLUMN_TYPES | MEASURE_TYPES
ALL_COLUMNS = tuple(ALL_TYPES)
# A row without one of these is not a row, and the models reject it.
REQUIRED_COLUMNS = ("Artist", "URL", *(f"DHashHex{level}" for level in LEVELS))
INTEGER_COLUMNS = frozenset(name for name, kind in ALL_TYPES.items() if kind == "int")


@dataclass(frozen=True)
class PaintingRow:
    """One image, with fields in the order of `ALL_COLUMNS`.

    Attributes
    ----------
    artist, artist_number
        The artist's name, and its position, from 0, among the sorted names of the input.
    width, height
        In pixels, as displayed: rotated as Exif says.
    encoding_format
        The true format, such as ``"jpeg"``, independent of the file name.
    name
        The title of the image; None if unknown.
    url
        Where the image can be downloaded.
    hashes
        The dHash as hex text at each of `hash_text.LEVELS`, in that order.
    quality
        What tells a good copy.
    """

    artist: str
    artist_number: int
    width: int
    height: int
    encoding_format: str
    name: str | None
    url: str
    hashes: tuple[str, ...]
    quality: Quality

    def values(self) -> tuple[str | int | None, ...]:
        """Return one value per column, in the order of `ALL_COLUMNS`."""
        return (
            self.artist,
            self.artist_number,
            self.width,
            self.height,
            self.encoding_format,
            self.name,
            self.url,
            *self.hashes,
            *self.quality.numbers(),
        )
