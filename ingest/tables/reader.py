"""Read the records of a table `Paintings` from a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.tables.csv_file import CsvError, read_records
from ingest.tables.parquet_file import ParquetError, read_parquet
from ingest.tables.rows import COLUMNS, REQUIRED_COLUMNS


class TableFileError(ValueError):
    """The file holds no such table; the message says why and what to change."""


@dataclass(frozen=True)
class Record:
    """A record of the file.

    Attributes
    ----------
    line
        The number of its first line, the header being line 1; in Parquet, of the row.
    where
        The same in words.
    values
        One for each of `COLUMNS`; None: it could not be read as a row.
    reason
        Why it could not.
    """

    line: int
    where: str
    values: Sequence[object] | None
    reason: str = ""


def read_table(path: Path, encoding: str = "utf-8") -> Iterator[Record]:
    """Yield each record of the file, which is .parquet or else CSV.

    It may have the columns in any order and letter case, and others beside them. `encoding` is
    that of a CSV file, as `ingest.tables.csv_file.read_records` takes it.

    Raises
    ------
    TableFileError
        For a file that cannot be read as what its name says, or that lacks a column.
    """
    try:
        if path.suffix.lower() == ".parquet":
            for number, values, reason in read_parquet(path, COLUMNS):
                yield Record(number, f"row {number}", values, reason)
        else:
            for record in read_records(path, COLUMNS, REQUIRED_COLUMNS, encoding):
                yield Record(record.line, f"line {record.line}", record.values, record.reason)
    except (CsvError, ParquetError) as error:
        raise TableFileError(str(error)) from error
    except OSError as error:
        raise TableFileError(f"{path} cannot be read: {error.strerror}") from error
