"""The manifest.json that dbt writes for this project, for tests that need no dbt but its result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from tests.helpers.dbt_project import ROOT

PROJECT = "paintings_dedupe"
MODEL = f"model.{PROJECT}.unique_paintings.v1"
EXPOSURE = f"exposure.{PROJECT}.paintings_image_set"
# It is kept, so that dbt parses only what changed since.
_TARGET = ROOT / "target" / "tests"
# Where dbt is told that the database is; each test has one of its own.
_ANYWHERE = "/anywhere/paintings.duckdb"

Change = Callable[[dict[str, Any]], object]


def write_manifest_json(path: Path, database: Path, change: Change | None = None) -> None:
    """Write what `dbt parse` writes.

    Parameters
    ----------
    path
        The file to write.
    database
        The DuckDB file of the target.
    change
        What to change in it, for a test of that.
    """
    text = manifest_json().replace(json.dumps(_ANYWHERE), json.dumps(str(database)))
    if change is not None:
        artifact = json.loads(text)
        change(artifact)
        text = json.dumps(artifact)
    path.write_text(text, encoding="utf-8")


def meta(artifact: dict[str, Any]) -> dict[str, Any]:
    """What the exposure of version 1 tells the uploader."""
    found: dict[str, Any] = artifact["exposures"][EXPOSURE]["config"]["meta"]
    return found


def other_package(artifact: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a project that has our models and sources, and others of the same names."""
    theirs = {"package_name": "museum", "relation_name": '"museum"."other"."table"'}
    more = {
        kind: {
            f"{name}.museum": one | theirs | ({"schema": "other"} if "schema" in one else {})
            for name, one in artifact[kind].items()
        }
        for kind in ("nodes", "sources")
    }
    return artifact | {kind: artifact[kind] | found for kind, found in more.items()}


@cache
def manifest_json() -> str:
    """The text of the file, without what the uploader does not read, which is nine tenths of it.

    It is made once for all processes of a run of the tests, by one of them at a time.
    """
    _TARGET.mkdir(parents=True, exist_ok=True)
    # Without dependence on the user's own profiles.yml.
    profile = (ROOT / "profiles.example.yml").read_text(encoding="utf-8")
    ours, made_for = os.environ.get("PYTEST_XDIST_TESTRUNUID"), _TARGET / "made_for"
    with FileLock(_TARGET / "lock"):
        if ours and made_for.exists() and made_for.read_text(encoding="utf-8") == ours:
            return _read_part()
        (_TARGET / "profiles.yml").write_text(profile, encoding="utf-8")
        places = {
            "DBT_PROFILES_DIR": str(_TARGET),
            "DBT_TARGET_PATH": str(_TARGET),
            "DBT_LOG_PATH": str(_TARGET),
            "DUCKDB_PATH": _ANYWHERE,
        }
        parsed = subprocess.run(
            [Path(sys.executable).parent / "dbt", "--quiet", "parse", "--target", "dev"],
            cwd=ROOT,
            env={**os.environ, **places},
            capture_output=True,
            text=True,
            check=False,
        )
        assert parsed.returncode == 0, parsed.stdout + parsed.stderr
        made_for.write_text(ours or "", encoding="utf-8")
        return _read_part()


def _read_part() -> str:
    whole = json.loads((_TARGET / "manifest.json").read_text(encoding="utf-8"))
    part = {name: whole[name] for name in ("metadata", "sources", "exposures")}
    part["nodes"] = {
        name: node for name, node in whole["nodes"].items() if node["resource_type"] == "model"
    }
    return json.dumps(part)
