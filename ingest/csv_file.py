"""Read the records of a CSV file that a person or a program wrote."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path


class CsvError(ValueError):
    """The file is not such a CSV; the message says why and what to change."""


def read_records(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each record that is not blank: its first line and its values of `columns`.

    The header may name the columns in any order and letter case; further columns are left out.
    A record with more fields than the header, in
    which a stray comma has moved all that follows, has None instead of values.

    Raises
    ------
    CsvError
        For a file that is not UTF-8 (a byte order mark may be there), not CSV, or lacks a column.
    """
    records = _records(path)
    _, header = next(records, (0, []))
    places = _places(header, columns, path)
    for line, fields in records:
        if any(fields[len(header) :]):
            yield line, None
        else:
            padded = [*fields, *[""] * (len(header) - len(fields))]
            yield line, [padded[place] for place in places]


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line number and the fields of each record that is not blank."""
    # utf-8-sig reads a byte order mark where there is one, and does well without.
    with path.open(encoding="utf-8-sig", newline="") as file:
        # Unless strict, one quote left open would swallow the rest of the file in silence.
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            for fields in reader:
                if fields:
                    yield line, fields
                line = reader.line_num + 1
        except csv.Error as error:
            raise CsvError(
                f"{path}: the record at line {line} is not CSV: {error}. Separate fields by "
                "commas, and double each quote inside a quoted field."
            ) from error
        except UnicodeDecodeError as error:
            raise CsvError(f"{path} is not UTF-8 ({error.reason}). Save it as UTF-8.") from error


def _places(header: list[str], columns: Sequence[str], path: Path) -> tuple[int, ...]:
    """Where each of `columns` stands in the header."""
    names = [name.strip().casefold() for name in header]
    for column in columns:
        if (count := names.count(column.casefold())) != 1:
            raise CsvError(
                f"{path} has {count or 'no'} column{'s' * (count > 1)} {column} (its first line: "
                f"{','.join(header) or 'empty'}). The first line must name the columns "
                f"{', '.join(columns)}, each once."
            )
    return tuple(names.index(column.casefold()) for column in columns)
