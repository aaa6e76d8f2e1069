"""Keep features and findings in an SQLite file, so that a later run looks only at what is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import TracebackType

from common.errors import UserError
from matcher.images import Finding, Key, finding_of, values_of

_TABLES = """
create table if not exists method (version text not null);
create table if not exists features (
    artist text not null,
    fingerprint text not null,
    data blob not null,
    primary key (artist, fingerprint)
);
create table if not exists findings (
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
) without rowid;
"""
_NAMES = {"method", "features", "findings"}
_BUSY_SECONDS = 60.0


class CacheError(UserError):
    """The file cannot be used; the message gives the cause and the remedy."""


class Cache(AbstractContextManager["Cache"]):
    """What earlier runs saw and found.

    Everything belongs to one version of the method: whatever another version left is forgotten.

    Attributes
    ----------
    forgotten
        The version whose features and findings were forgotten when the file was opened; usually
        None.
    """

    def __init__(self, path: Path, method_version: str) -> None:
        """Open the file, and create it if it does not exist.

        Raises
        ------
        CacheError
            When it cannot be opened, or is something else.
        """
        self.path = path
        self.forgotten: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            _refuse_other_programs(self._database, path)
            self._database.execute("pragma journal_mode = wal")
            self._database.executescript(_TABLES)
            self._forget_other_versions(method_version)
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, error) from error

    def _forget_other_versions(self, ours: str) -> None:
        with self._database:
            found = self._database.execute("select version from method").fetchone()
            if found is not None and found[0] == ours:
                return
            if found is not None:
                self.forgotten = found[0]
            for table in ("method", "features", "findings"):
                self._database.execute(f"delete from {table}")  # noqa: S608
            self._database.execute("insert into method values (?)", (ours,))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()
        # A disk may become full at any moment, also while many images are looked at.
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, sqlite3.Error):
            raise _unusable(self.path, error) from error

    def seen(self) -> set[Key]:
        """The images whose features are known."""
        return _seen(self._database)

    def keep_features(self, key: Key, data: bytes) -> None:
        """Keep the features of one image."""
        with self._database:
            self._database.execute("replace into features values (?, ?, ?)", (*key, data))

    def features(self, keys: Iterable[Key]) -> Iterator[tuple[Key, bytes]]:
        """Yield the features of those of the images that have been seen."""
        for key in keys:
            found = self._database.execute(
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
        with self._database:
            self._database.executemany(f"replace into findings values ({marks})", rows)  # noqa: S608

    def findings(self) -> Iterator[Finding]:
        """Yield all findings, in the order of their keys."""
        for *values, found_at in self._database.execute(
            "select * from findings order by 1, 2, 3, 4"
        ):
            yield finding_of(values, found_at)

    def examined(self, artist: str) -> set[tuple[Key, Key]]:
        """The pairs of an artist that have been looked at."""
        rows = self._database.execute(
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
    CacheError
        When the file is something else.
    """
    if not path.exists():
        return set()
    try:
        with closing(_read_only(path)) as database:
            if not _refuse_other_programs(database, path):
                return set()
            if database.execute("select version from method").fetchone() != (method_version,):
                return set()
            return {
                Key(*row) for row in database.execute("select artist, fingerprint from features")
            }
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def read_features(path: Path, key: Key) -> bytes:
    """The features of one image, for processes that only read.

    Raises
    ------
    KeyError
        When they are not known.
    """
    with closing(_read_only(path)) as database:
        found = database.execute(
            "select data from features where artist = ? and fingerprint = ?", key
        ).fetchone()
    if found is None:
        raise KeyError(key)
    data: bytes = found[0]
    return data


def _seen(database: sqlite3.Connection) -> set[Key]:
    return {Key(*row) for row in database.execute("select artist, fingerprint from features")}


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", timeout=_BUSY_SECONDS, uri=True)


def _refuse_other_programs(database: sqlite3.Connection, path: Path) -> set[str]:
    """The names of its tables; an error if they are not ours, because their rows would be lost."""
    rows = database.execute("select name from sqlite_master where type = 'table'")
    tables = {name for (name,) in rows}
    # `method` is created first, so that a file of a run that was killed has it.
    if tables and not ("method" in tables and tables <= _NAMES):
        raise CacheError(
            f"the file {path} is a database of another program. Name another one with --features."
        )
    return tables


def _unusable(path: Path, error: Exception) -> CacheError:
    return CacheError(
        f"the file {path}, which keeps the features of images, cannot be used: {error}. "
        "Make room for it and make it writable. If that does not help, delete it, or name another "
        "one with --features."
    )
