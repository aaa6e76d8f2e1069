"""Publish the manifest: the list of all images that are verified to be in the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa

from paintings_dedupe.common.web.redaction import redact_url
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import LedgerRow
from uploader.outcomes import StoredImage
from uploader.publishing.files import put_lines, put_table
from uploader.stores import Store, StoredBlob
from uploader.table.naming import manifest_line
from uploader.table.plan import Rules
from uploader.table.split import Split

SCHEMA = pa.schema(
    {
        "URL": pa.string(),
        "BlobName": pa.string(),
        "Split": pa.string(),
        "Artist": pa.string(),
        "ArtistNumber": pa.int64(),
        "SourceURL": pa.string(),
        "ImageKey": pa.string(),
        "Hash": pa.string(),
        "Bytes": pa.int64(),
        "MD5": pa.string(),
        "Width": pa.int32(),
        "Height": pa.int32(),
    }
)
_LOCK = "transferimages.lock"


@dataclass(frozen=True)
class ManifestFiles:
    """The names of the files that a run writes beside the images.

    Attributes
    ----------
    text
        The text manifest for the Spark job, with one line per blob.
    table
        The Parquet manifest: the same blobs with all their columns.
    results
        The outcome of each row of the table, Parquet.
    lock
        The lock that a run holds while it writes.
    folders
        The folders that contain the images.
    """

    text: str
    table: str
    results: str
    lock: str
    folders: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """The names of the published files."""
        return self.text, self.table, self.results


def manifest_files(prefix: str, file_name: str) -> ManifestFiles:
    """Return the names for a text manifest `file_name` in the folder `prefix`."""
    path = PurePosixPath(prefix + file_name)
    return ManifestFiles(
        str(path),
        str(path.with_suffix(".parquet")),
        str(path.with_suffix(".results.parquet")),
        lock_name(prefix),
        tuple(f"{prefix}{split}/" for split in Split),
    )


def lock_name(prefix: str) -> str:
    """Return the name of the lock shared by prefixes that may write to each other's folders.

    The images of ``a/`` are in ``a/Train/`` and ``a/Test/``. Another prefix writes to these
    folders if it is ``a/`` or begins with one of them. Both then have the part before the first
    Train or Test in common. Case is ignored, because some file systems ignore it.
    """
    parts = prefix.split("/")
    sides = [split.casefold() for split in Split]
    ends = [number for number, part in enumerate(parts) if part.casefold() in sides]
    folder = parts[: ends[0]] if ends else parts[:-1]
    return "/".join([*folder, _LOCK])


async def images_in(store: Store, prefix: str) -> AsyncIterator[StoredBlob]:
    """Yield the blobs in the folders Train and Test below `prefix`.

    Raises
    ------
    uploader.stores.StoreError
        If the store cannot be listed.
    """
    for split in Split:
        async for blob in store.list_blobs(f"{prefix}{split}/"):
            yield blob


def row_columns(row: LedgerRow, rules: Rules) -> dict[str, str | int | None]:
    """Return the published values of a row by column, for the manifest and the results."""
    return {
        "Split": row.split,
        "Artist": row.artist,
        "ArtistNumber": row.artist_number,
        "SourceURL": redact_url(row.url, rules.keep_parameters),
        "ImageKey": row.key,
        "Hash": row.hash,
    }


def image_columns(image: StoredImage) -> dict[str, str | int | None]:
    """Return the published values of a stored image by column, likewise for both."""
    return {
        "BlobName": image.blob_name,
        "Bytes": image.size,
        "MD5": image.md5.hex(),
        "Width": image.width,
        "Height": image.height,
    }


async def publish(ledger: Ledger, store: Store, rules: Rules, files: ManifestFiles) -> str:
    """Write the manifest of all rows whose images are in the store, sorted by URL.

    The Parquet file is written first, so that it exists whenever the text does. Each file is
    replaced atomically. For the format of a line, see `uploader.table.naming.manifest_line`.

    Returns
    -------
    The SHA-256 digest of the text, in hexadecimal.

    Raises
    ------
    uploader.stores.StoreError
        If the store cannot be written.
    """

    def rows() -> Iterator[tuple[str | int | None, ...]]:
        for row, image in ledger.stored(store.url):
            columns = row_columns(row, rules) | image_columns(image)
            columns["URL"] = store.url(image.blob_name)
            yield tuple(columns[name] for name in SCHEMA.names)

    await put_table(store, files.table, rules.owner.sign(SCHEMA), rows())
    prefix_url = store.url(rules.prefix)
    urls = (store.url(image.blob_name) for _, image in ledger.stored(store.url))
    return await put_lines(store, files.text, (manifest_line(url, prefix_url) for url in urls))
