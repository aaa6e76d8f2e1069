"""A version is the same wherever it is written down, and the changelog has it."""

from __future__ import annotations

import re
import subprocess
import tomllib

import yaml

from tests.helpers.dbt_project import ROOT


def test_all_files_name_the_latest_version_of_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    dbt = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert project["version"] == dbt["version"] == released[0]


def test_the_workflow_finds_the_version() -> None:
    """It has no Python of ours, and reads the line by sed."""
    path = ROOT / ".github" / "workflows" / "release.yml"
    steps = yaml.safe_load(path.read_text("utf-8"))["jobs"]["tag"]["steps"]
    (first, *_) = steps[-1]["run"].splitlines()
    found = subprocess.run(
        ["/bin/sh", "-c", f'{first}; echo "$tag"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert found.stdout == f"v{version}\n"
