"""Read the rows of UniquePaintings."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

from paintings_dedupe.common.storable import lone_surrogate, storable
from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.common.warehouse.faults import WarehouseError
from uploader.table.image_set import ImageSet
from uploader.table.painting import Painting
from uploader.table.split import Split

_FINEST_HASH_COLUMN = "DHashHex8"
_SCHEMA = pa.schema(
    {
        "RowKey": pa.string(),
        "Artist": pa.string(),
        "ArtistNumber": pa.int64(),
        "EncodingFormat": pa.string(),
        "URL": pa.string(),
        "RowHash": pa.string(),
        "FinestHash": pa.string(),
        "Random": pa.float64(),
        "Split": pa.string(),
    }
)
_NEVER_NULL = ("RowKey", "Artist", "URL", "RowHash", "Random")


def read_rows(warehouse: Warehouse, image_set: ImageSet) -> Iterator[Painting]:
    """Yield the rows, in no particular order.

    Raises
    ------
    WarehouseError
        If the table or a column is missing or has invalid values.
    """
    sql = (
        f"select {image_set.key_column} as RowKey, Artist, ArtistNumber, EncodingFormat, URL, "  # noqa: S608 (names come from dbt's manifest)
        f"{image_set.hash_column} as RowHash, {_FINEST_HASH_COLUMN} as FinestHash, Random, "
        f"{image_set.split_column or 'cast(null as varchar(5))'} as Split "
        f"from {image_set.relation}"
    )
    for frame in warehouse.query(sql):
        try:
            batch, flaws = _batch(frame), None
        except UnicodeEncodeError:
            flaws = _mend(frame)
            batch = _batch(frame)
        columns = [column.to_pylist() for column in batch.columns]
        columns[-1] = [split and Split(split) for split in columns[-1]]
        if flaws:
            columns.append(flaws)
        for values in zip(*columns, strict=True):
            yield Painting(*values)


def _mend(frame: pd.DataFrame) -> list[str]:
    """Escape invalid Unicode in place: nvarchar may contain half of a surrogate pair.

    Returns
    -------
    The flaw of each row, or empty text. A row with a flaw is refused, because its escaped values
    are not those of the table.
    """
    flaws = [""] * len(frame)
    for name in frame.columns[frame.dtypes == "object"]:
        values = frame[name].tolist()
        for number, value in enumerate(values):
            if isinstance(value, str) and (found := lone_surrogate(value)):
                values[number] = storable(value)
                flaws[number] = (
                    f"{name} holds {found}, half of a surrogate pair: correct it in the table"
                )
        frame[name] = pd.Series(values, index=frame.index, dtype=object)
    return flaws


def _batch(frame: pd.DataFrame) -> pa.RecordBatch:
    try:
        batch = pa.RecordBatch.from_pandas(frame, schema=_SCHEMA, preserve_index=False)
    except pa.ArrowException as error:
        raise WarehouseError(f"a column is of the wrong type: {error}. Run `dbt build`.") from error
    if holed := [name for name in _NEVER_NULL if batch[name].null_count]:
        raise WarehouseError(
            f"the column(s) {', '.join(holed)} contain nulls. Run `dbt build` and look at the "
            "failing tests."
        )
    if strange := set(batch["Split"].to_pylist()) - {None, *Split}:
        raise WarehouseError(
            f"the column Split contains {strange.pop()!r}, which is neither {' nor '.join(Split)}"
        )
    return batch
