"""Query the warehouse through the connection that dbt itself uses."""

from __future__ import annotations

import os
import re
import time
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
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

from paintings_dedupe.common.signals import signals_held
from paintings_dedupe.common.warehouse import spark
from paintings_dedupe.common.warehouse.dbt_paths import (
    from_environment,
    profiles_folder,
    project_folder,
)
from paintings_dedupe.common.warehouse.faults import WarehouseError, driver_faults, one_line
from paintings_dedupe.common.warehouse.insert import Value, insert_by_arrays, insert_by_file, quoted
from paintings_dedupe.common.warehouse.servers import server_location

_ROWS_A_FRAME = 10_000
# How long a table may be missing: dbt-sqlserver replaces a table by two renames.
_SWAP_SECONDS = 5.0
# When to check, after a schema could not be created, whether another program has created it.
_SCHEMA_PAUSES = (0.05, 0.5)
# How pyodbc and mssql-python report a missing table; the server reports it in its own language.
_MISSING = ("42S02", "Base table or view not found")
# Tables are read and written once, from end to end. More memory would only fill a cache, and more
# threads need more memory each. The profile can set other values.
_DUCKDB_SETTINGS = {"memory_limit": "256MB", "threads": 1}
_CONNECTION_NAME = "paintings-dedupe"
# Such as md:gallery or s3://bucket/file; a single letter would be a drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True)
class Place:
    """Identifies a database.

    Attributes
    ----------
    engine
        Such as ``"duckdb"`` or ``"sqlserver"``.
    location
        The absolute path of a DuckDB file, or its URL; for a server, its `server_location`.
    database
        The name of the database.
    """

    engine: str
    location: str
    database: str

    def folder(self) -> Path:
        """The folder of a DuckDB file; of anything else, the current folder."""
        is_file = self.engine == "duckdb" and self.location.startswith("/")
        return Path(self.location).parent if is_file else Path()

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
        The database.
    written
        The tables whose rows `write` has committed.
    """

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self.target: str = adapter.config.target_name
        self.adapter_type: str = adapter.type()
        self.place = _place(adapter.config.credentials)
        self.written: set[str] = set()

    def query(self, sql: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of `sql` in frames of at most 10,000, so that memory use is constant.

        Columns have dtype object and keep the Python values of the driver; a null is None.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        with driver_faults():
            cursor = self._execute(sql)
            if cursor.description is None:
                # A statement that is not a query.
                return
            columns = [column[0] for column in cursor.description]
            rows = self._rows(cursor)
        while True:
            with driver_faults():
                batch = [tuple(row) for row in islice(rows, _ROWS_A_FRAME)]
            if not batch:
                return
            yield pd.DataFrame(batch, columns=columns, dtype=object)

    def _rows(self, cursor: Any) -> Iterator[Sequence[Any]]:
        if self.adapter_type == "spark":
            return spark.fetched(cursor)
        batches = iter(lambda: cursor.fetchmany(_ROWS_A_FRAME), [])
        return chain.from_iterable(batches)

    def _execute(self, sql: str) -> Any:
        """Start a query, and wait if dbt is just replacing its table."""
        deadline = time.monotonic() + _SWAP_SECONDS
        while True:
            # The adapter closes a connection after a failed query.
            _connect(self._adapter)
            try:
                return self._adapter.connections.add_query(sql, auto_begin=False)[1]
            except DbtBaseException as error:
                missing = any(sign in str(error) for sign in _MISSING)
                if not missing or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def relation(self, table: str, schema: str | None = None) -> str:
        """The name of a table, quoted for the engine; `schema` defaults to that of the target."""
        credentials = self._adapter.config.credentials
        return str(
            self._adapter.Relation.create(
                database=credentials.database,
                # The adapter quotes the name, but does not escape quotes in it.
                schema=(schema or credentials.schema).replace('"', '""'),
                identifier=table,
            )
        )

    def count(self, table: str, schema: str | None = None) -> int | None:
        """The number of rows of a table, or None if there is no such table.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        if not self.columns(table, schema):
            return None
        return self._scalar(f"select count(*) from {self.relation(table, schema)}")  # noqa: S608

    def columns(self, table: str, schema: str | None = None) -> list[str]:
        """The names of a table's columns in lower case; none if there is no such table.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        if self.adapter_type == "spark":
            return self._described_columns(self.relation(table, schema))
        schema = schema or self._adapter.config.credentials.schema
        found = (
            "select column_name as Name from information_schema.columns "  # noqa: S608 (quotes doubled)
            f"where table_schema = {quoted(schema)} and table_name = {quoted(table)}"
        )
        return [str(name).lower() for frame in self.query(found) for name in frame.iloc[:, 0]]

    def _described_columns(self, relation: str) -> list[str]:
        try:
            frames = list(self.query(f"describe table {relation}"))
        except WarehouseError as error:
            if spark.is_missing(error):
                return []
            raise
        rows = (row for frame in frames for row in frame.itertuples(index=False))
        return [name.lower() for name in spark.described_columns(rows)]

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
        """Write `rows` to a table in one transaction: all of them or none.

        On Spark, which has no transactions, see `spark.write_table`.

        Parameters
        ----------
        table, schema
            The table; both are created if they do not exist. `schema` defaults to that of the
            target.
        columns
            The type of each column by its name, in the order of the values. An existing table keeps
            its types.
        rows
            One value per column.
        replace
            Delete the existing rows instead of adding to them.

        Raises
        ------
        WarehouseError
            When the engine refuses a row or the table. Exceptions of `rows` are passed on.
        """
        schema = schema or self._adapter.config.credentials.schema
        relation = self.relation(table, schema)
        if self.adapter_type == "spark":
            spark.write_table(self._adapter.config.credentials, relation, columns, rows, replace)
            self.written.add(table)
            return
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
                    # Not dropped, so that rights on the table and views of it stay.
                    cursor.execute(f"delete from {relation}")  # noqa: S608
            insert = insert_by_file if self.adapter_type == "duckdb" else insert_by_arrays
            insert(cursor, relation, columns, rows)
            with signals_held(), driver_faults():
                cursor.execute("commit transaction")
                self.written.add(table)
        except BaseException:
            # After most errors, SQL Server has already rolled back.
            with suppress(Exception):
                cursor.execute("rollback transaction")
            raise

    def _make_schema(self, schema: str) -> None:
        """Create a schema if it does not exist, even if another program is creating it."""
        name = schema.replace('"', '""')
        for pause in (*_SCHEMA_PAUSES, None):
            if self._has_schema(schema):
                return
            try:
                # Alone in its batch, as T-SQL requires.
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
    """Connect to `target` of the project's dbt profile, and disconnect at the end.

    Project, profile and target are found as dbt finds them (see `warehouse.dbt_paths`). A
    relative path in the profile starts in the current folder, as for dbt. Every sign-in that the
    adapter supports works.

    Parameters
    ----------
    must_exist
        Whether to raise an error for a missing DuckDB file, instead of creating an empty one.

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
        if config.credentials.type == "spark":
            spark.use_this_python()
        with adapter_management():
            register_adapter(config, get_mp_context(), EventLevel.DEBUG)
            adapter = get_adapter(config)
            with adapter.connection_named(_CONNECTION_NAME):
                _connect(adapter)
                yield Warehouse(adapter)
    except DbtBaseException as error:
        remedy = ""
        if (project / "dbt_project.yml").exists() and not (profiles / "profiles.yml").exists():
            remedy = f" There is no profiles.yml in {profiles}. `make setup` creates one."
        raise WarehouseError(one_line(error) + remedy) from error


def _adapt_duckdb(credentials: Any, must_exist: bool) -> None:
    # Otherwise the adapter would keep the file open, and therefore locked, until this process ends.
    credentials.keep_open = False
    credentials.settings = {**_DUCKDB_SETTINGS, **(credentials.settings or {})}
    if credentials.path.startswith(":memory:"):
        raise WarehouseError(
            "The profile names an in-memory DuckDB database, which no other command can see. Name "
            "a file: DUCKDB_PATH=paintings.duckdb"
        )
    path = duckdb_location(credentials.path)
    if must_exist and path.startswith("/") and not os.path.exists(path):
        raise WarehouseError(
            f"The DuckDB file {path} does not exist. A relative path starts in the folder where "
            "the command is started, as for dbt. Run `dbt build` first, start both commands in the "
            "same folder, or set DUCKDB_PATH to an absolute path."
        )


def duckdb_location(path: str) -> str:
    """The absolute path of a DuckDB file, or its URL without anything that may be secret."""
    if _ADDRESS.match(path):
        return re.sub(r"^(\w+:(?://)?).*@", r"\1", path.partition("?")[0])
    return os.path.realpath(os.path.expanduser(path))


def _place(credentials: Any) -> Place:
    if credentials.type == "duckdb":
        return Place("duckdb", duckdb_location(credentials.path), credentials.database)
    host = str(getattr(credentials, "host", "") or getattr(credentials, "server", ""))
    location = server_location(host, getattr(credentials, "port", None))
    # Spark has one name for both.
    return Place(credentials.type, location, credentials.database or credentials.schema)


def _connect(adapter: Any) -> None:
    """Open the connection, unless it is open."""
    connection = adapter.connections.set_connection_name(_CONNECTION_NAME)
    # The handle connects when it is first used.
    with driver_faults():
        _ = connection.handle
