"""Define a row of UniquePaintings."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.table.split import Split


@dataclass(frozen=True, slots=True)
class Painting:
    """One row of UniquePaintings.

    Attributes
    ----------
    key
        The unique key of the row: the hash, or the group of near-duplicates.
    artist, artist_number
        The artist's name and class label.
    encoding_format
        The image format that the row claims, in lower case.
    url
        The URL of the image.
    hash
        The perceptual hash at the level of the table, hex text.
    finest_hash
        The perceptual hash at level 8, hex text, with which a download is compared.
    random
        In [0, 1); decides the split unless `split` is set.
    split
        Train or Test, if the table has a Split column.
    flaw
        Why the row cannot be uploaded, regardless of its image. Usually empty.
    """

    key: str
    artist: str
    artist_number: int | None
    encoding_format: str | None
    url: str
    hash: str
    finest_hash: str | None
    random: float
    split: Split | None = None
    flaw: str = ""
