"""The benchmarks run dbt on tables of their own, with the settings that they ask for."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.near_duplicates.dbt import Target, build
from tests.helpers.dbt_project import ROOT


def test_models_are_built_without_tests(tmp_path: Path) -> None:
    sample = ROOT / "demo" / "paintings.csv"
    built = build(
        sample,
        tmp_path,
        command="run",
        target=Target(settings={"memory_limit": "2GB"}),
        hash_level=4,
    )
    with duckdb.connect(str(built.database), read_only=True) as connection:
        found = connection.execute("select Level from dedupe_summary").fetchall()
    assert found == [(4,)]
    assert "memory_limit" in (tmp_path / "profiles.yml").read_text(encoding="utf-8")
    assert "image_groups" in built.node_seconds
    assert not any(name.startswith("unique_combination") for name in built.node_seconds)
