"""The folders of a project and its profile are those that dbt takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paintings_dedupe.common.warehouse.dbt_paths import profiles_folder, project_folder
from tests.helpers.dbt_project import ROOT

PROFILES = "ours:\n  target: dev\n  outputs: {dev: {type: duckdb}}\n"


@pytest.mark.parametrize("place", [".", "models", "models/marts"])
@pytest.mark.parametrize("has_project", [True, False])
@pytest.mark.parametrize("profiles", ["here", "home"])
def test_the_usual_folders_are_those_of_dbt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, has_project: bool, profiles: str
) -> None:
    from dbt.cli.resolvers import (  # noqa: PLC0415 (only here, or every process imports dbt)
        default_profiles_dir,
        default_project_dir,
    )

    project, home = tmp_path / "project", tmp_path / "home"
    here = project / place
    (project / "models" / "marts").mkdir(parents=True)
    (home / ".dbt").mkdir(parents=True)
    if has_project:
        (project / "dbt_project.yml").write_text("name: ours\nprofile: ours\n", encoding="utf-8")
    folder = here if profiles == "here" else home / ".dbt"
    (folder / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(here)
    assert project_folder(None) == default_project_dir() == (project if has_project else here)
    if has_project:
        assert profiles_folder(None, project) == default_profiles_dir() == folder


def test_a_project_may_read_the_environment(tmp_path: Path) -> None:
    """In a process of its own, because dbt remembers the environment that it was given."""
    settings = "name: ours\ntarget-path: \"{{ env_var('OURS') }}\"\n"
    (tmp_path / "dbt_project.yml").write_text(settings, encoding="utf-8")
    code = (
        "from paintings_dedupe.common.warehouse.dbt_paths import *; "
        "print(target_folder(None, project_folder(None)))"
    )
    environment = {**os.environ, "OURS": "built", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path / "built")
