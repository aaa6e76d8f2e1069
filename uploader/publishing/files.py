"""Read and write published files: text lines and Parquet tables."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from paintings_dedupe.common.arrow import array
from uploader.flow.threads import ROWS_A_TURN, in_thread, in_turns
from uploader.stores import Store, StoreError

_ROWS_A_BATCH = 10_000
TEXT_TYPE = "text/plain; charset=utf-8"
TABLE_TYPE = "application/vnd.apache.parquet"
_CHUNK_BYTES = 1024 * 1024
# What pyarrow raises for bytes that are not a Parquet file, or a damaged one. The last one is for
# text that is not UTF-8.
_DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)


class UnreadableTableError(Exception):
    """A blob is not a valid Parquet file, or lacks a column. The message gives the cause."""


async def put_lines(store: Store, name: str, lines: Iterable[str]) -> str:
    """Write ASCII lines as one blob, adding a line feed to each.

    Returns
    -------
    The SHA-256 digest of the blob, in hexadecimal.

    Raises
    ------
    uploader.stores.StoreError
        If the store fails, or if no temporary file can be written.
    """
    digest = hashlib.sha256()
    with _temporary_file() as file:
        async for some in in_turns(lines):
            data = "".join(f"{line}\n" for line in some).encode("ascii")
            digest.update(data)
            file.write(data)
        await _put(store, name, file, TEXT_TYPE)
    return digest.hexdigest()


async def read_lines(store: Store, name: str) -> Iterator[str]:
    """Return the lines of a blob with their line ends, or no lines if there is no blob.

    Bytes that are not ASCII are replaced; our own lines have none.

    Raises
    ------
    uploader.stores.StoreError
        If the store fails, or if no temporary file can be written.
    """
    return _lines(await _fetch(store, name))


def _lines(file: IO[bytes]) -> Iterator[str]:
    with file:
        file.seek(0)
        for line in file:
            yield line.decode("ascii", "replace")


async def put_table(
    store: Store, name: str, schema: pa.Schema, rows: Iterable[Sequence[str | int | float | None]]
) -> None:
    """Write rows as one Parquet blob. Each row has a value for every field of `schema`.

    Raises
    ------
    uploader.stores.StoreError
        If the store fails, or if no temporary file can be written.
    """
    with _temporary_file() as file:
        with pq.ParquetWriter(file, schema) as writer:
            batches: list[pa.RecordBatch] = []

            def write() -> None:
                # Each table becomes a row group, which compresses better if it is large.
                writer.write_table(pa.Table.from_batches(batches, schema))
                batches.clear()

            async for some in in_turns(rows):
                arrays = [
                    array(values, field.type)
                    for values, field in zip(zip(*some, strict=True), schema, strict=True)
                ]
                batches.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
                if len(batches) * ROWS_A_TURN == _ROWS_A_BATCH:
                    write()
            if batches:
                write()
        await _put(store, name, file, TABLE_TYPE)


class FetchedTable:
    """A Parquet blob in a temporary file. It is a context manager that deletes the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        with _damage_named():
            self._parquet = pq.ParquetFile(file)
            self.schema: pa.Schema = self._parquet.schema_arrow

    def __enter__(self) -> Self:
        """Return the table itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close and delete the file."""
        self._file.close()

    def rows(self, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows as tuples with the values of `columns`.

        Raises
        ------
        UnreadableTableError
            If the file lacks a column or is damaged.
        """
        if missing := [name for name in columns if name not in self.schema.names]:
            raise UnreadableTableError(f"it has no column {', '.join(missing)}")
        batches = self._parquet.iter_batches(_ROWS_A_BATCH, columns=list(columns))
        while True:
            with _damage_named():
                batch = next(batches, None)
                if batch is None:
                    return
                named = [batch.column(name).to_pylist() for name in columns]
            yield from zip(*named, strict=True)


async def fetch_table(store: Store, name: str) -> FetchedTable | None:
    """Fetch a Parquet blob; return None if it is missing or empty.

    Raises
    ------
    uploader.stores.StoreError
        If the store fails, or if no temporary file can be written.
    UnreadableTableError
        If the blob is not a Parquet file.
    """
    file = await _fetch(store, name)
    if not file.tell():
        file.close()
        return None
    try:
        return FetchedTable(file)
    except UnreadableTableError:
        file.close()
        raise


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise UnreadableTableError(" ".join(str(error).split())) from error


async def read_table(store: Store, name: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a Parquet blob as tuples, or no rows if it is missing or empty.

    Raises
    ------
    uploader.stores.StoreError
        If the store fails, or if no temporary file can be written.
    UnreadableTableError
        If the blob is not a Parquet file, is damaged, or lacks a column.
    """
    table = await fetch_table(store, name)
    return iter(()) if table is None else _all_rows(table, columns)


def _all_rows(table: FetchedTable, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    with table:
        yield from table.rows(columns)


async def _fetch(store: Store, name: str) -> IO[bytes]:
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by whoever reads it)
        try:
            async for chunk in store.read(name):
                file.write(chunk)
            file.flush()
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise _no_room(error) from error
    return file


@contextmanager
def _temporary_file() -> Iterator[IO[bytes]]:
    try:
        with tempfile.TemporaryFile() as file:
            yield file
    except OSError as error:
        raise _no_room(error) from error


def _no_room(error: OSError) -> StoreError:
    return StoreError(f"cannot write a temporary file: {error.strerror or error}")


async def _put(store: Store, name: str, file: IO[bytes], content_type: str) -> None:
    await store.put(name, file, content_type, await in_thread(_md5, file))


def _md5(file: IO[bytes]) -> bytes:
    file.seek(0)
    md5 = hashlib.md5(usedforsecurity=False)
    while chunk := file.read(_CHUNK_BYTES):
        md5.update(chunk)
    file.seek(0)
    return md5.digest()
