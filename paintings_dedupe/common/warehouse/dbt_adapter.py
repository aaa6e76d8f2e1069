"""Connect to the target of a dbt profile by dbt's own adapter."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbt.adapters.factory import adapter_management, get_adapter, register_adapter
from dbt.config.runtime import RuntimeConfig
from dbt.exceptions import EnvVarMissingError
from dbt.flags import set_from_args
from dbt.mp_context import get_mp_context
from dbt_common.context import set_invocation_context
from dbt_common.events.base_types import EventLevel
from dbt_common.exceptions import DbtBaseException

from paintings_dedupe.common.warehouse.faults import WarehouseError, driver_faults, one_line

# How long a table may be missing: dbt-sqlserver replaces a table by two renames.
_SWAP_SECONDS = 5.0
# How pyodbc and mssql-python report a missing table; the server reports it in its own language.
_MISSING = ("42S02", "Base table or view not found")
_BAD_YAML = "Syntax error near line"
_CONNECTION_NAME = "paintings-dedupe"


class AdapterSession:
    """The open connection of an adapter; each thread has one of its own."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self.credentials = adapter.config.credentials
        self.target: str = adapter.config.target_name

    def cursor(self) -> Any:
        """The cursor of this thread, after it has executed something."""
        return self._adapter.connections.get_thread_connection().handle.cursor()

    def execute(self, sql: str) -> Any:
        """Run a statement, and return its cursor; wait if dbt is just replacing its table."""
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

    def relation(self, schema: str, table: str) -> str:
        """The name of a table with the engine's quotes; `schema` has doubled any of its own."""
        create = self._adapter.Relation.create
        return str(create(database=self.credentials.database, schema=schema, identifier=table))


@contextmanager
def adapter_session(
    project: Path,
    profiles: Path,
    profile: str | None,
    target: str | None,
    adapt: Callable[[Any], None],
) -> Iterator[AdapterSession]:
    """Connect, and disconnect at the end.

    Parameters
    ----------
    project, profiles, profile, target
        As for `paintings_dedupe.common.warehouse.plain_duckdb.plain_target`.
    adapt
        May change or refuse the credentials.

    Raises
    ------
    WarehouseError
        When there is no such project, profile or target, or the connection fails.
    """
    set_invocation_context(os.environ)
    args = Namespace(
        project_dir=str(project),
        profiles_dir=str(profiles),
        profile=profile,
        target=target,
        threads=None,
        vars={},
    )
    try:
        set_from_args(args, None)
        config = RuntimeConfig.from_args(args)
        adapt(config.credentials)
        with adapter_management():
            register_adapter(config, get_mp_context(), EventLevel.DEBUG)
            adapter = get_adapter(config)
            with adapter.connection_named(_CONNECTION_NAME):
                _connect(adapter)
                yield AdapterSession(adapter)
    except DbtBaseException as error:
        raise WarehouseError(_explained(error, project, profiles)) from error


def _explained(error: DbtBaseException, project: Path, profiles: Path) -> str:
    """The message of dbt, after the remedy if one is known."""
    profile, message = profiles / "profiles.yml", one_line(error)
    if (project / "dbt_project.yml").exists() and not profile.exists():
        remedy = f"There is no profiles.yml in {profiles}. `make setup` creates one."
    elif isinstance(error, EnvVarMissingError):
        remedy = (
            f"{profile} or dbt_project.yml reads an environment variable that is not set: set it, "
            "or give another --target. docs/azure.md explains those of Azure."
        )
    elif "does not have a target named" in message:
        remedy = f"There is no such target in {profile}: give one of those below as --target."
    elif _BAD_YAML in message:
        # It says of profiles.yml that it is that file, and shows the lines around the fault.
        file = profile if "profiles.yml" in message else project / "dbt_project.yml"
        return f"{file} is not valid YAML: correct it.\nMessage of dbt:\n{str(error).strip()}"
    else:
        return message
    return f"{remedy} Message of dbt: {message}"


def _connect(adapter: Any) -> None:
    """Open the connection, unless it is open."""
    connection = adapter.connections.set_connection_name(_CONNECTION_NAME)
    # The handle connects when it is first used.
    with driver_faults():
        _ = connection.handle
