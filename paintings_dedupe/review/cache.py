"""Keep thumbnails in an SQLite file, so that a later run fetches only what is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from paintings_dedupe.common.cache_file import CacheFile, CacheKind
from paintings_dedupe.review.images import ShownImage
from paintings_dedupe.review.shrinking import METHOD_VERSION, Size, Thumbnails
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail

_KIND = CacheKind(
    "thumbnails",
    "--thumbnails",
    METHOD_VERSION,
    {
        "thumbnails": """(
            url text not null,
            size text not null,
            hash text not null,
            media_type text not null,
            width integer not null,
            height integer not null,
            data blob not null,
            primary key (url, size)
        )"""
    },
)


class Cache(CacheFile):
    """What earlier runs fetched. What another version of the method left is forgotten.

    A thumbnail counts only for the hash that it was compared with, because the picture behind a URL
    may be replaced, and measured again.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, and create it if it does not exist.

        Raises
        ------
        paintings_dedupe.common.cache_file.CacheError
            When it cannot be opened, or is something else.
        """
        super().__init__(path, _KIND)

    def keep(self, image: ShownImage, thumbnails: Thumbnails) -> None:
        """Keep the thumbnails of an image."""
        with self.database:
            self.database.executemany(
                "replace into thumbnails values (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        image.url,
                        size.name,
                        image.hash,
                        one.media_type,
                        one.width,
                        one.height,
                        one.data,
                    )
                    for size, one in thumbnails.items()
                ),
            )

    def lacks(self, images: Iterable[ShownImage]) -> list[ShownImage]:
        """Those of the images whose thumbnails are not known."""
        return _lacking(self.database, images)

    def find(self, image: ShownImage, size: Size) -> Thumbnail | None:
        """The thumbnail of an image, if it is known."""
        found = self.database.execute(
            "select data, media_type, width, height from thumbnails "
            "where url = ? and size = ? and hash = ?",
            (image.url, size.name, image.hash),
        ).fetchone()
        return Thumbnail(*found) if found else None

    def bytes_of(self, images: Iterable[ShownImage], size: Size) -> int:
        """How many bytes the thumbnails of the images take."""
        sql = "select length(data) from thumbnails where url = ? and size = ? and hash = ?"
        lengths = (
            self.database.execute(sql, (image.url, size.name, image.hash)).fetchone()
            for image in images
        )
        return sum(length[0] for length in lengths if length)


class CachedThumbnails(Mapping[str, Thumbnail | NoThumbnail]):
    """The thumbnails of images by their URLs, each read from the file when it is asked for."""

    def __init__(
        self, cache: Cache, images: Iterable[ShownImage], size: Size, missing: Mapping[str, str]
    ) -> None:
        """Show `images`; `missing` says why there is no thumbnail, by URL."""
        self._cache = cache
        self._images = {image.url: image for image in images}
        self._size = size
        self._missing = missing

    def __getitem__(self, url: str) -> Thumbnail | NoThumbnail:
        image = self._images[url]
        found = None if url in self._missing else self._cache.find(image, self._size)
        return found or NoThumbnail(self._missing.get(url, "not fetched yet"))

    def __iter__(self) -> Iterator[str]:
        return iter(self._images)

    def __len__(self) -> int:
        return len(self._images)


class NoThumbnails(Mapping[str, Thumbnail | NoThumbnail]):
    """The same reason for every image."""

    def __init__(self, images: Iterable[ShownImage], reason: str) -> None:
        self._urls = {image.url for image in images}
        self._answer = NoThumbnail(reason)

    def __getitem__(self, url: str) -> NoThumbnail:
        if url not in self._urls:
            raise KeyError(url)
        return self._answer

    def __iter__(self) -> Iterator[str]:
        return iter(self._urls)

    def __len__(self) -> int:
        return len(self._urls)


def lacking_in(path: Path, images: Iterable[ShownImage]) -> list[ShownImage]:
    """Those of the images whose thumbnails a file does not have, without changing anything.

    Raises
    ------
    paintings_dedupe.common.cache_file.CacheError
        When the file is something else.
    """
    with _KIND.reading(path) as database:
        return _lacking(database, images) if database else list(images)


def _lacking(database: sqlite3.Connection, images: Iterable[ShownImage]) -> list[ShownImage]:
    # Both sizes are kept at once.
    rows = database.execute("select url, hash from thumbnails where size = ?", (Size.SMALL.name,))
    known = set(rows)
    return [image for image in images if (image.url, image.hash) not in known]
