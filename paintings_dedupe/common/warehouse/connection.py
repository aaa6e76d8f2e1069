"""Query the warehouse that a dbt profile names."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.signals import signals_held
from paintings_dedupe.common.warehouse.dbt_paths import (
    check_project,
    from_environment,
    profiles_folder,
    project_folder,
)
from paintings_dedupe.common.warehouse.faults import WarehouseError, driver_faults
from paintings_dedupe.common.warehouse.place import Place, duckdb_location
from paintings_dedupe.common.warehouse.plain_yaml import NotPlainError
from paintings_dedupe.common.warehouse.servers import server_location
from paintings_dedupe.common.warehouse.values import quoted

if TYPE_CHECKING:
    import pandas as pd

    from paintings_dedupe.common.warehouse.values import Value

# What only some commands, targets or rows need is imported there: pyarrow, pandas and dbt take
# from a tenth of a second to more than a second.

_ROWS_A_BATCH = 10_000
# When to check, after a schema could not be created, whether another program has created it.
_SCHEMA_PAUSES = (0.05, 0.5)
# Tables are read and written once, from end to end. More memory would only fill a cache, and more
# threads need more memory each. The profile can set other values.
_DUCKDB_SETTINGS = {"memory_limit": "256MB", "threads": 1}


class Session(Protocol):
    """An open connection; each thread that uses it has a cursor of its own.

    Attributes
    ----------
    credentials
        The target: `type`, `database`, `schema` and what the engine needs.
    target
        The name of the target in the profile.
    """

    @property
    def credentials(self) -> Any: ...

    @property
    def target(self) -> str: ...

    def execute(self, sql: str) -> Any:
        """Run a statement, and return its cursor."""

    def cursor(self) -> Any:
        """The cursor of this thread."""

    def relation(self, schema: str, table: str) -> str:
        """The name of a table, quoted for the engine."""


class Warehouse:
    """An open connection to one target of one profile.

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

    def __init__(self, session: Session) -> None:
        self._session = session
        self.target = session.target
        self.adapter_type: str = session.credentials.type
        self.place = _place(session.credentials)
        self.written: set[str] = set()

    def query(self, sql: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of `sql` as `batches` does, in frames.

        Columns have dtype object and keep the Python values of the driver; a null is None.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        for columns, rows in self._fetched(sql):
            import pandas as pd  # noqa: PLC0415 (slow, and there may be no rows)

            yield pd.DataFrame(rows, columns=columns, dtype=object)

    def batches(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of `sql`, at most 10,000 at a time, so that memory use is constant.

        Values are the Python values of the driver; a null is None.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        return (rows for _, rows in self._fetched(sql))

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of `sql` one by one, as `batches` does.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        return chain.from_iterable(self.batches(sql))

    def built_rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of tables that `dbt build` makes, as `rows` does.

        Raises
        ------
        WarehouseError
            When the engine refuses the query. The message gives the usual remedy.
        """
        try:
            yield from self.rows(sql)
        except WarehouseError as error:
            raise WarehouseError(
                "A table of the last build cannot be read. If it was never built, or if this "
                f"project is newer than its tables, run `dbt build`. Message of the database: "
                f"{error}"
            ) from error

    def _fetched(self, sql: str) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
        """Yield the names of the columns and some rows, until there are no more."""
        with driver_faults():
            cursor = self._session.execute(sql)
            if cursor.description is None:
                # A statement that is not a query.
                return
            columns = [column[0] for column in cursor.description]
            rows = self._rows(cursor)
        while True:
            with driver_faults():
                batch = [tuple(row) for row in islice(rows, _ROWS_A_BATCH)]
            if not batch:
                return
            yield columns, batch

    def _rows(self, cursor: Any) -> Iterator[Sequence[Any]]:
        if self.adapter_type == "spark":
            from paintings_dedupe.common.warehouse import spark  # noqa: PLC0415 (slow)

            return spark.fetched(cursor)
        batches = iter(lambda: cursor.fetchmany(_ROWS_A_BATCH), [])
        return chain.from_iterable(batches)

    def relation(self, table: str, schema: str | None = None) -> str:
        """The name of a table, quoted for the engine; `schema` defaults to that of the target."""
        schema = schema or self._session.credentials.schema
        # The adapters quote the name, but do not escape quotes in it.
        return self._session.relation(schema.replace('"', '""'), table)

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
        schema = schema or self._session.credentials.schema
        found = (
            "select column_name as Name from information_schema.columns "  # noqa: S608 (quotes doubled)
            f"where table_schema = {quoted(schema)} and table_name = {quoted(table)}"
        )
        return [str(name).lower() for (name,) in self.rows(found)]

    def _described_columns(self, relation: str) -> list[str]:
        from paintings_dedupe.common.warehouse import spark  # noqa: PLC0415 (slow)

        try:
            rows = list(self.rows(f"describe table {relation}"))
        except WarehouseError as error:
            if spark.is_missing(error):
                return []
            raise
        return [name.lower() for name in spark.described_columns(rows)]

    def _scalar(self, sql: str) -> int:
        ((value,),) = self.rows(sql)
        return int(value)

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
        schema = schema or self._session.credentials.schema
        relation = self.relation(table, schema)
        if self.adapter_type == "spark":
            from paintings_dedupe.common.warehouse import spark  # noqa: PLC0415 (slow)

            spark.write_table(self._session.credentials, relation, columns, rows, replace)
            self.written.add(table)
            return
        from paintings_dedupe.common.warehouse import insert  # noqa: PLC0415 (slow)

        exists = self.count(table, schema) is not None
        self._make_schema(schema)
        cursor = self._session.cursor()
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
            is_file = self.adapter_type == "duckdb"
            insert_rows = insert.insert_by_file if is_file else insert.insert_by_arrays
            insert_rows(cursor, relation, columns, rows)
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
                    self._session.execute(f'create schema "{name}"')
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
    check_project(project)
    profiles = profiles_folder(profiles_dir, project)
    with _session(project, profiles, target or from_environment("TARGET"), must_exist) as session:
        yield Warehouse(session)


@contextmanager
def _session(
    project: Path, profiles: Path, target: str | None, must_exist: bool
) -> Iterator[Session]:
    """Connect without dbt if the result is the same, because importing dbt takes a second."""
    named = project, profiles, from_environment("PROFILE"), target

    def adapt(credentials: Any) -> None:
        if credentials.type == "duckdb":
            _adapt_duckdb(credentials, must_exist)
        if credentials.type == "spark":
            from paintings_dedupe.common.warehouse import spark  # noqa: PLC0415 (slow)

            spark.use_this_python()

    opened: AbstractContextManager[Session]
    try:
        with quick_imports():
            from paintings_dedupe.common.warehouse import plain_duckdb  # noqa: PLC0415 (slow)

        credentials = plain_duckdb.plain_target(*named)
    except NotPlainError:
        with quick_imports():
            from paintings_dedupe.common.warehouse import dbt_adapter  # noqa: PLC0415 (slow)

        opened = dbt_adapter.adapter_session(*named, adapt)
    else:
        adapt(credentials)
        opened = plain_duckdb.duckdb_session(credentials)
    with opened as session:
        yield session


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


def _place(credentials: Any) -> Place:
    if credentials.type == "duckdb":
        return Place("duckdb", duckdb_location(credentials.path), credentials.database)
    host = str(getattr(credentials, "host", "") or getattr(credentials, "server", ""))
    location = server_location(host, getattr(credentials, "port", None))
    # Spark has one name for both.
    return Place(credentials.type, location, credentials.database or credentials.schema)
