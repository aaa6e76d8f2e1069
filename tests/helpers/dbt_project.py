"""Run dbt on this project as a user would, apart from the user's own files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

ROOT = Path(__file__).parent.parent.parent
REAL_PAINTINGS = ROOT.parent / "shared" / "data" / "real-paintings"


@dataclass(frozen=True)
class Dbt:
    """The project with a database, a target folder and a profile of its own in `folder`."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "paintings.duckdb"

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to see this profile, database and target folder."""
        return {
            **os.environ,
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_USE_COLORS": "false",
            "DUCKDB_PATH": str(self.database),
        }

    def run(self, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
        """Run ``dbt {arguments} --vars {variables}`` and return what it printed."""
        if variables:
            arguments = (*arguments, "--vars", json.dumps(variables, default=str))
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

    def table(self, relation: str) -> pd.DataFrame:
        """All rows of a relation, sorted, since a table has no order."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(f'select * from "{relation}" order by all').df()


def new_dbt(folder: Path) -> Dbt:
    """Set the project up in `folder` with the profile that set-up gives every user."""
    profile = (ROOT / "profiles.example.yml").read_text(encoding="utf-8")
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")
    return Dbt(folder)
