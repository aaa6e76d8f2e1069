"""Read the rows of UniquePaintings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from paintings_dedupe.common.storable import lone_surrogate, storable
from paintings_dedupe.common.warehouse.faults import WarehouseError
from uploader.table.image_set import ImageSet
from uploader.table.painting import Painting
from uploader.table.split import Split

if TYPE_CHECKING:
    from paintings_dedupe.common.warehouse.connection import Warehouse

_FINEST_HASH_COLUMN = "DHashHex8"
# The columns that are read, with their types.
_COLUMNS = {
    "RowKey": str,
    "Artist": str,
    "ArtistNumber": int,
    "EncodingFormat": str,
    "URL": str,
    "RowHash": str,
    "FinestHash": str,
    "Random": float,
    "Split": str,
}
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
    for values in warehouse.built_rows(sql):
        yield _painting(values)


def _painting(values: Sequence[Any]) -> Painting:
    """Return a row, after checking the types of its values, on which everything later relies."""
    row: dict[str, Any] = {}
    flaw = ""
    for (name, kind), value in zip(_COLUMNS.items(), values, strict=True):
        # NaN, which is not equal to itself, is how some tools write a null.
        if value is None or value != value:  # noqa: PLR0124
            row[name] = None
            continue
        row[name] = value if type(value) is kind else _converted(value, name, kind)
        # nvarchar may contain half of a surrogate pair. Such a row is refused, because its escaped
        # values are not those of the table.
        if kind is str and (found := lone_surrogate(value)):
            row[name] = storable(value)
            flaw = f"{name} holds {found}, half of a surrogate pair: correct it in the table"
    if holed := [name for name in _NEVER_NULL if row[name] is None]:
        raise WarehouseError(
            f"there are nulls in the column {', '.join(holed)}. Run `dbt build` and look at the "
            "failing tests."
        )
    side = row["Split"]
    if side is not None and side not in list(Split):
        raise WarehouseError(
            f"the column Split contains {side!r}, which is neither {' nor '.join(Split)}"
        )
    row["Split"] = side and Split(side)
    row["flaw"] = flaw
    return Painting(*row.values())


def _converted(value: Any, name: str, kind: type) -> Any:
    """Convert a number to the type of its column, if that does not change it."""
    is_number = isinstance(value, int | float | Decimal) and math.isfinite(value)
    if kind is not str and is_number and kind(value) == value:
        return kind(value)
    raise WarehouseError(
        f"a column is of the wrong type: {name} contains {value!r}. Run `dbt build`."
    )
