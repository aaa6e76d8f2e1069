"""Run dbt on this project as a user would, apart from the user's own files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from paintings_dedupe.common.warehouse.connection import Warehouse, open_warehouse
from tests.helpers.warm_dbt import run_dbt

ROOT = Path(__file__).parent.parent.parent
REAL_PAINTINGS = ROOT.parent / "shared" / "data" / "real-paintings"


@dataclass(frozen=True)
class Dbt:
    """The project with a database, a target folder and a profile of its own in `folder`."""

    folder: Path
    target: str = "dev"
    # On a server, apart from whatever else it holds.
    schema: str = "paintings_test"

    @property
    def database(self) -> Path:
        """The DuckDB file of the target dev."""
        return self.folder / "paintings.duckdb"

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to see this profile, database and target folder."""
        return {
            **os.environ,
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            # Nobody reads dbt.log, which would take a fifth of the time.
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_USE_COLORS": "false",
            "DUCKDB_PATH": str(self.database),
            "SQLSERVER_SCHEMA": self.schema,
            "SPARK_SCHEMA": self.schema,
            "SPARK_WAREHOUSE": str(self.folder / "warehouse"),
            "SPARK_METASTORE": str(self.folder / "metastore"),
        }

    def run(self, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
        """Run ``dbt {arguments} --vars {variables}`` and return what it printed."""
        if variables:
            arguments = (*arguments, "--vars", json.dumps(variables, default=str))
        if "--target" not in arguments:
            arguments = (*arguments, "--target", self.target)
        if sys.platform == "linux":
            return run_dbt(arguments, ROOT, self.environ)
        return subprocess.run(
            [Path(sys.executable).parent / "dbt", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def succeed(self, *arguments: str, **variables: object) -> str:
        """Run it, and fail the test with its output unless it exits with 0."""
        finished = self.run(*arguments, **variables)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    @contextmanager
    def warehouse(self) -> Iterator[Warehouse]:
        """Connect to the target as the uploader does."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.environ.items():
                environment.setenv(name, value)
            with open_warehouse(ROOT, target=self.target) as warehouse:
                yield warehouse

    def table(self, relation: str) -> pd.DataFrame:
        """All rows of a relation, sorted, since a table has no order."""
        if self.target == "dev":
            with duckdb.connect(str(self.database), read_only=True) as connection:
                return connection.execute(f'select * from "{relation}" order by all').df()
        with self.warehouse() as warehouse:
            frames = list(warehouse.query(f"select * from {warehouse.relation(relation)}"))
            if not frames:
                (names,) = warehouse.query(
                    "select column_name from information_schema.columns "
                    f"where table_schema = '{self.schema}' and table_name = '{relation}'"
                )
                return pd.DataFrame(columns=names.iloc[:, 0])
        rows = pd.concat(frames, ignore_index=True)
        return rows.sort_values(list(rows.columns), key=lambda c: c.map(repr), ignore_index=True)


def new_dbt(folder: Path, target: str = "dev") -> Dbt:
    """Set the project up in `folder` with the profile that set-up gives every user."""
    profile = (ROOT / "profiles.example.yml").read_text(encoding="utf-8")
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")
    return Dbt(folder, target)


def require_sql_server() -> None:
    """Skip the test, and say so, unless the environment names a live server."""
    if "SQLSERVER_HOST" not in os.environ:
        pytest.skip("SQLSERVER_HOST names no SQL Server: this did not run on a live one")


def names_in(dbt: Dbt) -> set[str]:
    """The tables and views in the schema of a server."""
    with dbt.warehouse() as warehouse:
        (found,) = warehouse.query(
            "select table_name from information_schema.tables "
            f"where lower(table_schema) = '{dbt.schema}'"
        )
    return set(found["table_name"])
