"""Extend the ledger by the queries of an audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from uploader.ledger.ledger import ROW_COLUMNS, Ledger, ledger_row
from uploader.ledger.records import LedgerRow
from uploader.stores import StoredBlob


@dataclass(frozen=True, slots=True)
class ListedBlob:
    """An image in the listing of the store."""

    size: int
    md5: bytes | None
    source: str | None
    finest_hash: str | None
    width: int | None
    height: int | None
    content_type: str


class AuditLedger(Ledger):
    """A ledger with queries for single rows and blobs, and for mismatches."""

    def blob(self, name: str) -> ListedBlob | None:
        """Return a blob of the listing, or None if it is not listed."""
        found = self._db.execute(
            "select size, md5, source, finest_hash, width, height, content_type from blobs "
            "where name = ?",
            (name,),
        ).fetchone()
        return found and ListedBlob(*found)

    def row(self, stem: str) -> LedgerRow | None:
        """Return the row with this blob name (without extension), or None if there is none."""
        return next(self._rows("stem", stem), None)

    def rows_of(self, key: str) -> list[LedgerRow]:
        """Return the rows with a key: at most one, unless the key of the table is not unique."""
        return list(self._rows("key", key))

    def _rows(self, column: str, value: str) -> Iterator[LedgerRow]:
        rows = self._db.execute(
            f"select {ROW_COLUMNS} from rows where {column} = ? order by id",  # noqa: S608
            (value,),
        )
        return (ledger_row(row) for row in rows)

    def blobs(self) -> Iterator[StoredBlob]:
        """Yield the listed blobs, sorted by name."""
        return self._blobs("true")

    def without_md5(self) -> Iterator[tuple[str, bool]]:
        """Yield each blob without an MD5, by name, and whether it has a content type."""
        rows = self._db.execute(
            "select name, content_type <> '' from blobs where md5 is null order by name"
        )
        return ((name, bool(is_described)) for name, is_described in rows)

    def enter_content(self, name: str, size: int, md5: bytes) -> None:
        """Enter the size and MD5 found by reading a blob."""
        self._db.execute("update blobs set size = ?, md5 = ? where name = ?", (size, md5, name))

    def is_published(self, name: str) -> bool:
        """Whether `add_published` has entered this blob name."""
        found = self._db.execute("select * from published where name = ?", (name,))
        return found.fetchone() is not None

    def is_row_published(self, key: str) -> bool:
        """Whether `add_published` has entered an image of a row with this key."""
        found = self._db.execute(
            "select * from rows join published using (stem) where key = ?", (key,)
        )
        return found.fetchone() is not None

    def add_outcome(self, key: str, outcome: str) -> None:
        """Enter the outcome of a key from the results file."""
        self._db.execute("insert into outcomes values (?, ?)", (key, outcome))

    def miscounted_outcomes(self) -> Iterator[tuple[str, int]]:
        """Yield each key whose number of outcomes is not one, and that number."""
        rows = self._db.execute(
            "select distinct key, count(outcome) over (partition by rows.id) as n "
            "from rows left join outcomes using (key) order by key"
        )
        return ((key, n) for key, n in rows if n != 1)

    def unpublished(self) -> Iterator[str]:
        """Yield the blob names (without extension) of eligible rows that were not published."""
        rows = self._db.execute(
            "select stem from rows where stem is not null "
            "and stem not in (select stem from published) order by stem"
        )
        return (stem for (stem,) in rows)

    def differing_lines(self, published: Iterable[str], found: Iterable[str]) -> Iterator[str]:
        """Yield, sorted, the lines whose count differs between `published` and `found`."""
        add = (
            "insert into lines values (?, ?) "
            "on conflict do update set balance = balance + excluded.balance"
        )
        self._db.execute("begin")
        self._db.executemany(add, ((line, 1) for line in published))
        self._db.executemany(add, ((line, -1) for line in found))
        self._db.execute("commit")
        rows = self._db.execute("select line from lines where balance <> 0 order by line")
        return (line for (line,) in rows)

    def unlisted(self) -> Iterator[StoredBlob]:
        """Yield, by name, the blobs of rows that were published in another format."""
        return self._blobs(
            "stem in (select stem from rows) and stem in (select stem from published) "
            "and name not in (select name from published)"
        )

    def uncompared(self) -> int:
        """Return the number of eligible rows whose hash does not identify an image."""
        return self._one("select count(*) from rows where stem is not null and not_compared <> ''")
