"""Publish the list of blobs that are verifiably in the store."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from uploader.naming import manifest_line, split_of
from uploader.outcomes import Result
from uploader.plan import Rules
from uploader.stores import Store

_SCHEMA = pa.schema(
    {
        "URL": pa.string(),
        "BlobName": pa.string(),
        "Split": pa.string(),
        "Artist": pa.string(),
        "ArtistNumber": pa.int64(),
        "SourceURL": pa.string(),
        "Hash": pa.string(),
        "Bytes": pa.int64(),
        "MD5": pa.string(),
        "Width": pa.int32(),
        "Height": pa.int32(),
    }
)
_ROWS_A_BATCH = 10_000


class ManifestRows:
    """The uploaded images of a run, in columns, since a million Python objects weigh too much."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._rows: list[tuple[object, ...]] = []
        self._batches: list[pa.RecordBatch] = []

    def add(self, result: Result) -> None:
        """Add an image that was uploaded."""
        painting = result.painting
        self._rows.append(
            (
                self._store.url(result.blob_name),
                result.blob_name,
                str(split_of(painting.random, self._rules.train_share)),
                painting.artist,
                painting.artist_number,
                painting.url,
                painting.hash,
                result.size,
                result.md5.hex(),
                result.width,
                result.height,
            )
        )
        if len(self._rows) >= _ROWS_A_BATCH:
            self._flush()

    def table(self) -> pa.Table:
        """All rows so far, sorted by URL; columns as in the machine-readable manifest."""
        self._flush()
        return pa.Table.from_batches(self._batches, _SCHEMA).sort_by("URL")

    def _flush(self) -> None:
        columns = [list(column) for column in zip(*self._rows, strict=True)]
        if columns:
            self._batches.append(
                pa.RecordBatch.from_arrays(
                    [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)],
                    schema=_SCHEMA,
                )
            )
            self._rows.clear()


@dataclass(frozen=True)
class Published:
    """What was published.

    Attributes
    ----------
    url
        The address of the text manifest.
    table
        The rows published, a row a blob.
    absent
        The names of blobs that were uploaded but that the store does not show, or not with
        the same size and digest. They are left out.
    """

    url: str
    table: pa.Table
    absent: list[str]


def publish(rows: ManifestRows, store: Store, prefix: str, file_name: str) -> Published:
    """Check `rows` against a listing of the store, and publish those that are there.

    The text manifest `prefix` + `file_name` has a line a blob (see
    `uploader.naming.manifest_line`), sorted. The same rows with everything known of each blob
    go into a Parquet file of the same stem beside it, first, so that whoever finds the text
    finds both. Each replaces its older one in one step.

    Raises
    ------
    StoreError
        When the store cannot be listed or written.
    """
    table = rows.table()
    stored = {blob.name: blob for blob in store.list_blobs(prefix)}
    is_there = [
        (blob := stored.get(name)) is not None
        and blob.size == size
        and blob.md5 in (None, bytes.fromhex(md5))
        for name, size, md5 in zip(
            *(table[column].to_pylist() for column in ("BlobName", "Bytes", "MD5")), strict=True
        )
    ]
    absent = [
        name
        for name, there in zip(table["BlobName"].to_pylist(), is_there, strict=True)
        if not there
    ]
    table = table.filter(pa.array(is_there, pa.bool_()))

    parquet = io.BytesIO()
    pq.write_table(table, parquet)
    prefix_url = store.url(prefix)
    lines = (f"{manifest_line(url, prefix_url)}\n" for url in table["URL"].to_pylist())
    text = "".join(lines).encode("ascii")
    parquet_name = str(PurePosixPath(prefix + file_name).with_suffix(".parquet"))
    _put(store, parquet_name, parquet.getvalue(), "application/vnd.apache.parquet")
    _put(store, prefix + file_name, text, "text/plain; charset=utf-8")
    return Published(store.url(prefix + file_name), table, absent)


def _put(store: Store, name: str, data: bytes, content_type: str) -> None:
    store.put(name, data, content_type, hashlib.md5(data, usedforsecurity=False).digest())
