"""The demo runs in a folder of its own, and touches nothing of the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.run import command, surroundings
from paintings_dedupe.common.warehouse.connection import open_warehouse
from tests.helpers.dbt_project import ROOT


def test_the_steps_see_a_database_and_a_target_folder_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own target `dev` may name a database outright, as many profiles do."""
    mine, output = tmp_path / "mine", tmp_path / "output"
    mine.mkdir()
    output.mkdir()
    (mine / "profiles.yml").write_text(
        "paintings_dedupe:\n"
        "  target: dev\n"
        f"  outputs: {{dev: {{type: duckdb, path: '{mine}/mine.duckdb'}}}}\n"
    )
    shutil.copy(ROOT / "profiles.example.yml", output / "profiles.yml")
    for name, value in (("PROFILES_DIR", mine), ("TARGET_PATH", mine / "target")):
        monkeypatch.setenv(f"DBT_{name}", str(value))
    monkeypatch.setenv("DUCKDB_PATH", str(mine / "mine.duckdb"))
    for name, text in surroundings(output, "dev", "loop").items():
        monkeypatch.setenv(name, text)
    with open_warehouse(ROOT, target="dev") as warehouse:
        (frame,) = warehouse.query("select path from duckdb_databases() where not internal")
    assert frame["path"].tolist() == [str(output / "paintings.duckdb")]
    assert sorted(path.name for path in mine.iterdir()) == ["profiles.yml"]
    assert surroundings(output, "sqlserver", "loop") == {"DBT_TARGET_PATH": str(output / "target")}


@pytest.mark.parametrize("output", ["s3://demo", "azure", "no/such/folder"])
def test_the_demo_takes_a_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(command, ["--output", output])
    assert ended.exit_code == 2
    assert "--output" in ended.output
    assert list(tmp_path.iterdir()) == []
