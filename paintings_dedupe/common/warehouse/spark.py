"""Read and write tables of Spark, which has no transactions and no information_schema."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from paintings_dedupe.common.warehouse.faults import WarehouseError, driver_faults
from paintings_dedupe.common.warehouse.insert import arrow_batch, arrow_schema, batches
from paintings_dedupe.common.warehouse.values import Value

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Each batch becomes a file of the table that holds the rows until all of them have arrived.
_ROWS_A_BATCH = 100_000
# What Spark says of a missing table, or of one in a missing schema.
_MISSING = ("TABLE_OR_VIEW_NOT_FOUND", "SCHEMA_NOT_FOUND")
_TYPES = {"double precision": "double", "float": "double"}


def use_this_python() -> None:
    """Have executors of this machine use this interpreter, which has our packages.

    Call it before Spark starts. Without it, or PYSPARK_PYTHON, they use the first `python3`.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


def is_missing(error: WarehouseError) -> bool:
    """Whether a query failed because there is no such table."""
    return any(sign in str(error) for sign in _MISSING)


def fetched(cursor: Any) -> Iterator[Sequence[Any]]:
    """The rows of a query of dbt-spark.

    In a session, they come one partition after the other. By other methods, dbt-spark fetches all
    of them at once.
    """
    frame = getattr(getattr(cursor, "_cursor", None), "_df", None)
    return iter(cursor.fetchall() or ()) if frame is None else iter(frame.toLocalIterator())


def described_columns(description: Iterable[Sequence[str]]) -> list[str]:
    """The names of columns in the result of DESCRIBE, which may go on with other things."""
    names = []
    for name, *_ in description:
        if not name or name.startswith("#"):
            break
        names.append(name)
    return names


def write_table(
    credentials: Any,
    relation: str,
    columns: Mapping[str, str],
    rows: Iterable[Sequence[Value]],
    replace: bool,
) -> None:
    """Add `rows` to a table, or replace its rows, by one statement after all of them have arrived.

    Until then, they are in a table of their own, so that an exception of `rows` or a lost
    connection changes nothing. For tables of Delta and Iceberg, the statement itself is all or
    nothing. A table of plain files may have no rows, or some, while the statement runs, and after
    it was killed.

    Raises
    ------
    WarehouseError
        When Spark refuses. Exceptions of `rows` are passed on.
    """
    session = _session(credentials)
    schema, names = arrow_schema(columns), ", ".join(columns)
    types = ", ".join(f"{name} {_spark_type(kind)}" for name, kind in columns.items())
    held = f"{relation}__loading"
    with driver_faults():
        session.sql(f"create schema if not exists {relation.rpartition('.')[0]}")
        # A process that was killed may have left it.
        session.sql(f"drop table if exists {held}")
        session.sql(f"create table {held} ({types})")
    try:
        for batch in batches(rows, _ROWS_A_BATCH):
            with driver_faults():
                table = pa.Table.from_batches([arrow_batch(batch, schema)])
                session.createDataFrame(table).write.insertInto(held)
        with driver_faults():
            session.sql(f"create table if not exists {relation} ({types})")
            session.sql(
                f"insert {'overwrite' if replace else 'into'} {relation} ({names}) "  # noqa: S608
                f"select {names} from {held}"
            )
    finally:
        with driver_faults():
            session.sql(f"drop table if exists {held}")


def _spark_type(kind: str) -> str:
    return "string" if "char" in kind else _TYPES.get(kind, kind)


def _session(credentials: Any) -> SparkSession:
    """The session of this process, which dbt-spark made with the settings of the profile."""
    if str(credentials.method) != "session":
        raise WarehouseError(
            "Writing to Spark needs a target with `method: session`; this one has "
            f"`method: {credentials.method}`. The variable SPARK_MASTER names the cluster."
        )
    with driver_faults(), warnings.catch_warnings():
        # No function of pandas is called.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        from pyspark.sql import SparkSession  # noqa: PLC0415 (not everyone has it)

        builder = SparkSession.builder.enableHiveSupport()
        for name, value in credentials.server_side_parameters.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()
