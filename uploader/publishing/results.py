"""Record the outcome of each row, for a file beside the manifest and a warehouse table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from paintings_dedupe.common.warehouse.values import Value
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import EarlierResult
from uploader.outcomes import Outcome
from uploader.publishing.files import UnreadableTableError, put_table, read_table
from uploader.publishing.manifest import ManifestFiles, image_columns, row_columns
from uploader.stores import Store
from uploader.table.plan import Rules

# Used in the file only, for a blob of an earlier manifest that no longer belongs to a row.
STALE = "stale"
_TYPES = {
    "ModelVersion": pa.int32(),
    "ImageKey": pa.string(),
    "Hash": pa.string(),
    "Artist": pa.string(),
    "ArtistNumber": pa.int64(),
    "SourceURL": pa.string(),
    "Split": pa.string(),
    "Outcome": pa.string(),
    "Reason": pa.string(),
    "Tries": pa.int32(),
    "BlobName": pa.string(),
    "Bytes": pa.int64(),
    "MD5": pa.string(),
    "Width": pa.int32(),
    "Height": pa.int32(),
}
COLUMNS = tuple(_TYPES)
_OUTCOMES = frozenset(Outcome)


def result_rows(ledger: Ledger, rules: Rules) -> Iterator[tuple[Value, ...]]:
    """Yield one tuple for each finished row, with a value for each of `COLUMNS`."""
    for finished in ledger.finished():
        values: dict[str, Value] = {
            "ModelVersion": rules.owner.model_version,
            "Outcome": finished.outcome,
            "Reason": finished.reason or None,
            "Tries": finished.tries,
            **row_columns(finished.row, rules),
            **(image_columns(finished.stored) if finished.stored else {}),
        }
        yield tuple(map(values.get, COLUMNS))


async def put_results(ledger: Ledger, store: Store, rules: Rules, files: ManifestFiles) -> None:
    """Write the results file: one row for each finished row and for each stale blob of ours.

    Raises
    ------
    uploader.stores.StoreError
        If the store cannot be written.
    """

    def rows() -> Iterator[tuple[Value, ...]]:
        yield from result_rows(ledger, rules)
        for blob in ledger.stale(ours=True):
            values: dict[str, Value] = {"Outcome": STALE, "BlobName": blob.name, "Bytes": blob.size}
            yield tuple(values.get(column) for column in COLUMNS)

    await put_table(store, files.results, rules.owner.sign(pa.schema(_TYPES)), rows())


async def earlier_results(store: Store, files: ManifestFiles) -> Iterator[EarlierResult]:
    """Return the results in the current results file, or none if there is no file.

    Raises
    ------
    uploader.stores.StoreError
        If the store cannot be read.
    uploader.publishing.files.UnreadableTableError
        If the file is damaged or has invalid values. It may be raised during iteration.
    """
    columns = ["ImageKey", "Outcome", "Reason", "Tries"]
    return _earlier(await read_table(store, files.results, columns))


def _earlier(rows: Iterable[tuple[Any, ...]]) -> Iterator[EarlierResult]:
    for key, outcome, reason, tries in rows:
        if outcome == STALE:
            continue
        if outcome not in _OUTCOMES or not isinstance(tries, int):
            raise UnreadableTableError(f"it has a row with the outcome {outcome} and {tries} tries")
        yield EarlierResult(key, Outcome(outcome), reason or "", tries)
