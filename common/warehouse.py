"""Query the warehouse through the connection that dbt itself uses."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pandas as pd
from dbt.adapters.factory import adapter_management, get_adapter, register_adapter
from dbt.config.runtime import RuntimeConfig
from dbt.flags import set_from_args
from dbt.mp_context import get_mp_context
from dbt_common.context import set_invocation_context
from dbt_common.events.base_types import EventLevel
from dbt_common.exceptions import DbtBaseException

_ROWS_A_FRAME = 10_000


class WarehouseError(Exception):
    """The profile, the connection or the query is at fault; the message says how."""


class Warehouse:
    """An open connection, made by dbt's adapter for one target of one profile.

    Attributes
    ----------
    adapter_type
        The engine, such as ``"duckdb"`` or ``"sqlserver"``.
    """

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self.adapter_type: str = adapter.type()

    def query(self, sql: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of `sql` in frames of at most 10,000, so that memory stays flat.

        Columns keep the database's own Python values (dtype object); a null is None.

        Raises
        ------
        WarehouseError
            When the engine refuses the query.
        """
        try:
            _, cursor = self._adapter.connections.add_query(sql, auto_begin=False)
            columns = [column[0] for column in cursor.description]
            while rows := cursor.fetchmany(_ROWS_A_FRAME):
                yield pd.DataFrame([tuple(row) for row in rows], columns=columns, dtype=object)
        # While rows are fetched, each database driver raises types of its own.
        except Exception as error:
            raise WarehouseError(_message(error)) from error


@contextmanager
def open_warehouse(
    project_dir: Path, profiles_dir: Path | None = None, target: str | None = None
) -> Iterator[Warehouse]:
    """Connect to `target` of the dbt profile of the project, and disconnect at the end.

    The profile is found as dbt finds it: `profiles_dir`, else DBT_PROFILES_DIR, else the
    project folder, else ~/.dbt. Every way of signing in that the adapter knows works.

    Raises
    ------
    WarehouseError
        When there is no such project, profile or target, or the connection fails.
    """
    set_invocation_context(os.environ)
    args = Namespace(
        project_dir=str(project_dir),
        profiles_dir=str(profiles_dir or _default_profiles_dir(project_dir)),
        profile=None,
        target=target,
        threads=None,
        vars={},
    )
    try:
        set_from_args(args, None)
        config = RuntimeConfig.from_args(args)
        if config.credentials.type == "duckdb":
            _adapt_duckdb(config.credentials, project_dir)
        with adapter_management():
            register_adapter(config, get_mp_context(), EventLevel.DEBUG)
            adapter = get_adapter(config)
            with adapter.connection_named("paintings-dedupe"):
                _connect(adapter)
                yield Warehouse(adapter)
    except DbtBaseException as error:
        raise WarehouseError(_message(error)) from error


def _adapt_duckdb(credentials: Any, project_dir: Path) -> None:
    """Make a DuckDB profile mean here what it means to the dbt command."""
    # The adapter would keep the file open, and so locked, until this process ends.
    credentials.keep_open = False
    # dbt runs in the project folder, so a relative path begins there.
    path = credentials.path
    if not path.startswith((":memory:", "~")) and not urlparse(path).scheme:
        credentials.path = str(project_dir.resolve() / path)


def _connect(adapter: Any) -> None:
    try:
        # The handle connects when it is first asked for.
        _ = adapter.connections.get_thread_connection().handle
    # Each database driver raises types of its own.
    except Exception as error:
        raise WarehouseError(_message(error)) from error


def _default_profiles_dir(project_dir: Path) -> Path:
    if "DBT_PROFILES_DIR" in os.environ:
        return Path(os.environ["DBT_PROFILES_DIR"])
    return project_dir if (project_dir / "profiles.yml").exists() else Path.home() / ".dbt"


def _message(error: Exception) -> str:
    return " ".join(str(error).split())
