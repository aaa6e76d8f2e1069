"""Enter into the ledger what earlier runs published at a destination, if it is ours."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from uploader.ledger.ledger import Ledger
from uploader.publishing.files import FetchedTable, UnreadableTableError, fetch_table
from uploader.publishing.manifest import ManifestFiles
from uploader.publishing.results import STALE
from uploader.stores import Store, StoreError
from uploader.table.owner import owner_of
from uploader.table.plan import Rules
from uploader.table.split import Split

# What each version of ours wrote, of texts and of other kinds.
_MANIFEST_COLUMNS = ("URL", "BlobName", "Split", "Artist", "SourceURL", "Hash", "Bytes", "MD5")
_RESULTS_COLUMNS = ("ImageKey", "Outcome", "Reason", "Tries", "BlobName")
_TEXTS = ("URL", "BlobName", "Outcome")


class ForeignManifestError(StoreError):
    """What is published at the destination is not of this table; the message says whose it is."""


async def enter_published(
    ledger: Ledger, store: Store, rules: Rules, files: ManifestFiles, take_over: bool
) -> list[str]:
    """Enter the names that the manifest lists, and those that the results call stale.

    Only these may ever be deleted, so nothing is entered of a file that is not ours. A file
    without an owner was written by an older version, if all that it names is in our folders.

    Parameters
    ----------
    take_over
        Whether files that are not ours shall be replaced.

    Returns
    -------
    Remarks for the user.

    Raises
    ------
    ForeignManifestError
        When a file is not ours, unless `take_over`.
    StoreError
        When the store cannot be read.
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
                    why = foreign(table, rules, is_manifest)
                    if not why:
                        ledger.add_published(_names(table, is_manifest), listed=is_manifest)
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
    """Why a published table is not ours; empty where it is.

    Raises
    ------
    UnreadableTableError
        When it cannot be read.
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
    """Why the text is not ours, if it is there: ours has the table beside it."""
    async for blob in store.list_blobs(files.text):
        if blob.name == files.text:
            return f"there is only {files.text}"
    return ""
