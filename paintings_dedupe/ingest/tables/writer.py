"""Write the table and the list of skipped items, each completely or not at all."""

from __future__ import annotations

import csv
import io
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paintings_dedupe.ingest.skip import Skip
from paintings_dedupe.ingest.tables.rows import ALL_COLUMNS, INTEGER_COLUMNS, PaintingRow

SKIPPED_COLUMNS = ("Where", "Reason")


def write_table(path: Path, rows: Iterable[PaintingRow]) -> None:
    """Write `rows` to `path`, in the format of its suffix (a key of `WRITERS`).

    Raises
    ------
    OSError
        When the file cannot be written. In every case, an existing file at `path` is unchanged.
    """
    WRITERS[path.suffix.lower()](path, rows)


def write_skipped(path: Path, skipped: Iterable[Skip]) -> None:
    """Write the skipped items to the CSV file `path`, with the same guarantee as `write_table`."""
    _write_csv(path, SKIPPED_COLUMNS, ((skip.where, skip.reason) for skip in skipped))


def try_to_write(path: Path) -> None:
    """Check that a file could be written to `path`, and leave nothing behind.

    Raises
    ------
    OSError
        When it could not.
    """
    # What permissions say is not enough: a folder may refuse new files for other reasons.
    temporary = _temporary(path)
    temporary.touch(exist_ok=False)
    temporary.unlink()


def _write_table_csv(path: Path, rows: Iterable[PaintingRow]) -> None:
    _write_csv(path, ALL_COLUMNS, (row.values() for row in rows))


def _write_table_parquet(path: Path, rows: Iterable[PaintingRow]) -> None:
    import pyarrow as pa  # noqa: PLC0415 (slow)
    import pyarrow.parquet as pq  # noqa: PLC0415

    # Given instead of inferred: a hash of decimal digits must stay text.
    schema = pa.schema(
        [(name, pa.int32() if name in INTEGER_COLUMNS else pa.string()) for name in ALL_COLUMNS]
    )
    columns = zip(*(row.values() for row in rows), strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    with _in_place(path) as temporary:
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), temporary)


WRITERS: dict[str, Callable[[Path, Iterable[PaintingRow]], None]] = {
    ".csv": _write_table_csv,
    ".parquet": _write_table_parquet,
}


def _write_csv(
    path: Path, header: Iterable[str], records: Iterable[Iterable[str | int | None]]
) -> None:
    with (
        _in_place(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        file.write(_csv_line(header))
        file.writelines(_csv_line(record) for record in records)


def _csv_line(fields: Iterable[str | int | None]) -> str:
    # Before 3.13, Python quotes a carriage return only if the line ends contain one.
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(fields)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _temporary(path: Path) -> Path:
    # A rename is only atomic within one folder for certain.
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}")


@contextmanager
def _in_place(path: Path) -> Iterator[Path]:
    """Yield a temporary path, and move it to `path` when the block succeeds."""
    temporary = _temporary(path)
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        # Nobody has heard of the temporary file.
        error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
