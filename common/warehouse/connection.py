"""Query the warehouse through the connection that dbt itself uses."""

from __future__ import annotations

import os
import re
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from dbt.adapters.factory import adapter_management, get_adapter, register_adapter
from dbt.config.runtime import RuntimeConfig
from dbt.flags import set_from_args
from dbt.mp_context import get_mp_context
from dbt_common.context import set_invocation_context
from dbt_common.events.base_types import EventLevel
from dbt_common.exceptions import DbtBaseException

from common.warehouse.dbt_paths import from_environment, profiles_folder, project_folder
from common.warehouse.faults import WarehouseError, driver_faults, one_line
from common.warehouse.insert import Value, insert_by_arrays, insert_by_file, quoted
from common.warehouse.servers import server_location

_ROWS_A_FRAME = 10_000
# For how long a table may be missing: while dbt-sqlserver rebuilds it, it puts the new one in the
# place of the old by two renames.
_SWAP_SECONDS = 5.0
# After a schema could not be made, when to look whether another program has made it.
_SCHEMA_PAUSES = (0.05, 0.5)
# How pyodbc and mssql-python say that a table is missing; the server says it in its own language.
_MISSING = ("42S02", "Base table or view not found")
# Tables are read and written once, from end to end: more memory would only fill a cache, and more
# threads need more memory each. The profile may say otherwise.
_DUCKDB_SETTINGS = {"memory_limit": "256MB", "threads": 1}
_CONNECTION_NAME = "paintings-dedupe"
# Such as md:gallery or s3://bucket/file; one letter would be a drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True)
class Place:
    """Which database it is.

    Attributes
    ----------
    engine
        Such as ``"duckdb"`` or ``"sqlserver"``.
    location
        The absolute path of a DuckDB file, or its address; of a server, its `server_location`.
    database
        The name of the database there.
    """

    engine: str
    location: str
    database: str

    def __str__(self) -> str:
        return self.location if self.engine == "duckdb" else f"{self.database} on {self.location}"


class Warehouse:
    """An open connection, made by dbt's adapter for one target of one profile.

    Attributes
    ----------
    adapter_type
        The engine, such as ``"duckdb"`` or ``"sqlserver"``.
    target
        The name of the target in the profile.
    place
        Which database it is.
    """

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self.target: str = adapter.config.target_name
        self.adapter_type: str = adapter.type()
        self.place = _place(adapter.config.credentials)

    def query(self, sql: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of `sql` in frames of at most 10,000, so that memory stays flat.

        Columns keep the database's own Python values (dtype object); a null is None.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        with driver_faults():
            cursor = self._execute(sql)
            if cursor.description is None:
                # No query, but a statement.
                return
            columns = [column[0] for column in cursor.description]
        while True:
            with driver_faults():
                rows = cursor.fetchmany(_ROWS_A_FRAME)
            if not rows:
                return
            yield pd.DataFrame([tuple(row) for row in rows], columns=columns, dtype=object)

    def _execute(self, sql: str) -> Any:
        """Begin a query, waiting for a table that dbt is just putting in place."""
        deadline = time.monotonic() + _SWAP_SECONDS
        while True:
            # The adapter closes a connection whose query fails.
            _connect(self._adapter)
            try:
                return self._adapter.connections.add_query(sql, auto_begin=False)[1]
            except DbtBaseException as error:
                missing = any(sign in str(error) for sign in _MISSING)
                if not missing or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def relation(self, table: str, schema: str | None = None) -> str:
        """The name of a table, quoted for the engine; `schema` defaults to the target's."""
        credentials = self._adapter.config.credentials
        return str(
            self._adapter.Relation.create(
                database=credentials.database,
                # The adapter puts quotes around it, and leaves those within as they are.
                schema=(schema or credentials.schema).replace('"', '""'),
                identifier=table,
            )
        )

    def count(self, table: str, schema: str | None = None) -> int | None:
        """The rows of a table, or None where there is no such table.

        Raises
        ------
        WarehouseError
            When the engine refuses to tell.
        """
        schema = schema or self._adapter.config.credentials.schema
        found = (
            "select count(*) from information_schema.tables "  # noqa: S608 (quotes doubled)
            f"where table_schema = {quoted(schema)} and table_name = {quoted(table)}"
        )
        if not self._scalar(found):
            return None
        return self._scalar(f"select count(*) from {self.relation(table, schema)}")  # noqa: S608

    def _scalar(self, sql: str) -> int:
        (frame,) = self.query(sql)
        value: int = frame.to_numpy().item()
        return value

    def write(
        self,
        table: str,
        columns: Mapping[str, str],
        rows: Iterable[Sequence[Value]],
        schema: str | None = None,
        replace: bool = False,
    ) -> None:
        """Write `rows` to a table in one transaction: all of them, or no change at all.

        Parameters
        ----------
        table, schema
            The table; both are made where they are missing. `schema` defaults to the target's.
        columns
            The type of each column, by its name, in the order of the values. A table that is
            there keeps its own types.
        rows
            One value a column.
        replace
            Delete the rows that are there, instead of adding to them.

        Raises
        ------
        WarehouseError
            When the engine refuses a row or the table. What `rows` raises is passed on.
        """
        schema = schema or self._adapter.config.credentials.schema
        relation = self.relation(table, schema)
        exists = self.count(table, schema) is not None
        self._make_schema(schema)
        cursor = self._adapter.connections.get_thread_connection().handle.cursor()
        with driver_faults():
            cursor.execute("begin transaction")
        try:
            with driver_faults():
                if not exists:
                    types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                    cursor.execute(f"create table {relation} ({types})")
                elif replace:
                    # Not dropped: rights on the table and views of it stay.
                    cursor.execute(f"delete from {relation}")  # noqa: S608
            insert = insert_by_file if self.adapter_type == "duckdb" else insert_by_arrays
            insert(cursor, relation, columns, rows)
            with driver_faults():
                cursor.execute("commit transaction")
        except BaseException:
            # After most faults, SQL Server has rolled back already.
            with suppress(Exception):
                cursor.execute("rollback transaction")
            raise

    def _make_schema(self, schema: str) -> None:
        """Make a schema where there is none, even if another program is making it, too."""
        name = schema.replace('"', '""')
        for pause in (*_SCHEMA_PAUSES, None):
            if self._has_schema(schema):
                return
            try:
                # Alone in its batch, as T-SQL wants it.
                with driver_faults():
                    self._execute(f'create schema "{name}"')
            except WarehouseError:
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return

    def _has_schema(self, schema: str) -> bool:
        found = (
            "select count(*) from information_schema.schemata "  # noqa: S608 (quotes doubled)
            f"where schema_name = {quoted(schema)}"
        )
        return self._scalar(found) > 0


@contextmanager
def open_warehouse(
    project_dir: Path | None = None,
    profiles_dir: Path | None = None,
    target: str | None = None,
    must_exist: bool = False,
) -> Iterator[Warehouse]:
    """Connect to `target` of the dbt profile of the project, and disconnect at the end.

    Project, profile and target are found as dbt finds them (see `common.warehouse.dbt_paths`); a
    relative path in the profile begins in the current folder, as for dbt. Every way of signing in
    that the adapter knows works.

    Parameters
    ----------
    must_exist
        Whether to refuse a DuckDB file that is not there, instead of making an empty one.

    Raises
    ------
    WarehouseError
        When there is no such project, profile or target, or the connection fails.
    """
    project = project_folder(project_dir)
    profiles = profiles_folder(profiles_dir, project)
    set_invocation_context(os.environ)
    args = Namespace(
        project_dir=str(project),
        profiles_dir=str(profiles),
        profile=from_environment("PROFILE"),
        target=target or from_environment("TARGET"),
        threads=None,
        vars={},
    )
    try:
        set_from_args(args, None)
        config = RuntimeConfig.from_args(args)
        if config.credentials.type == "duckdb":
            _adapt_duckdb(config.credentials, must_exist)
        with adapter_management():
            register_adapter(config, get_mp_context(), EventLevel.DEBUG)
            adapter = get_adapter(config)
            with adapter.connection_named(_CONNECTION_NAME):
                _connect(adapter)
                yield Warehouse(adapter)
    except DbtBaseException as error:
        remedy = ""
        if (project / "dbt_project.yml").exists() and not (profiles / "profiles.yml").exists():
            remedy = f" There is no profiles.yml in {profiles}: `make setup` makes the project's."
        raise WarehouseError(one_line(error) + remedy) from error


def _adapt_duckdb(credentials: Any, must_exist: bool) -> None:
    # The adapter would keep the file open, and so locked, until this process ends.
    credentials.keep_open = False
    credentials.settings = {**_DUCKDB_SETTINGS, **(credentials.settings or {})}
    if credentials.path.startswith(":memory:"):
        raise WarehouseError(
            "The profile names a DuckDB database in memory, which no other command can see. Name "
            "a file: DUCKDB_PATH=paintings.duckdb"
        )
    path = duckdb_location(credentials.path)
    if must_exist and path.startswith("/") and not os.path.exists(path):
        raise WarehouseError(
            f"The DuckDB file {path} does not exist. A relative path begins in the folder where "
            "the command is started, for dbt, too: start both in the same folder, or let "
            "DUCKDB_PATH be an absolute path."
        )


def duckdb_location(path: str) -> str:
    """The absolute path of a DuckDB file; of an address, what cannot hold a secret."""
    if _ADDRESS.match(path):
        return re.sub(r"^(\w+:(?://)?).*@", r"\1", path.partition("?")[0])
    return os.path.realpath(os.path.expanduser(path))


def _place(credentials: Any) -> Place:
    if credentials.type == "duckdb":
        return Place("duckdb", duckdb_location(credentials.path), credentials.database)
    host = str(getattr(credentials, "host", "") or getattr(credentials, "server", ""))
    location = server_location(host, getattr(credentials, "port", None))
    return Place(credentials.type, location, credentials.database)


def _connect(adapter: Any) -> None:
    """Open the connection, unless it is open."""
    connection = adapter.connections.set_connection_name(_CONNECTION_NAME)
    # The handle connects when it is first asked for.
    with driver_faults():
        _ = connection.handle
