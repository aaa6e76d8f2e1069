"""Run the project's dbt on a table, in a separate folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Build:
    """The cost of a build.

    Attributes
    ----------
    database
        The DuckDB file that it wrote.
    seconds, processor_seconds
        Elapsed time, and processor time of all cores together.
    peak_gigabytes
        The peak memory of dbt, in units of 10^9 bytes.
    """

    database: Path
    seconds: float
    processor_seconds: float
    peak_gigabytes: float


def build(paintings: Path, folder: Path, command: str = "build", **variables: object) -> Build:
    """Run ``dbt {command}`` on a file with the table Paintings.

    Raises
    ------
    subprocess.CalledProcessError
        When dbt fails; its output is shown.
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
    command_line = [
        str(Path(sys.executable).parent / "dbt"),
        *(command, "--target", "dev", "--vars"),
        json.dumps({"paintings_file": str(paintings.resolve()), **variables}),
    ]
    start = time.monotonic()
    with (folder / "dbt.txt").open("w+", encoding="utf-8") as printed:
        process = subprocess.Popen(
            command_line, cwd=ROOT, env=environment, stdout=printed, stderr=printed
        )
        # Of this child alone, unlike RUSAGE_CHILDREN.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            printed.seek(0)
            print(printed.read(), file=sys.stderr)
            raise subprocess.CalledProcessError(process.returncode, command_line)
    return Build(
        database,
        time.monotonic() - start,
        usage.ru_utime + usage.ru_stime,
        # Linux counts it in kibibytes.
        usage.ru_maxrss * 1024 / 1e9,
    )
