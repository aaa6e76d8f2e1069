"""Raise all errors of database drivers as one type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from paintings_dedupe.common.errors import UserError

# What DuckDB says, and the remedy.
_DUCKDB = {
    "Could not set lock on file": (
        "Another program has the DuckDB file open: wait until it has ended, or close it, and run "
        "again."
    ),
    "not a valid DuckDB database file": (
        "The profile, or the variable DUCKDB_PATH, names a file of another kind: name a DuckDB "
        "file, or one that does not exist, and run `dbt build`."
    ),
}
# What dbt or the system says of a library that a target needs and that is missing, and the remedy.
_MISSING = {
    "Could not find adapter type spark": (
        "This target needs dbt-spark, which is not installed. Run `make setup EXTRA=spark`, or "
        "install paintings-dedupe with its extra `spark`."
    ),
    "optional dependency `mssql-python` is not installed": (
        "This target needs Microsoft's driver mssql-python, which is not installed. Run `make "
        "setup EXTRA=sqlserver`, or install paintings-dedupe with its extra `sqlserver`."
    ),
    "libodbc.so": (
        "This target needs an ODBC driver, which is not installed. Run `make setup "
        "EXTRA=sqlserver` and set SQLSERVER_BACKEND=mssql-python, or install ODBC Driver 18: "
        "docs/azure.md explains both."
    ),
    "JAVA_GATEWAY_EXITED": (
        "Spark found no Java, or one that is too old. Install Java 17 or later, or set JAVA_HOME."
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
    for sign, remedy in _DUCKDB.items():
        if sign in message:
            return f"{remedy} Message of DuckDB: {message}"
    for sign, remedy in _MISSING.items():
        if sign in message:
            return f"{remedy} The error: {message}"
    return message
