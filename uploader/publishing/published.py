"""Read what earlier runs published at a destination, and check that it is ours."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from uploader.flow.threads import in_thread
from uploader.ledger.ledger import Ledger
from uploader.publishing.files import FetchedTable, UnreadableTableError, fetch_table
from uploader.publishing.manifest import ManifestFiles
from uploader.publishing.results import STALE
from uploader.stores import Store, StoreError
from uploader.table.owner import owner_of
from uploader.table.plan import Rules
from uploader.table.split import Split

# The columns that every version of this program has written.
_MANIFEST_COLUMNS = ("URL", "BlobName", "Split", "Artist", "SourceURL", "Hash", "Bytes", "MD5")
_RESULTS_COLUMNS = ("ImageKey", "Outcome", "Reason", "Tries", "BlobName")
_TEXTS = ("URL", "BlobName", "Outcome")


class ForeignManifestError(StoreError):
    """A file at the destination was not published from this table. The message gives details."""


async def enter_published(
    ledger: Ledger, store: Store, rules: Rules, files: ManifestFiles, take_over: bool
) -> list[str]:
    """Enter the names listed in the manifest, and the stale ones in the results, into the ledger.

    Only these blobs may ever be deleted, so files that are not ours are left out. A file without
    an owner counts as ours, from an older version, if all blobs that it names are in our folders.

    Parameters
    ----------
    take_over
        Whether to replace files that are not ours.

    Returns
    -------
    Messages for the user.

    Raises
    ------
    ForeignManifestError
        If a file is not ours, unless `take_over` is true.
    StoreError
        If the store cannot be read.
    """
    remarks = []
    for name in (files.table, files.results):
        is_manifest = name == files.table
        try:
            table = await fetch_table(store, name)
            if table is None:
                why = await _text_alone(store, files) if is_manifest else ""
            else:
                with table:
                    why = await in_thread(foreign, table, rules, is_manifest)
                    if not why:
                        names = _names(table, is_manifest)
                        await in_thread(ledger.add_published, names, listed=is_manifest)
                        if is_manifest and owner_of(table.schema) is None:
                            remarks.append(
                                f"{name} names no owner: an older version wrote it. It is taken "
                                "for ours, since all that it lists is in our folders."
                            )
        except UnreadableTableError as error:
            why = f"it is no Parquet file that can be read ({error})"
        if why and not take_over:
            raise ForeignManifestError(
                f"{name} was not published from this table: {why}. Use another --prefix, or "
                "replace what is published there with --take-over, which leaves its images alone"
            )
        if why:
            remarks.append(f"Taking over {name}: {why}.")
    return remarks


def foreign(table: FetchedTable, rules: Rules, is_manifest: bool) -> str:
    """Return why a published table is not ours, or empty text if it is.

    Raises
    ------
    UnreadableTableError
        If it cannot be read.
    """
    columns = _MANIFEST_COLUMNS if is_manifest else _RESULTS_COLUMNS
    if missing := [name for name in columns if name not in table.schema.names]:
        return f"it has no column {', '.join(missing)}"
    for name in _TEXTS:
        if name in table.schema.names and not pa.types.is_string(table.schema.field(name).type):
            return f"its column {name} does not contain text"
    owner = owner_of(table.schema)
    if owner is not None:
        return "" if owner.is_same_table(rules.owner) else f"it belongs to {owner}"
    folders = tuple(f"{rules.prefix}{split}/" for split in Split)
    for name in _names(table, is_manifest):
        if not (name or "").startswith(folders):
            return f"it names no owner, and lists an image outside our folders: {name}"
    return ""


def _names(table: FetchedTable, is_manifest: bool) -> Iterator[str]:
    if is_manifest:
        return (name for (name,) in table.rows(["BlobName"]))
    rows = table.rows(["Outcome", "BlobName"])
    return (name for outcome, name in rows if outcome == STALE)


async def _text_alone(store: Store, files: ManifestFiles) -> str:
    """Return why an existing text manifest is not ours: ours has a Parquet file beside it."""
    async for blob in store.list_blobs(files.text):
        if blob.name == files.text:
            return f"there is only {files.text}"
    return ""
