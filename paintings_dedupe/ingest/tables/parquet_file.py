"""Read the rows of a Parquet file as text, by the rules of the macro ``parquet_records``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

_ROWS_AT_A_TIME = 2_000
# Above this, a float cannot represent every whole number.
_LARGEST_EXACT = 2**53
_FLOATS = ("FLOAT", "DOUBLE")
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_ROW_NUMBER = "file_row_number"


class ParquetError(ValueError):
    """The file is not such a Parquet file; the message gives the reason."""


def read_parquet(
    path: Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, tuple[str | None, ...] | None, str]]:
    """Yield number, values of the columns as text, and fault of each row.

    The values of `optional` follow those of `columns`: None if the file lacks the column.

    Text that was not marked as such by its writer is read as bytes, which must be UTF-8; if they
    are not, the row has None instead of values. Whole numbers in a float column lose their ".0",
    and NaN there is a missing value. The digits of a UUID have no hyphens.

    Raises
    ------
    ParquetError
        When the file cannot be read, or a column is missing, occurs twice, or has nested values.
    """
    reader = f"read_parquet('{literal_path(path)}', hive_partitioning = false"
    try:
        with duckdb.connect() as connection:
            connection.execute("set threads = 1")
            described = connection.execute(f"describe select * from {reader})").fetchall()  # noqa: S608 (quotes doubled)
            types = {str(name).lower(): str(kind) for name, kind, *_ in described}
            own_names = connection.execute(
                f"select name from parquet_schema('{literal_path(path)}')"  # noqa: S608 (quotes doubled)
            ).fetchall()
            renamed = {str(name) for name, *_ in described} - {str(name) for (name,) in own_names}
            _check(path, columns, optional, types, renamed)
            wanted = [*columns, *optional]
            columns = [column for column in wanted if column.lower() in types]
            places = {column: place for place, column in enumerate(columns)}
            kinds = [types[column.lower()] for column in columns]
            texts = ", ".join(
                _text(f'"{column}"', kind) for column, kind in zip(columns, kinds, strict=True)
            )
            given = ", ".join(
                _given(f'"{column}"', kind) for column, kind in zip(columns, kinds, strict=True)
            )
            cursor = connection.execute(
                f"select file_row_number + 1, {texts}, {given} "  # noqa: S608 (quotes doubled)
                f"from {reader}, file_row_number = true)"
            )
            count = len(columns)
            while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
                for number, *cells in rows:
                    values, there = cells[:count], cells[count:]
                    unread = [
                        column
                        for column, value, given_ in zip(columns, values, there, strict=True)
                        if value is None and given_
                    ]
                    if unread:
                        yield number, None, f"{unread[0]} is not UTF-8 text"
                    else:
                        yield number, tuple(_value(values, places.get(c)) for c in wanted), ""
    except duckdb.Error as error:
        raise ParquetError(f"{path} cannot be read: {error}") from error


def literal_path(path: Path) -> str:
    """The path, quoted for DuckDB and escaped so that [1] in it is not a pattern."""
    return re.sub(r"([\[*?])", r"[\1]", str(path.absolute())).replace("'", "''")


def _value(values: Sequence[str | None], place: int | None) -> str | None:
    return None if place is None else values[place]


def _check(
    path: Path,
    columns: Sequence[str],
    optional: Sequence[str],
    types: dict[str, str],
    renamed: set[str],
) -> None:
    every = (*columns, *optional)
    for column in every:
        # If two columns differ in letter case only, DuckDB calls the second one URL_1.
        if any(re.fullmatch(rf"{column}_\d+", name, re.IGNORECASE) for name in renamed):
            raise ParquetError(f"{path} has more than one column {column}.")
    if _ROW_NUMBER in types:
        raise ParquetError(
            f"{path} has a column {_ROW_NUMBER}, a name that is reserved by DuckDB. Rename it."
        )
    if missing := [column for column in columns if column.lower() not in types]:
        raise ParquetError(f"{path} has no column {', '.join(missing)}.")
    for column in every:
        kind = types.get(column.lower(), "")
        if kind.endswith("]") or kind.startswith(_NESTED):
            raise ParquetError(
                f"{path}: column {column} has the type {kind[:100]} instead of plain values."
            )


def _text(column: str, kind: str) -> str:
    if kind == "BLOB":
        # Bytes of a fixed size are padded with NUL.
        return f"rtrim(try(decode({column})), chr(0))"
    if kind in _FLOATS or kind.startswith("DECIMAL"):
        missing = f"when isnan({column}) then null " if kind in _FLOATS else ""
        return (
            f"case {missing}when {column} = trunc({column}) and abs({column}) < {_LARGEST_EXACT} "
            f"then cast(try_cast({column} as bigint) as varchar) else cast({column} as varchar) end"
        )
    if kind == "UUID":
        return f"replace(cast({column} as varchar), '-', '')"
    return f"cast({column} as varchar)"


def _given(column: str, kind: str) -> str:
    return f"{column} is not null" + (f" and not isnan({column})" if kind in _FLOATS else "")
