"""The targets of the example profile, as far as they can be tried without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.dbt_project import new_dbt


@pytest.mark.parametrize("target", ["sqlserver", "azure"])
def test_the_project_compiles_for_sql_server(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profile needs these variables only. tests/tsql compiles all models for `azure`."""
    for name in ("SQLSERVER_USER", "SQLSERVER_PASSWORD", "AZURE_SQL_SERVER"):
        monkeypatch.setenv(name, "unused")
    dbt = new_dbt(tmp_path)
    offline = ("--no-introspect", "--no-populate-cache")
    dbt.succeed("compile", "-s", "unique_paintings.v1", "--target", target, *offline)
    models = dbt.folder / "target/compiled/paintings_dedupe/models"
    compiled = (models / "marts" / "paintings" / "unique_paintings.sql").read_text(encoding="utf-8")
    assert (
        "hashbytes('MD5', 'paintings-dedupe:' + cast(images.DHashHex3 as varchar(40)))" in compiled
    )
