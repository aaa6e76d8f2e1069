"""Write and read the files that a run leaves beside the images: lines, and Parquet tables."""

from __future__ import annotations

import hashlib
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from uploader.stores import Store, StoreError

_ROWS_A_BATCH = 10_000
_PARQUET = "application/vnd.apache.parquet"
_CHUNK_BYTES = 1024 * 1024


async def put_lines(store: Store, name: str, lines: Iterable[str]) -> None:
    """Write ASCII lines, each ended by a line feed, as one blob.

    Raises
    ------
    uploader.stores.StoreError
        When the store fails, or this machine has no room for a temporary file.
    """
    with _temporary_file() as file:
        for line in lines:
            file.write(f"{line}\n".encode("ascii"))
        await _put(store, name, file, "text/plain; charset=utf-8")


async def read_lines(store: Store, name: str) -> Iterator[str]:
    """Return the lines of a blob, without their line feeds; none where there is no blob.

    What is not ASCII, as no line of ours is, is replaced.

    Raises
    ------
    uploader.stores.StoreError
        When the store fails.
    """
    return _lines(await _fetch(store, name))


def _lines(file: IO[bytes]) -> Iterator[str]:
    with file:
        file.seek(0)
        for line in file:
            yield line.decode("ascii", "replace").removesuffix("\n")


async def put_table(
    store: Store, name: str, schema: pa.Schema, rows: Iterable[Sequence[object]]
) -> None:
    """Write rows, each with a value for every field of `schema`, as one Parquet blob.

    Raises
    ------
    uploader.stores.StoreError
        When the store fails, or this machine has no room for a temporary file.
    """
    source = iter(rows)
    with _temporary_file() as file:
        with pq.ParquetWriter(file, schema) as writer:
            while batch := list(itertools.islice(source, _ROWS_A_BATCH)):
                columns = zip(*batch, strict=True)
                arrays = [
                    pa.array(values, field.type)
                    for values, field in zip(columns, schema, strict=True)
                ]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
        await _put(store, name, file, _PARQUET)


async def read_table(store: Store, name: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a Parquet blob, as tuples of `columns`; none where there is no blob.

    Raises
    ------
    uploader.stores.StoreError
        When the store fails.
    pyarrow.ArrowException
        When the blob is no Parquet file, or lacks a column.
    """
    return _rows(await _fetch(store, name), columns)


def _rows(file: IO[bytes], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    with file:
        if not file.tell():
            return
        table = pq.ParquetFile(file)
        if missing := [name for name in columns if name not in table.schema_arrow.names]:
            raise pa.ArrowKeyError(f"it has no column {', '.join(missing)}")
        for batch in table.iter_batches(_ROWS_A_BATCH, columns=list(columns)):
            named = [batch.column(name).to_pylist() for name in columns]
            yield from zip(*named, strict=True)


async def _fetch(store: Store, name: str) -> IO[bytes]:
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by whoever reads it)
        async for chunk in store.read(name):
            file.write(chunk)
        file.flush()
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
    file.seek(0)
    md5 = hashlib.md5(usedforsecurity=False)
    while chunk := file.read(_CHUNK_BYTES):
        md5.update(chunk)
    file.seek(0)
    await store.put(name, file, content_type, md5.digest())
