"""Insert many rows into a table, in the fastest way of its engine."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from paintings_dedupe.common.arrow import array
from paintings_dedupe.common.warehouse.faults import driver_faults
from paintings_dedupe.common.warehouse.values import Value, quoted

_ROWS_A_BATCH = 2_000
# The type numbers of ODBC.
_SQL_WVARCHAR = -9
_SQL_NUMBERS = {"int": 4, "bigint": -5, "float": 8, "double precision": 8}
# The engine checks whether a number fits into an int.
_ARROW_NUMBERS = {
    "int": pa.int64(),
    "bigint": pa.int64(),
    "float": pa.float64(),
    "double precision": pa.float64(),
}

_Row = TypeVar("_Row")


def insert_by_file(
    cursor: Any, relation: str, columns: Mapping[str, str], rows: Iterable[Sequence[Value]]
) -> None:
    """Insert into DuckDB from a temporary Parquet file.

    DuckDB keeps the rows of small inserts in memory until the transaction ends, but streams those
    of a file.
    """
    names = ", ".join(columns)
    schema = arrow_schema(columns)
    with ExitStack() as opened:
        with driver_faults():
            folder = opened.enter_context(tempfile.TemporaryDirectory())
            path = f"{folder}/rows.parquet"
            writer = opened.enter_context(pq.ParquetWriter(path, schema))
        for batch in batches(rows, _ROWS_A_BATCH):
            with driver_faults():
                writer.write_batch(arrow_batch(batch, schema))
        with driver_faults():
            writer.close()
            cursor.execute(
                f"insert into {relation} ({names}) "  # noqa: S608 (quotes doubled)
                f"select {names} from read_parquet({quoted(path)})"
            )


def insert_by_arrays(
    cursor: Any, relation: str, columns: Mapping[str, str], rows: Iterable[Sequence[Value]]
) -> None:
    """Insert through ODBC, with one array per parameter and one round trip per batch."""
    names = ", ".join(columns)
    marks = ", ".join("?" for _ in columns)
    cursor.fast_executemany = True
    for batch in batches(rows, _ROWS_A_BATCH):
        # Otherwise mssql-python uses the longest text of a batch: if that is ASCII, it sends all
        # text as varchar, with question marks for characters that no code page has.
        values = zip(*batch, strict=True)
        sizes = [_odbc_type(kind, v) for kind, v in zip(columns.values(), values, strict=True)]
        with driver_faults():
            cursor.setinputsizes(sizes)
            cursor.executemany(f"insert into {relation} ({names}) values ({marks})", batch)  # noqa: S608


def arrow_schema(columns: Mapping[str, str]) -> pa.Schema:
    """The columns with Arrow's types."""
    types = [pa.string() if "char" in kind else _ARROW_NUMBERS[kind] for kind in columns.values()]
    return pa.schema(list(zip(columns, types, strict=True)))


def arrow_batch(rows: Sequence[Sequence[Value]], schema: pa.Schema) -> pa.RecordBatch:
    """At least one row, in columns of these types."""
    values = zip(*rows, strict=True)
    arrays = [array(v, kind) for v, kind in zip(values, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _odbc_type(kind: str, values: Iterable[Value]) -> tuple[int, int, int]:
    """How to send the values of a column: type, size and number of decimals."""
    if "char" not in kind:
        return _SQL_NUMBERS[kind], 0, 0
    # In units of UTF-16.
    sizes = (len(str(value).encode("utf-16-le")) // 2 for value in values if value is not None)
    return _SQL_WVARCHAR, max(sizes, default=0) or 1, 0


def batches(rows: Iterable[_Row], size: int) -> Iterator[list[_Row]]:
    """The rows, at most `size` at a time."""
    source = iter(rows)
    while batch := list(itertools.islice(source, size)):
        yield batch
