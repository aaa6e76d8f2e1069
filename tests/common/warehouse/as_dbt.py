"""What dbt itself makes of a profile. It takes seconds to import, so only its tests import it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments.local import LocalEnvironment
from dbt.adapters.duckdb.relation import DuckDBRelation
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context


def credentials_in(folder: Path) -> DuckDBCredentials:
    """Read the profile of the project in a folder."""
    set_invocation_context(os.environ)
    arguments = Namespace(project_dir=str(folder), profiles_dir=str(folder))
    set_from_args(arguments, None)
    credentials: Any = load_profile(str(folder), {}).credentials
    assert isinstance(credentials, DuckDBCredentials)
    return credentials


def without_more(credentials: DuckDBCredentials) -> DuckDBCredentials:
    """The same credentials, but for what a plain profile does not say."""
    return DuckDBCredentials(
        credentials.database, credentials.schema, credentials.path, settings=credentials.settings
    )


def relation(database: str, schema: str, table: str) -> str:
    """The name by which the adapter calls a table."""
    return str(DuckDBRelation.create(database=database, schema=schema, identifier=table))


def answer(path: str, settings: Mapping[str, Any], asked: str) -> list[tuple[Any, ...]]:
    """What a connection of the adapter answers."""
    credentials = DuckDBCredentials("a", "main", path, settings=dict(settings), keep_open=False)
    with closing(LocalEnvironment(credentials)) as environment:
        found: list[tuple[Any, ...]] = environment.handle().cursor().execute(asked).fetchall()
        return found
