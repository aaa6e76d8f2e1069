"""Load rows into the table `Paintings` of a warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from common.warehouse import Value, Warehouse
from ingest.candidates import Skip
from ingest.fit import MisfitError, fit
from ingest.rows import COLUMN_TYPES
from ingest.table_reader import Record

TABLE = "Paintings"
REJECTED_LINES = "RejectedLines"
# As the source of that name in the dbt project describes it.
_REJECTED_COLUMNS = {"SourceFile": "nvarchar(1000)", "Line": "bigint", "Reason": "nvarchar(1000)"}
_LONGEST_NAME = 1_000
_REJECTED_SHOWN = 20


class RefusedError(Exception):
    """Nothing was loaded; the message says why."""


@dataclass(frozen=True)
class Loaded:
    """What became of the records of a file.

    Attributes
    ----------
    rows
        How many were loaded.
    rejected
        Those that are no rows, or do not fit the columns: they are in the table RejectedLines.
    """

    rows: int
    rejected: tuple[Skip, ...]


def load(  # noqa: PLR0913 - each says one thing about the load
    records: Iterable[Record],
    source: str,
    warehouse: Warehouse,
    *,
    schema: str | None,
    mode: str,
    all_or_nothing: bool,
    on_row: Callable[[], None],
) -> Loaded:
    """Write all records to the table in one transaction, or none.

    Those that could not be read as rows, or do not fit the columns, are left out, and listed in the
    table RejectedLines, which is in the target's own schema.

    Parameters
    ----------
    records
        What the file holds.
    source
        Its name, for that list.
    schema
        Of the table; None: the target's own.
    mode
        ``"create"`` refuses a table that holds rows, ``"replace"`` deletes them first,
        ``"append"`` adds to them.
    all_or_nothing
        Whether to refuse the load for such a record.
    on_row
        Called after each record.

    Raises
    ------
    RefusedError
        When the table holds rows, no record is a row that fits, or one is not and none may be.
    WarehouseError
        When the warehouse refuses.
    """
    if mode == "create" and (held := warehouse.count(TABLE, schema)):
        raise RefusedError(
            f"{warehouse.relation(TABLE, schema)} holds {held:,} rows already. "
            "Use --replace or --append."
        )
    rejected: list[tuple[Record, str]] = []
    rows = 0

    def fitting() -> Iterator[tuple[Value, ...]]:
        nonlocal rows
        for record in records:
            on_row()
            try:
                if record.values is None:
                    raise MisfitError(record.reason)
                row = fit(record.values)
            except MisfitError as error:
                rejected.append((record, str(error)))
                continue
            rows += 1
            yield row
        # Raised inside the transaction, so that what was written is undone.
        if rejected and (all_or_nothing or not rows):
            raise RefusedError(_all_rejected(rejected, rows))

    warehouse.write(TABLE, COLUMN_TYPES, fitting(), schema, replace=mode == "replace")
    listed = ((source[-_LONGEST_NAME:], record.line, reason) for record, reason in rejected)
    warehouse.write(REJECTED_LINES, _REJECTED_COLUMNS, listed, replace=mode != "append")
    return Loaded(rows, tuple(Skip(record.where, reason) for record, reason in rejected))


def _all_rejected(rejected: list[tuple[Record, str]], rows: int) -> str:
    shown = "\n".join(
        f"  {record.where}: {reason}" for record, reason in rejected[:_REJECTED_SHOWN]
    )
    more = len(rejected) - _REJECTED_SHOWN
    remedy = "leave out --all-or-nothing to load the others" if rows else "name its --encoding"
    return (
        f"{len(rejected):,} line(s) are no rows that fit, so nothing was loaded:\n{shown}\n"
        + (f"  and {more:,} more\n" if more > 0 else "")
        + f"Mend the file, or {remedy}."
    )
