"""Read the records of a table `Paintings` from a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from paintings_dedupe.ingest.tables.csv_file import CsvError, read_records
from paintings_dedupe.ingest.tables.parquet_file import ParquetError, read_parquet
from paintings_dedupe.ingest.tables.rows import COLUMNS, MEASURES, REQUIRED_COLUMNS


class TableFileError(ValueError):
    """The file contains no such table; the message gives the reason and a remedy."""


@dataclass(frozen=True)
class Record:
    """A record of the file.

    Attributes
    ----------
    line
        The number of its first line, where the header is line 1; in Parquet, of the row.
    where
        The number in words.
    values
        One value for each of `ALL_COLUMNS`, blank or None where the file lacks one of `MEASURES`;
        None if the record could not be read as a row.
    reason
        Why it could not be read.
    """

    line: int
    where: str
    values: Sequence[object] | None
    reason: str = ""


def read_table(path: Path, encoding: str = "utf-8") -> Iterator[Record]:
    """Yield each record of the file, which is a .parquet or else a CSV file.

    The columns may be in any order and letter case, those of `MEASURES` may be missing, and other
    columns are ignored. `encoding` is that of a CSV file, as in
    `paintings_dedupe.ingest.tables.csv_file.read_records`.

    Raises
    ------
    TableFileError
        When the file cannot be read in the format of its name, or lacks a column.
    """
    try:
        if path.suffix.lower() == ".parquet":
            for number, values, reason in read_parquet(path, COLUMNS, MEASURES):
                yield Record(number, f"row {number}", values, reason)
        else:
            for record in read_records(path, COLUMNS, REQUIRED_COLUMNS, encoding, MEASURES):
                yield Record(record.line, f"line {record.line}", record.values, record.reason)
    except (CsvError, ParquetError) as error:
        raise TableFileError(str(error)) from error
    except OSError as error:
        raise TableFileError(f"{path} cannot be read: {error.strerror}") from error
