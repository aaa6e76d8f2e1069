"""`make clean` removes what can be made again, and nothing that was made from a user's data."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT

# Where the defaults of dbt and of the uploader put what they make, and what a user adds.
KEPT = (
    "paintings.duckdb",
    "paintings.duckdb.wal",
    "my.duckdb",
    "my.csv",
    "profiles.yml",
    "blobs/images/Image/DataSets/Paintings/transferimages.txt",
    "blobs/.images/properties/a.json",
    "demo/paintings.csv",
)
REMOVED = (
    ".venv/bin/python",
    "node_modules/.package-lock.json",
    "target/manifest.json",
    "logs/dbt.log",
    "demo/output/paintings.duckdb",
    "demo/__pycache__/run.pyc",
    ".pytest_cache/README.md",
)


def test_clean_keeps_what_is_the_users(tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine")
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in (*KEPT, *REMOVED):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    subprocess.run([make, "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*KEPT, "Makefile"}
