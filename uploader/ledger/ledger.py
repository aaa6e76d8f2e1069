"""Store the rows of a run with their plans, results and blobs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from uploader.flow.threads import in_thread
from uploader.images.properties import properties_of
from uploader.ledger.records import EarlierResult, FinishedRow, LedgerRow, SplitTotals, Task
from uploader.ledger.results_writer import ResultsWriter, recordable, transaction
from uploader.ledger.shares import Shares
from uploader.ledger.tables import PRAGMAS, TABLES
from uploader.ledger.tasks import TASK_COLUMNS, UNFINISHED, ledger_task
from uploader.outcomes import STORED, Outcome, Result, StoredImage
from uploader.stores import StoredBlob, StoreError
from uploader.table.plan import Plan, PlannedRow, Rules
from uploader.table.split import Split

_IS_STORED = f"outcome in ({', '.join(repr(str(outcome)) for outcome in STORED)})"
ROW_COLUMNS = "key, hash, artist, artist_number, url, split, finest_hash, source, not_compared"
_ROW_LENGTH = ROW_COLUMNS.count(",") + 1
_IMAGE_COLUMNS = "blob_name, size, md5, width, height"
_IN_FORMAT = (
    "substr(blobs.name, length(rows.stem) + 2) "
    "  in (select rows.image_format union all select value from json_each(?2))"
)


def _other_formats(rules: Rules) -> str:
    """The formats that an image may have though its row claims another one, as JSON."""
    return json.dumps(sorted(rules.formats) if rules.any_format else [])


class Ledger:
    """A private SQLite database in an unnamed temporary file, deleted when the run ends.

    Memory use stays constant for a million rows. The keys guarantee that each row has one result
    and that no two rows share a blob. Not thread-safe: another thread may only use it
    while nothing else does.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(PRAGMAS + TABLES)
        self._results = ResultsWriter(self._db)

    def close(self) -> None:
        """Close and delete the database."""
        self._db.close()

    def interrupt(self) -> None:
        """End the statement that another thread may be at, with an sqlite3.OperationalError."""
        self._db.interrupt()

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._one("select count(*) from rows")

    # -- rows and plans ---------------------------------------------------------------------

    def add(self, rows: Iterable[PlannedRow]) -> None:
        """Add rows with their plans or, if they are not eligible, with their results."""
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
        """Add a row, with its plan if it is eligible, and return its number."""
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

    def unfinished(self) -> int:
        """Return the number of rows without a result."""
        self._results.write()
        return len(self) - self._one("select count(*) from results")

    def tasks(self) -> Iterator[Task]:
        """Yield the rows without a result, ordered by Random so that hosts are mixed."""
        self._results.write()
        rows = self._db.execute(
            f"select {TASK_COLUMNS} from rows where {UNFINISHED} order by random, id"  # noqa: S608
        )
        yield from map(ledger_task, rows)

    def shares(self, number: int, host_of: Callable[[str], str]) -> Shares:
        """Divide the rows without a result into shares; see `Shares`."""
        return Shares(self._db, self._results, number, host_of)

    # -- results ----------------------------------------------------------------------------

    def record(self, task: Task, result: Result) -> None:
        """Record the result of a row.

        Raises
        ------
        sqlite3.IntegrityError
            If the row already has a result. Because writes are batched, a later call may raise it.
        """
        self._results.add(task.number, result)

    def record_present(self, rules: Rules) -> None:
        """Record as present each row whose image is in the store, by name, source and hash.

        The image must also have been stored by the same rules: with or without metadata, in a
        format that the row may have and, if trailing data is refused, checked for it.
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
            f"  and blobs.stripped = ?1 and {_IN_FORMAT} and blobs.ended >= ?3 "
            "  and rows.id not in (select id from results) "
            # The store may have an image in two formats; either will do.
            "group by rows.id",
            (rules.strip_metadata, _other_formats(rules), rules.refuse_trailing),
        )

    def stored_otherwise(self, rules: Rules) -> tuple[int, int, int]:
        """Count the rows without a result whose image was stored by other rules.

        Returns
        -------
        The number of rows whose image has a format that is refused now; of other rows that differ
        in whether metadata was removed; and of all others, whose images were not checked for
        trailing data.
        """
        self._results.write()
        found = self._db.execute(
            "select count(*) filter (where not in_format), "  # noqa: S608
            "  count(*) filter (where in_format and not as_stripped), "
            "  count(*) filter (where in_format and as_stripped) "
            f"from (select max({_IN_FORMAT}) as in_format, "
            f"    max({_IN_FORMAT} and blobs.stripped = ?1) as as_stripped "
            "  from rows join blobs using (stem, source) "
            "  where rows.finest_hash is blobs.finest_hash and blobs.md5 is not null "
            "    and rows.id not in (select id from results) "
            "  group by rows.id)",
            (rules.strip_metadata, _other_formats(rules)),
        )
        by_format, by_metadata, by_end = found.fetchone()
        return by_format, by_metadata, by_end

    def record_earlier(
        self, results: Iterable[EarlierResult], tried_again: Collection[Outcome]
    ) -> bool:
        """Copy results of an earlier run to the rows without a result.

        Parameters
        ----------
        results
            The results of the earlier run.
        tried_again
            The outcomes that are not copied, so that their rows are processed again.

        Returns
        -------
        Whether there were any results.
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
        """Record every row without a result as pending."""
        self._results.write()
        self._db.execute(
            "insert into results select id, ?, ?, 0, null, null, null, null, null from rows "
            "where id not in (select id from results)",
            (Outcome.PENDING, recordable(reason)),
        )

    def fail_absent(self, reason: str) -> int:
        """Record stored images missing from the listing as failed; return their number."""
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
        """Return the number of rows for each outcome and reason, the most frequent first."""
        self._results.write()
        rows = self._db.execute(
            "select outcome, reason, count(*) from results group by 1, 2 order by 3 desc, 2"
        )
        return [(Outcome(outcome), reason, count) for outcome, reason, count in rows]

    def finished(self) -> Iterator[FinishedRow]:
        """Yield the rows with a result, in the order in which they were added."""
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
        """Yield the rows whose images are in the store, sorted by ``url_of(blob_name)``."""
        self._results.write()
        self._db.create_function("url_of", 1, url_of, deterministic=True)
        rows = self._db.execute(
            f"select {ROW_COLUMNS}, {_IMAGE_COLUMNS} from rows join results using (id) "  # noqa: S608
            f"where {_IS_STORED} order by url_of(blob_name)"
        )
        for values in rows:
            yield ledger_row(values[:_ROW_LENGTH]), StoredImage(*values[_ROW_LENGTH:])

    def split_totals(self) -> list[SplitTotals]:
        """Return the totals of the images in the store for each side of the split."""
        self._results.write()
        rows = self._db.execute(
            "select split, count(*), count(distinct artist), sum(size) "  # noqa: S608
            f"from rows join results using (id) where {_IS_STORED} group by split"
        )
        found = {Split(split): SplitTotals(Split(split), *totals) for split, *totals in rows}
        return [found.get(split, SplitTotals(split, 0, 0, 0)) for split in Split]

    # -- the store --------------------------------------------------------------------------

    async def list_store(self, blobs: AsyncIterator[StoredBlob]) -> None:
        """Replace the listing of the store by `blobs`.

        Raises
        ------
        StoreError
            If the store lists a blob twice.
        """
        with transaction(self._db):
            # It reads every page of the table.
            await in_thread(self._db.execute, "delete from blobs")
            async for blob in blobs:
                properties = properties_of(blob.metadata)
                added = self._db.execute(
                    "insert or ignore into blobs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                if not added.rowcount:
                    raise StoreError(
                        f"the store lists a blob twice, as if something changed it meanwhile: "
                        f"{blob.name}"
                    )

    def add_published(self, names: Iterable[str], listed: bool = True) -> None:
        """Add the names of blobs that our earlier runs published.

        Parameters
        ----------
        listed
            Whether the current manifest lists them; otherwise an older one did.
        """
        with transaction(self._db):
            self._db.executemany(
                "insert or ignore into published values (?, ?, ?)",
                ((name, name.rpartition(".")[0], listed) for name in names),
            )

    def dropped(self, by_results: bool) -> tuple[int, int]:
        """Count the images of the current manifest that a new one would lack, and all its images.

        An image that is now stored in another format is not missing.

        Parameters
        ----------
        by_results
            Whether the new manifest lists the rows in the store; otherwise all eligible rows.
        """
        self._results.write()
        kept = "select stem from rows where stem is not null"
        if by_results:
            kept = f"select stem from rows join results using (id) where {_IS_STORED}"  # noqa: S608
        listed = "select count(distinct stem) from published where listed"
        return self._one(f"{listed} and stem not in ({kept})"), self._one(listed)

    def ours(self) -> int:
        """Return the number of blobs in the store that our earlier runs published."""
        return self._one("select count(*) from blobs join published using (name)")

    def stale(self, ours: bool) -> Iterator[StoredBlob]:
        """Yield the blobs that belong to no row, sorted by name.

        This includes the blobs of rows that are now stored in another format.

        Parameters
        ----------
        ours
            Whether to yield the blobs that our earlier runs published; otherwise all others.
        """
        self._results.write()
        unwanted = (
            "(stem not in (select stem from rows where stem is not null) or exists ("
            "  select * from rows join results using (id) "
            "  where rows.stem = blobs.stem and results.blob_name <> blobs.name))"
        )
        published = "name in (select name from published)"
        return self._blobs(f"{unwanted} and {published if ours else f'not {published}'}")

    def forget_blobs(self, names: Iterable[str]) -> None:
        """Remove blobs that were deleted from the listing."""
        with transaction(self._db):
            self._db.executemany("delete from blobs where name = ?", ((name,) for name in names))

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
    """Return a row of the ledger, given the values of `ROW_COLUMNS`."""
    key, hash_, artist, number, url, split, *rest = values
    return LedgerRow(key, hash_, artist, number, url, Split(split), *rest)
