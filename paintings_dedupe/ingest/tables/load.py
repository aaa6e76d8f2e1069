"""Load rows into the table `Paintings` of a warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from paintings_dedupe.common.terminal import counted
from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.common.warehouse.values import Value
from paintings_dedupe.ingest.skip import Skip
from paintings_dedupe.ingest.tables.fit import MisfitError, fit
from paintings_dedupe.ingest.tables.reader import Record
from paintings_dedupe.ingest.tables.rows import ALL_TYPES, MEASURES

TABLE = "Paintings"
REJECTED_LINES = "RejectedLines"
# As described by the source of that name in the dbt project.
_REJECTED_COLUMNS = {"SourceFile": "nvarchar(1000)", "Line": "bigint", "Reason": "nvarchar(1000)"}
_LONGEST_NAME = 1_000
_MISFITS_SHOWN = 20


class RefusedError(Exception):
    """Nothing was loaded; the message gives the reason."""


@dataclass(frozen=True)
class Loaded:
    """The result of loading a file.

    Attributes
    ----------
    rows
        The number of rows that were loaded.
    rejected
        Records that could not be read as rows; they are in the table RejectedLines.
    skipped
        Records that do not fit the columns of the table.
    unknown
        Columns of the file that the table lacks, so that their values were left out.
    """

    rows: int
    rejected: tuple[Skip, ...]
    skipped: tuple[Skip, ...]
    unknown: tuple[str, ...] = ()


def load(  # noqa: PLR0913 - each says one thing about the load
    records: Iterable[Record],
    source: str,
    warehouse: Warehouse,
    *,
    schema: str | None,
    mode: str,
    skip_misfits: bool,
    on_row: Callable[[], None],
) -> Loaded:
    """Write all records to the table in one transaction, or none.

    Records that could not be read as rows, or do not fit, are left out and listed in the table
    RejectedLines, in the schema of the target.

    Parameters
    ----------
    records
        The records of the file.
    source
        The name of the file, for that list.
    schema
        The schema of the table; None for that of the target.
    mode
        ``"create"`` refuses a table that has rows, ``"replace"`` deletes them first, ``"append"``
        adds to them.
    skip_misfits
        Whether to leave out records that do not fit, instead of refusing the load.
    on_row
        Called after each record.

    Raises
    ------
    RefusedError
        When the table has rows, a record does not fit, or no record is a row.
    WarehouseError
        When the warehouse refuses a query.
    """
    if mode == "create" and (held := warehouse.count(TABLE, schema)):
        raise RefusedError(
            f"{warehouse.relation(TABLE, schema)} already has {counted(held, 'row')}. "
            "Use --replace or --append."
        )
    # Only an upstream job's table lacks them.
    held_columns = warehouse.columns(TABLE, schema)
    lacks = {c for c in MEASURES if held_columns and c.lower() not in held_columns}
    types = {column: kind for column, kind in ALL_TYPES.items() if column not in lacks}
    unknown: set[str] = set()
    rejected: list[Record] = []
    skipped: list[Record] = []
    rows = 0

    def fitting() -> Iterator[tuple[Value, ...]]:
        nonlocal rows
        for record in records:
            on_row()
            if record.values is None:
                rejected.append(record)
                continue
            try:
                row = fit(record.values)
            except MisfitError as error:
                skipped.append(replace(record, values=None, reason=str(error)))
                continue
            rows += 1
            named = dict(zip(ALL_TYPES, row, strict=True))
            unknown.update(column for column in lacks if named[column] is not None)
            yield tuple(named[column] for column in types)
        # Raised inside the transaction, so that it is rolled back.
        if skipped and not skip_misfits:
            raise RefusedError(_all_misfits([_skip(record) for record in skipped]))
        if rejected and not rows and not skipped:
            raise RefusedError(
                f"no line could be read as a row, so nothing was loaded. {rejected[0].where}: "
                f"{rejected[0].reason}. If the file is not UTF-8, use --encoding."
            )

    warehouse.write(TABLE, types, fitting(), schema, replace=mode == "replace")
    listed = (
        (source[-_LONGEST_NAME:], record.line, record.reason)
        for record in sorted([*rejected, *skipped], key=lambda record: record.line)
    )
    warehouse.write(REJECTED_LINES, _REJECTED_COLUMNS, listed, replace=mode != "append")
    return Loaded(
        rows,
        tuple(map(_skip, rejected)),
        tuple(map(_skip, skipped)),
        tuple(c for c in MEASURES if c in unknown),
    )


def _skip(record: Record) -> Skip:
    return Skip(record.where, record.reason)


def _all_misfits(skipped: list[Skip]) -> str:
    shown = "\n".join(f"  {skip.where}: {skip.reason}" for skip in skipped[:_MISFITS_SHOWN])
    more = len(skipped) - _MISFITS_SHOWN
    return (
        f"nothing was loaded, since {counted(len(skipped), 'row')} would not fit:\n{shown}\n"
        + (f"  and {more:,} more\n" if more > 0 else "")
        + "Fix them, or use --skip-misfits to load the others."
    )
