"""The targets of the example profile, as far as they can be tried without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.dbt_project import new_dbt


@pytest.mark.parametrize("target", ["sqlserver", "azure"])
def test_the_project_compiles_for_sql_server(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every macro has a form for the engine, and the profile needs these variables only."""
    for name in ("SQLSERVER_USER", "SQLSERVER_PASSWORD", "AZURE_SQL_SERVER"):
        monkeypatch.setenv(name, "unused")
    dbt = new_dbt(tmp_path)
    dbt.succeed("compile", "--target", target, "--no-introspect", "--no-populate-cache")
    models = dbt.folder / "target/compiled/paintings_dedupe/models"
    compiled = (models / "marts" / "paintings" / "unique_paintings.sql").read_text(encoding="utf-8")
    assert (
        "hashbytes('MD5', 'paintings-dedupe:' + cast(images.DHashHex3 as varchar(40)))" in compiled
    )
