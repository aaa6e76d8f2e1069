"""Connect to the DuckDB file of a dbt profile without dbt, if dbt would do nothing else."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import duckdb

from paintings_dedupe.common.warehouse.faults import driver_faults
from paintings_dedupe.common.warehouse.plain_yaml import NotPlainError, read_yaml, rendered

# With any other key, such as `attach`, `extensions` or `plugins`, dbt's adapter does more.
_KEYS = {"type", "path", "database", "schema", "threads", "settings"}
_SCALAR = str | bool | int | float


@dataclass
class DuckDBTarget:
    """The part of a target that counts for a connection, under the names of dbt's credentials.

    Attributes
    ----------
    target_name
        The name of the target in the profile.
    path
        The file, as in the profile.
    database, schema
        Where tables are by default.
    settings
        What is set for the connection.
    """

    target_name: str
    path: str
    database: str
    schema: str
    settings: dict[str, Any] = field(default_factory=dict)
    type: str = "duckdb"


def plain_target(
    project: Path, profiles: Path, profile: str | None, target: str | None
) -> DuckDBTarget:
    """Read a target of a profile as dbt reads it.

    Parameters
    ----------
    project, profiles
        The folders of dbt_project.yml and profiles.yml.
    profile, target
        What to use instead of what these files name.

    Raises
    ------
    NotPlainError
        If it is not a file of DuckDB with nothing but settings, or if anything is wrong with it.
    """
    name = profile or rendered(read_yaml(project / "dbt_project.yml").get("profile"))
    raw = _mapping(read_yaml(profiles / "profiles.yml").get(name))
    target = target or rendered(raw.get("target", "default"))
    values = rendered(_mapping(_mapping(raw.get("outputs")).get(target)))
    if values.get("type") != "duckdb" or not _KEYS.issuperset(values):
        raise NotPlainError
    path, database = values.get("path"), _database(values.get("path"))
    settings = values.get("settings") or {}
    if (
        values.get("database", database) != database
        or not isinstance(values.get("schema", ""), str)
        or type(values.get("threads", 1)) is not int
        or not isinstance(settings, dict)
        or not all(isinstance(entry, _SCALAR) for entry in settings.values())
        or not isinstance(target, str)
    ):
        raise NotPlainError
    return DuckDBTarget(target, path, database, values.get("schema", "main"), settings)


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise NotPlainError
    return value


def _database(path: object) -> str:
    """The name that DuckDB gives to the database of a file."""
    if not isinstance(path, str):
        raise NotPlainError
    parsed = urlparse(path)
    name = os.path.basename(parsed.path).lstrip(".").split(".")[0]
    if parsed.scheme or not name or path.startswith(":memory:"):
        raise NotPlainError
    return name


class DuckDBSession:
    """A connection to a DuckDB file; each thread has a cursor of its own."""

    def __init__(self, target: DuckDBTarget, connection: duckdb.DuckDBPyConnection) -> None:
        self.credentials = target
        self.target = target.target_name
        self._connection = connection
        self._of_thread = threading.local()
        # Whatever is wrong with the settings is told before the first query.
        self.cursor()

    def cursor(self) -> Any:
        """The cursor of this thread."""
        if not hasattr(self._of_thread, "cursor"):
            cursor = self._connection.cursor()
            for name, value in self.credentials.settings.items():
                text = str(value).replace("'", "''")
                cursor.execute(f"SET {name} = '{text}'")
            self._of_thread.cursor = cursor
        return self._of_thread.cursor

    def execute(self, sql: str) -> Any:
        """Run a statement, and return its cursor."""
        return self.cursor().execute(sql)

    def relation(self, schema: str, table: str) -> str:
        """The name of a table with quotes; `schema` has doubled any that it contains."""
        return f'"{self.credentials.database}"."{schema}"."{table}"'


@contextmanager
def duckdb_session(target: DuckDBTarget) -> Iterator[DuckDBSession]:
    """Open the file of a target, and close it at the end.

    Raises
    ------
    WarehouseError
        If the file cannot be opened, or DuckDB has no such setting.
    """
    with driver_faults():
        connection = duckdb.connect(target.path, read_only=False, config={})
    with closing(connection):
        with driver_faults():
            session = DuckDBSession(target, connection)
        yield session
