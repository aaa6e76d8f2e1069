"""Read the rows of UniquePaintings."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import pandas as pd
import pyarrow as pa

from common.warehouse import Warehouse, WarehouseError

_SCHEMA = pa.schema(
    {
        "Artist": pa.string(),
        "ArtistNumber": pa.int64(),
        "EncodingFormat": pa.string(),
        "URL": pa.string(),
        "Hash": pa.string(),
        "Random": pa.float64(),
    }
)
_NEVER_NULL = ("Artist", "URL", "Hash", "Random")


@dataclass(frozen=True, slots=True)
class Painting:
    """One row of UniquePaintings.

    Attributes
    ----------
    artist, artist_number
        Whose painting: name and class label.
    encoding_format
        The image format that the row claims, in lower case.
    url
        Where to download the image.
    hash
        The perceptual hash at the level of the table, hex text, unique in it.
    random
        In [0, 1); fixes the split.
    """

    artist: str
    artist_number: int | None
    encoding_format: str | None
    url: str
    hash: str
    random: float


class RowSpool:
    """The rows of one read of the table, on an unnamed temporary file.

    Uploading takes hours where reading takes seconds. Spooling lets the connection close in
    between (an open reader of a DuckDB file blocks `dbt run`) and keeps memory flat.
    """

    def __init__(self, warehouse: Warehouse, relation: str, hash_column: str) -> None:
        """Read all rows now.

        Raises
        ------
        WarehouseError
            When the table or a column is not there, or does not hold what it should.
        """
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as self)
        weakref.finalize(self, self._file.close)
        self._rows = 0
        sql = (
            f"select Artist, ArtistNumber, EncodingFormat, URL, {hash_column} as Hash, Random "  # noqa: S608 (both names come from dbt's manifest)
            f"from {relation}"
        )
        with pa.ipc.new_stream(self._file, _SCHEMA) as writer:
            for frame in warehouse.query(sql):
                writer.write_batch(_batch(frame))
                self._rows += len(frame)

    def __len__(self) -> int:
        """The number of rows."""
        return self._rows

    def __iter__(self) -> Iterator[Painting]:
        """Yield the rows from the first, in no particular order."""
        self._file.seek(0)
        with pa.ipc.open_stream(self._file) as reader:
            for batch in reader:
                columns = (column.to_pylist() for column in batch.columns)
                for values in zip(*columns, strict=True):
                    yield Painting(*values)


def _batch(frame: pd.DataFrame) -> pa.RecordBatch:
    try:
        batch = pa.RecordBatch.from_pandas(frame, schema=_SCHEMA, preserve_index=False)
    except pa.ArrowException as error:
        raise WarehouseError(f"a column is of the wrong type: {error}. Run `dbt build`.") from error
    if holed := [name for name in _NEVER_NULL if batch[name].null_count]:
        raise WarehouseError(f"rows without {', '.join(holed)}. Run `dbt build`: its tests tell.")
    return batch
