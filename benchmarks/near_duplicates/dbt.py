"""Run the project's dbt on a table, in a folder of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Build:
    """What a build took.

    Attributes
    ----------
    database
        The DuckDB file that it made.
    seconds, processor_seconds
        By the clock, and of all cores together.
    peak_gigabytes
        The most memory that any dbt of this process has held, in units of 10^9 bytes.
    """

    database: Path
    seconds: float
    processor_seconds: float
    peak_gigabytes: float


def build(paintings: Path, folder: Path, command: str = "build", **variables: object) -> Build:
    """Run ``dbt {command}`` on a file in the form of the table Paintings.

    Raises
    ------
    subprocess.CalledProcessError
        When dbt fails; what it printed is shown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "paintings.duckdb"
    environment = {
        **os.environ,
        "DBT_PROFILES_DIR": str(ROOT),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DUCKDB_PATH": str(database),
    }
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "dbt",
            *(command, "--target", "dev", "--vars"),
            json.dumps({"paintings_file": str(paintings.resolve()), **variables}),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        print(finished.stdout, finished.stderr, file=sys.stderr)
        finished.check_returncode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Build(
        database,
        time.monotonic() - start,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        after.ru_maxrss / 1e6,
    )
