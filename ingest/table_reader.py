"""Read the records of a table `Paintings` from a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.csv_file import CsvError, read_records
from ingest.rows import COLUMNS


class TableFileError(ValueError):
    """The file holds no such table; the message says why and what to change."""


Record = tuple[str, Sequence[object] | None]


def read_table(path: Path) -> Iterator[Record]:
    """Yield where each record stands, as "line N" or "row N", and its values of `COLUMNS`.

    The file, .parquet or else CSV, may have the columns in any order and letter case, and others
    beside them. A CSV record with a stray comma has None instead of values.

    Raises
    ------
    TableFileError
        For a file that cannot be read as what its name says, or that lacks a column.
    """
    try:
        if path.suffix.lower() == ".parquet":
            yield from _read_parquet(path)
        else:
            for line, values in read_records(path, COLUMNS):
                yield f"line {line}", values
    except CsvError as error:
        raise TableFileError(str(error)) from error
    except (OSError, pa.ArrowException) as error:
        raise TableFileError(f"{path} cannot be read: {error}") from error


def _read_parquet(path: Path) -> Iterator[Record]:
    with pq.ParquetFile(path) as file:
        found = {name.casefold(): name for name in file.schema_arrow.names}
        if missing := [column for column in COLUMNS if column.casefold() not in found]:
            raise TableFileError(f"{path} lacks the column(s) {', '.join(missing)}.")
        row = 0
        for batch in file.iter_batches(columns=[found[column.casefold()] for column in COLUMNS]):
            columns = [batch[found[column.casefold()]].to_pylist() for column in COLUMNS]
            for values in zip(*columns, strict=True):
                row += 1
                yield f"row {row}", values
