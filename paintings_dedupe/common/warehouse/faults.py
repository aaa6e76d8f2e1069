"""Raise all errors of database drivers as one type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from paintings_dedupe.common.errors import UserError

# What DuckDB says, and the remedy.
_REMEDIES = {
    "Could not set lock on file": (
        "Another program has the DuckDB file open: wait until it has ended, or close it, and run "
        "again."
    ),
    "not a valid DuckDB database file": (
        "The profile, or the variable DUCKDB_PATH, names a file of another kind: name a DuckDB "
        "file, or one that does not exist, and run `dbt build`."
    ),
}


class WarehouseError(UserError):
    """The profile, the connection or the query is wrong; the message explains how."""


@contextmanager
def driver_faults() -> Iterator[None]:
    """Raise any error of a database driver, each of which has its own types, as WarehouseError."""
    try:
        yield
    except Exception as error:
        raise WarehouseError(one_line(error)) from error


def one_line(error: Exception) -> str:
    """The message of an error without line breaks, after the remedy if one is known."""
    message = " ".join(str(error).split())
    for sign, remedy in _REMEDIES.items():
        if sign in message:
            return f"{remedy} Message of DuckDB: {message}"
    return message
