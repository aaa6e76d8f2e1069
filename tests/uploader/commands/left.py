"""What a run of the command line left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from tests.helpers.dbt_project import ROOT
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.conftest import Ended, Project
from tests.uploader.samples import FILES, PREFIX

MONET, ELODIE = f"{PREFIX}Train/Claude Monet/0a1.jpeg", f"{PREFIX}Test/Élodie #1/0b2.png"


def files_of(blobs: Path) -> dict[str, bytes]:
    folder = blobs / "images"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def results_of(blobs: Path) -> list[dict[str, Any]]:
    """The rows of the results file."""
    rows: list[dict[str, Any]] = pq.read_table(blobs / "images" / FILES.results).to_pylist()
    return rows


def outcomes_of(blobs: Path) -> dict[str, str]:
    """Return the outcome of each row, by its hash."""
    return {row["Hash"]: row["Outcome"] for row in results_of(blobs)}


def table_of(project: Project) -> list[tuple[Any, ...]]:
    with duckdb.connect(project.database) as connection:
        return connection.execute('select * from "UploadResults"').fetchall()


def run_process(*arguments: str, **environ: str) -> Ended:
    """Run the uploader in a process of its own."""
    if sys.platform != "linux":
        return run_anew(*arguments, **environ)
    process = UploaderProcess(arguments, {**os.environ, **environ})
    out, err = process.communicate(120)
    return Ended(process.wait(), out, err)


def run_anew(*arguments: str, **environ: str) -> Ended:
    """Run it as a user does, with all its imports."""
    done = subprocess.run(
        [sys.executable, "-m", "uploader", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
