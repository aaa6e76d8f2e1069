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
_MISFITS_SHOWN = 20


class RefusedError(Exception):
    """Nothing was loaded; the message says why."""


@dataclass(frozen=True)
class Loaded:
    """How many rows were loaded, and which were left out and why."""

    rows: int
    skipped: tuple[Skip, ...]


def load(  # noqa: PLR0913 - each says one thing about the load
    records: Iterable[Record],
    warehouse: Warehouse,
    *,
    schema: str | None,
    mode: str,
    skip_misfits: bool,
    on_row: Callable[[], None],
) -> Loaded:
    """Write all records to the table in one transaction, or none.

    Parameters
    ----------
    records
        Where each stands, and its values.
    schema
        Of the table; None: the target's own.
    mode
        ``"create"`` refuses a table that holds rows, ``"replace"`` deletes them first,
        ``"append"`` adds to them.
    skip_misfits
        Whether to leave out records that do not fit, instead of refusing the load.
    on_row
        Called after each record.

    Raises
    ------
    RefusedError
        When the table holds rows, or a record does not fit.
    WarehouseError
        When the warehouse refuses.
    """
    if mode == "create" and (held := warehouse.count(TABLE, schema)):
        raise RefusedError(
            f"{warehouse.relation(TABLE, schema)} holds {held:,} rows already. "
            "Use --replace or --append."
        )
    skipped: list[Skip] = []
    rows = 0

    def fitting() -> Iterator[tuple[Value, ...]]:
        nonlocal rows
        for where, values in records:
            on_row()
            try:
                row = fit(values)
            except MisfitError as error:
                skipped.append(Skip(where, str(error)))
                continue
            rows += 1
            yield row
        # Raised inside the transaction, so that what was written is undone.
        if skipped and not skip_misfits:
            raise RefusedError(_all_misfits(skipped))

    warehouse.write(TABLE, COLUMN_TYPES, fitting(), schema, replace=mode == "replace")
    return Loaded(rows, tuple(skipped))


def _all_misfits(skipped: list[Skip]) -> str:
    shown = "\n".join(f"  {skip.where}: {skip.reason}" for skip in skipped[:_MISFITS_SHOWN])
    more = len(skipped) - _MISFITS_SHOWN
    return (
        f"{len(skipped):,} row(s) do not fit, so nothing was loaded:\n{shown}\n"
        + (f"  and {more:,} more\n" if more > 0 else "")
        + "Mend them, or use --skip-misfits to load the others."
    )
