"""Keep the books of an audit: beside rows and blobs, what was published of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from uploader.ledger.ledger import ROW_COLUMNS, Ledger, ledger_row
from uploader.ledger.records import LedgerRow
from uploader.stores import StoredBlob


@dataclass(frozen=True, slots=True)
class ListedBlob:
    """What the store says of one image."""

    size: int
    md5: bytes | None
    source: str | None
    finest_hash: str | None
    width: int | None
    height: int | None
    content_type: str


class AuditLedger(Ledger):
    """A ledger that is asked for single rows and blobs, and for what does not match."""

    def blob(self, name: str) -> ListedBlob | None:
        """What the store says of one blob, or None where it does not list it."""
        found = self._db.execute(
            "select size, md5, source, finest_hash, width, height, content_type from blobs "
            "where name = ?",
            (name,),
        ).fetchone()
        return found and ListedBlob(*found)

    def row(self, stem: str) -> LedgerRow | None:
        """The row whose image has that name without its format, or None where there is none."""
        return next(self._rows("stem", stem), None)

    def rows_of(self, key: str) -> list[LedgerRow]:
        """The rows of one key: one, unless the table is at fault."""
        return list(self._rows("key", key))

    def _rows(self, column: str, value: str) -> Iterator[LedgerRow]:
        rows = self._db.execute(
            f"select {ROW_COLUMNS} from rows where {column} = ? order by id",  # noqa: S608
            (value,),
        )
        return (ledger_row(row) for row in rows)

    def blobs(self) -> Iterator[StoredBlob]:
        """Yield what the store lists, by name."""
        return self._blobs("true")

    def without_md5(self) -> Iterator[tuple[str, bool]]:
        """Yield, by name, each blob without an MD5, and whether the store says what it is."""
        rows = self._db.execute(
            "select name, content_type <> '' from blobs where md5 is null order by name"
        )
        return ((name, bool(is_described)) for name, is_described in rows)

    def enter_content(self, name: str, size: int, md5: bytes) -> None:
        """Enter what was found by reading a blob."""
        self._db.execute("update blobs set size = ?, md5 = ? where name = ?", (size, md5, name))

    def is_published(self, name: str) -> bool:
        """Whether an earlier run of ours published a blob of that name."""
        found = self._db.execute("select * from published where name = ?", (name,))
        return found.fetchone() is not None

    def add_outcome(self, key: str, outcome: str) -> None:
        """Enter what the results that stand say of the row of a key."""
        self._db.execute("insert into outcomes values (?, ?)", (key, outcome))

    def miscounted_outcomes(self) -> Iterator[tuple[str, int]]:
        """Yield each key of a row that has not one outcome, and how many it has."""
        rows = self._db.execute(
            "select distinct key, count(outcome) over (partition by rows.id) as n "
            "from rows left join outcomes using (key) order by key"
        )
        return ((key, n) for key, n in rows if n != 1)

    def unpublished(self) -> Iterator[str]:
        """Yield the blob names, without format, of eligible rows that were not published."""
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
        """Yield the blobs of rows that were published under another name, by name."""
        return self._blobs(
            "stem in (select stem from rows) and stem in (select stem from published) "
            "and name not in (select name from published)"
        )

    def uncompared(self) -> int:
        """How many eligible rows have no hash that could prove which image they are of."""
        return self._one("select count(*) from rows where stem is not null and not_compared <> ''")
