"""The folders of a project and its profile are those that dbt takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from dbt.cli.resolvers import default_profiles_dir, default_project_dir

from common.warehouse.dbt_paths import profiles_folder, project_folder

PROFILES = "ours:\n  target: dev\n  outputs: {dev: {type: duckdb}}\n"


@pytest.mark.parametrize("place", [".", "models", "models/marts"])
@pytest.mark.parametrize("has_project", [True, False])
@pytest.mark.parametrize("profiles", ["here", "home"])
def test_the_usual_folders_are_those_of_dbt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, has_project: bool, profiles: str
) -> None:
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
