"""Keep features and findings in an SQLite file, so that a later run looks only at what is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from paintings_dedupe.common.cache_file import CacheFile, CacheKind, connect_read_only
from paintings_dedupe.matcher.images import Finding, Key, finding_of, values_of

_TABLES = {
    "features": """(
        artist text not null,
        fingerprint text not null,
        data blob not null,
        primary key (artist, fingerprint)
    )""",
    "findings": """(
        artist text not null,
        fingerprint text not null,
        other_artist text not null,
        other_fingerprint text not null,
        inliers integer not null,
        hull_share real not null,
        agreement real not null,
        is_mirrored integer not null,
        scale real,
        turn real,
        shown real not null,
        other_shown real not null,
        is_match integer,
        found_at text not null,
        primary key (artist, fingerprint, other_artist, other_fingerprint)
    ) without rowid""",
}


def _kind(method_version: str) -> CacheKind:
    return CacheKind("the features of images", "--features", method_version, _TABLES)


class Cache(CacheFile):
    """What earlier runs saw and found. What another version of the method left is forgotten."""

    def __init__(self, path: Path, method_version: str) -> None:
        """Open the file, and create it if it does not exist.

        Raises
        ------
        paintings_dedupe.common.cache_file.CacheError
            When it cannot be opened, or is something else.
        """
        super().__init__(path, _kind(method_version))

    def seen(self) -> set[Key]:
        """The images whose features are known."""
        return _seen(self.database)

    def keep_features(self, key: Key, data: bytes) -> None:
        """Keep the features of one image."""
        with self.database:
            self.database.execute("replace into features values (?, ?, ?)", (*key, data))

    def features(self, keys: Iterable[Key]) -> Iterator[tuple[Key, bytes]]:
        """Yield the features of those of the images that have been seen."""
        for key in keys:
            found = self.database.execute(
                "select data from features where artist = ? and fingerprint = ?", key
            ).fetchone()
            if found is not None:
                yield key, found[0]

    def keep_findings(self, findings: Iterable[Finding]) -> None:
        """Keep findings; of a pair that is known already, the new one."""
        rows = [(*values_of(one), one.found_at) for one in findings]
        if not rows:
            return
        marks = ", ".join("?" * len(rows[0]))
        with self.database:
            self.database.executemany(f"replace into findings values ({marks})", rows)  # noqa: S608

    def findings(self) -> Iterator[Finding]:
        """Yield all findings, in the order of their keys."""
        for *values, found_at in self.database.execute(
            "select * from findings order by 1, 2, 3, 4"
        ):
            yield finding_of(values, found_at)

    def count(self) -> int:
        """The number of findings."""
        ((count,),) = self.database.execute("select count(*) from findings")
        return int(count)

    def examined(self, artist: str) -> set[tuple[Key, Key]]:
        """The pairs of an artist that have been looked at."""
        rows = self.database.execute(
            "select artist, fingerprint, other_artist, other_fingerprint from findings "
            "where artist = ?",
            (artist,),
        )
        return {(Key(*row[:2]), Key(*row[2:])) for row in rows}


def seen_in(path: Path, method_version: str) -> set[Key]:
    """The images whose features are known, without changing anything.

    A file that does not exist, or belongs to another version of the method, knows none.

    Raises
    ------
    paintings_dedupe.common.cache_file.CacheError
        When the file is something else.
    """
    with _kind(method_version).reading(path) as database:
        return _seen(database) if database else set()


def read_features(path: Path, key: Key) -> bytes:
    """The features of one image, for processes that only read.

    Raises
    ------
    KeyError
        When they are not known.
    """
    with closing(connect_read_only(path)) as database:
        found = database.execute(
            "select data from features where artist = ? and fingerprint = ?", key
        ).fetchone()
    if found is None:
        raise KeyError(key)
    data: bytes = found[0]
    return data


def _seen(database: sqlite3.Connection) -> set[Key]:
    return {Key(*row) for row in database.execute("select artist, fingerprint from features")}
