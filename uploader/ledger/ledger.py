"""Keep the books of a run: each row, its plan, what the store holds, and what became of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from uploader.images.properties import properties_of
from uploader.ledger.records import EarlierResult, FinishedRow, LedgerRow, SplitTotals, Task
from uploader.ledger.results_writer import ResultsWriter, recordable, transaction
from uploader.ledger.tables import PRAGMAS, TABLES
from uploader.outcomes import STORED, Outcome, Result, StoredImage
from uploader.stores import StoredBlob
from uploader.table.plan import Plan, PlannedRow, Rules
from uploader.table.rows import Painting
from uploader.table.split import Split

_IS_STORED = f"outcome in ({', '.join(repr(str(outcome)) for outcome in STORED)})"
ROW_COLUMNS = "key, hash, artist, artist_number, url, split, finest_hash, source, not_compared"
_ROW_LENGTH = ROW_COLUMNS.count(",") + 1
_IMAGE_COLUMNS = "blob_name, size, md5, width, height"


class Ledger:
    """A private SQLite database on an unnamed temporary file, gone when the run ends.

    It keeps memory flat over a million rows, and its keys keep two promises: a row has one
    result, and no two rows share a blob. Not for several threads.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(PRAGMAS + TABLES)
        self._results = ResultsWriter(self._db)

    def close(self) -> None:
        """Drop everything."""
        self._db.close()

    def __len__(self) -> int:
        """The number of rows."""
        return self._one("select count(*) from rows")

    # -- rows and plans ---------------------------------------------------------------------

    def add(self, rows: Iterable[PlannedRow]) -> None:
        """Enter rows with their plans, or with the results of those that are not eligible."""
        with transaction(self._db):
            for row in rows:
                if isinstance(row.todo, Result):
                    self._results.add(self._insert(row, None), row.todo)
                    continue
                try:
                    self._insert(row, row.todo)
                except sqlite3.IntegrityError:
                    reason = f"another row has the same blob name: {row.todo.stem}"
                    self._results.add(self._insert(row, None), Result(Outcome.REFUSED, reason))

    def _insert(self, row: PlannedRow, plan: Plan | None) -> int:
        """Enter a row, with its plan if it is eligible, and return its number."""
        painting = row.painting
        values = (
            painting.key,
            painting.artist,
            painting.artist_number,
            painting.encoding_format,
            painting.url,
            painting.hash,
            plan and plan.painting.finest_hash,
            painting.random,
            painting.split,
            row.split,
            plan and plan.source,
            plan.not_compared if plan else "",
            plan and plan.image_format,
            plan and plan.stem,
        )
        places = ", ".join("?" * len(values))
        cursor = self._db.execute(f"insert into rows values (null, {places})", values)  # noqa: S608
        return cursor.lastrowid or 0

    def tasks(self) -> Iterator[Task]:
        """Yield the rows without a result, in the order of Random: hosts come by turns."""
        self._results.write()
        rows = self._db.execute(
            "select id, key, artist, artist_number, encoding_format, url, hash, finest_hash, "
            "random, own_split, image_format, stem, source, not_compared from rows "
            "where id not in (select id from results) order by random, id"
        )
        for number, *columns, own_split, image_format, stem, source, not_compared in rows:
            values: list[Any] = [*columns, own_split and Split(own_split)]
            painting = Painting(*values)
            yield Task(number, Plan(painting, image_format, stem, source, not_compared))

    # -- results ----------------------------------------------------------------------------

    def record(self, task: Task, result: Result) -> None:
        """Enter the one result of a row.

        Raises
        ------
        sqlite3.IntegrityError
            When it has one already; perhaps at a later call.
        """
        self._results.add(task.number, result)

    def record_present(self, rules: Rules) -> None:
        """Enter as already there each row whose image the store holds: same name, source, hash.

        One that was stored with metadata is none without, nor the other way round; nor is one
        of which nobody knows what stands behind it, if nothing may.
        """
        self._results.write()
        self._db.execute(
            f"insert into results "  # noqa: S608
            "select rows.id, "
            f"  case rows.not_compared when '' then '{Outcome.PRESENT}' "
            f"  else '{Outcome.PRESENT_UNCOMPARED}' end, "
            "  rows.not_compared, 0, blobs.name, blobs.size, blobs.md5, "
            "  blobs.width, blobs.height "
            "from rows join blobs using (stem, source) "
            "where rows.finest_hash is blobs.finest_hash and blobs.md5 is not null "
            "  and blobs.stripped = ? and blobs.ended >= ? "
            "  and rows.id not in (select id from results) "
            # Two formats of one image: either will do.
            "group by rows.id",
            (rules.strip_metadata, rules.refuse_trailing),
        )

    def stored_otherwise(self, rules: Rules) -> tuple[int, int]:
        """How many rows lack a result only because their image was stored by other rules.

        Returns
        -------
        Those that were stored with metadata or without, unlike now; and the others, of which it
        is not known whether anything is behind the image.
        """
        self._results.write()
        found = self._db.execute(
            "select count(distinct rows.id) filter (where blobs.stripped <> ?1), "
            "  count(distinct rows.id) filter (where blobs.stripped = ?1) "
            "from rows join blobs using (stem, source) "
            "where rows.finest_hash is blobs.finest_hash and blobs.md5 is not null "
            "  and rows.id not in (select id from results)",
            (rules.strip_metadata,),
        )
        stripped, ended = found.fetchone()
        return stripped, ended

    def record_earlier(
        self, results: Iterable[EarlierResult], tried_again: Collection[Outcome]
    ) -> bool:
        """Enter for each row without a result the one that it had in an earlier run.

        Parameters
        ----------
        results
            Those of the earlier run.
        tried_again
            The outcomes that do not stand.

        Returns
        -------
        Whether there was any.
        """
        self._results.write()
        found = False
        with transaction(self._db):
            for earlier in results:
                found = True
                if earlier.outcome not in tried_again:
                    self._db.execute(
                        "insert into results "
                        "select id, ?2, ?3, ?4, null, null, null, null, null from rows "
                        "where key = ?1 and id not in (select id from results)",
                        (
                            earlier.key,
                            earlier.outcome,
                            recordable(earlier.reason),
                            earlier.tries,
                        ),
                    )
        return found

    def record_pending(self, reason: str) -> None:
        """Enter as pending every row that has no result yet."""
        self._results.write()
        self._db.execute(
            "insert into results select id, ?, ?, 0, null, null, null, null, null from rows "
            "where id not in (select id from results)",
            (Outcome.PENDING, recordable(reason)),
        )

    def fail_absent(self, reason: str) -> int:
        """Turn stored images that the listing does not confirm into failures; return how many."""
        self._results.write()
        cursor = self._db.execute(
            f"update results set outcome = ?, reason = ?, blob_name = null, size = null, "  # noqa: S608
            f"  md5 = null, width = null, height = null "
            f"where {_IS_STORED} and not exists ("
            "  select * from blobs where blobs.name = results.blob_name "
            "  and blobs.size = results.size and blobs.md5 = results.md5)",
            (Outcome.FAILED, reason),
        )
        return cursor.rowcount

    def counts(self) -> list[tuple[Outcome, str, int]]:
        """How many rows ended how and why, the most frequent first."""
        self._results.write()
        rows = self._db.execute(
            "select outcome, reason, count(*) from results group by 1, 2 order by 3 desc, 2"
        )
        return [(Outcome(outcome), reason, count) for outcome, reason, count in rows]

    def finished(self) -> Iterator[FinishedRow]:
        """Yield the rows that have a result, in the order of the table."""
        self._results.write()
        rows = self._db.execute(
            f"select outcome, reason, tries, {ROW_COLUMNS}, {_IMAGE_COLUMNS} "  # noqa: S608
            "from rows join results using (id) order by id"
        )
        for outcome, reason, tries, *values in rows:
            row, image = ledger_row(values[:_ROW_LENGTH]), values[_ROW_LENGTH:]
            stored = None if image[0] is None else StoredImage(*image)
            yield FinishedRow(row, Outcome(outcome), reason, tries, stored)

    def stored(self, url_of: Callable[[str], str]) -> Iterator[tuple[LedgerRow, StoredImage]]:
        """Yield the rows whose images are in the store, sorted by what `url_of` makes of names."""
        self._results.write()
        self._db.create_function("url_of", 1, url_of, deterministic=True)
        rows = self._db.execute(
            f"select {ROW_COLUMNS}, {_IMAGE_COLUMNS} from rows join results using (id) "  # noqa: S608
            f"where {_IS_STORED} order by url_of(blob_name)"
        )
        for values in rows:
            yield ledger_row(values[:_ROW_LENGTH]), StoredImage(*values[_ROW_LENGTH:])

    def split_totals(self) -> list[SplitTotals]:
        """What is in the store on each side of the split."""
        self._results.write()
        rows = self._db.execute(
            "select split, count(*), count(distinct artist), sum(size) "  # noqa: S608
            f"from rows join results using (id) where {_IS_STORED} group by split"
        )
        found = {Split(split): SplitTotals(Split(split), *totals) for split, *totals in rows}
        return [found.get(split, SplitTotals(split, 0, 0, 0)) for split in Split]

    # -- the store --------------------------------------------------------------------------

    async def list_store(self, blobs: AsyncIterator[StoredBlob]) -> None:
        """Enter what the store holds, in the place of what it held before."""
        with transaction(self._db):
            self._db.execute("delete from blobs")
            async for blob in blobs:
                properties = properties_of(blob.metadata)
                self._db.execute(
                    "insert or replace into blobs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        blob.name,
                        blob.name.rpartition(".")[0],
                        blob.size,
                        blob.md5,
                        properties.source,
                        properties.finest_hash,
                        properties.width,
                        properties.height,
                        blob.version,
                        blob.content_type,
                        properties.is_stripped,
                        properties.is_ended,
                    ),
                )

    def add_published(self, names: Iterable[str], listed: bool = True) -> None:
        """Enter names of blobs that earlier runs of ours published.

        Parameters
        ----------
        listed
            Whether the manifest that stands lists them; else an older one did.
        """
        with transaction(self._db):
            self._db.executemany(
                "insert or ignore into published values (?, ?, ?)",
                ((name, name.rpartition(".")[0], listed) for name in names),
            )

    def dropped(self, by_results: bool) -> tuple[int, int]:
        """How many images of the present manifest would be missing from a new one, and of how many.

        An image that is in another format by now is not missing.

        Parameters
        ----------
        by_results
            Whether the new one lists the rows that are in the store; else all that are eligible.
        """
        self._results.write()
        kept = "select stem from rows where stem is not null"
        if by_results:
            kept = f"select stem from rows join results using (id) where {_IS_STORED}"  # noqa: S608
        listed = "select count(distinct stem) from published where listed"
        return self._one(f"{listed} and stem not in ({kept})"), self._one(listed)

    def ours(self) -> int:
        """How many blobs of the store earlier runs of ours published."""
        return self._one("select count(*) from blobs join published using (name)")

    def stale(self, ours: bool) -> Iterator[StoredBlob]:
        """Yield the blobs that no row wants, by name.

        Also those of a row that is stored under another name by now: in another format.

        Parameters
        ----------
        ours
            Those that an earlier run of ours published; else the others.
        """
        self._results.write()
        unwanted = (
            "(stem not in (select stem from rows where stem is not null) or exists ("
            "  select * from rows join results using (id) "
            "  where rows.stem = blobs.stem and results.blob_name <> blobs.name))"
        )
        published = "name in (select name from published)"
        return self._blobs(f"{unwanted} and {published if ours else f'not {published}'}")

    def _blobs(self, where: str, *values: str) -> Iterator[StoredBlob]:
        rows = self._db.execute(
            f"select name, size, md5, version from blobs where {where} order by name",  # noqa: S608
            values,
        )
        for name, size, md5, version in rows:
            yield StoredBlob(name, size, md5, {}, version)

    def _one(self, sql: str) -> int:
        (value,) = self._db.execute(sql).fetchone()
        return int(value)


def ledger_row(values: Sequence[Any]) -> LedgerRow:
    """A row of the ledger, by its values for `ROW_COLUMNS`."""
    key, hash_, artist, number, url, split, *rest = values
    return LedgerRow(key, hash_, artist, number, url, Split(split), *rest)
