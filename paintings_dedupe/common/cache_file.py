"""Keep what a program has made in an SQLite file, for as long as its method stays the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from paintings_dedupe.common.errors import UserError

_BUSY_SECONDS = 60.0
# Created before the tables of the program, so that a file of a run that was killed has it.
_METHOD = "create table if not exists method (version text not null)"


class CacheError(UserError):
    """The file cannot be used; the message gives the cause and the remedy."""


@dataclass(frozen=True)
class CacheKind:
    """What the files of a program keep.

    Attributes
    ----------
    purpose
        What is kept, for messages, such as "the features of images".
    option
        The option that names the file.
    version
        The version of the method. What another version left is forgotten.
    tables
        The columns and constraints of each table, by its name.
    """

    purpose: str
    option: str
    version: str
    tables: dict[str, str]

    @contextmanager
    def reading(self, path: Path) -> Iterator[sqlite3.Connection | None]:
        """Open a file without changing anything.

        Yields None if the file does not exist, or belongs to another version of the method.

        Raises
        ------
        CacheError
            When the file is something else.
        """
        if not path.exists():
            yield None
            return
        try:
            with closing(connect_read_only(path)) as database:
                found = None
                if _refuse_other_programs(self, database, path):
                    found = database.execute("select version from method").fetchone()
                yield database if found == (self.version,) else None
        except sqlite3.Error as error:
            raise _unusable(self, path, error) from error


class CacheFile(AbstractContextManager["CacheFile"]):
    """An open file, to be read and written by one process at a time.

    Attributes
    ----------
    path
        Where it is.
    database
        The connection. An error of it that leaves the block is raised as `CacheError`.
    forgotten
        The version whose content was forgotten when the file was opened; usually None.
    """

    def __init__(self, path: Path, kind: CacheKind) -> None:
        """Open the file, and create it if it does not exist.

        Raises
        ------
        CacheError
            When it cannot be opened, or is something else.
        """
        self.path = path
        self.forgotten: str | None = None
        self._kind = kind
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.database = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            _refuse_other_programs(kind, self.database, path)
            self.database.execute("pragma journal_mode = wal")
            self.database.execute(_METHOD)
            for name, content in kind.tables.items():
                self.database.execute(f"create table if not exists {name} {content}")
            self._forget_other_versions()
        except (sqlite3.Error, OSError) as error:
            raise _unusable(kind, path, error) from error

    def _forget_other_versions(self) -> None:
        with self.database:
            found = self.database.execute("select version from method").fetchone()
            if found is not None and found[0] == self._kind.version:
                return
            if found is not None:
                self.forgotten = found[0]
            for table in ("method", *self._kind.tables):
                self.database.execute(f"delete from {table}")  # noqa: S608
            self.database.execute("insert into method values (?)", (self._kind.version,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.database.close()
        # A disk may become full at any moment, also while many images are looked at.
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, sqlite3.Error):
            raise _unusable(self._kind, self.path, error) from error


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Connect to a file that exists, for reading only."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", timeout=_BUSY_SECONDS, uri=True)


def _refuse_other_programs(kind: CacheKind, database: sqlite3.Connection, path: Path) -> set[str]:
    """The names of its tables; an error if they are not ours, because their rows would be lost."""
    rows = database.execute("select name from sqlite_master where type = 'table'")
    tables = {name for (name,) in rows}
    if tables and not ("method" in tables and tables <= {"method", *kind.tables}):
        raise CacheError(
            f"the file {path} is a database of another program. Name another one with "
            f"{kind.option}."
        )
    return tables


def _unusable(kind: CacheKind, path: Path, error: Exception) -> CacheError:
    return CacheError(
        f"the file {path}, which keeps {kind.purpose}, cannot be used: {error}. Make room for it "
        "and make it writable. If that does not help, delete it, or name another one with "
        f"{kind.option}."
    )
