"""`dbt source freshness`, with the settings that docs/schedule.md shows, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from tests.helpers.dbt_project import ROOT, new_dbt
from tests.helpers.warm_dbt import run_dbt

SHOWN = re.search(
    r"^```yaml\n(sources:.*?)^```",
    (ROOT / "docs/schedule.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project, with what docs/schedule.md adds to dbt_project.yml."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("macros", "models", "seeds", "tests"):
        (folder / name).symlink_to(ROOT / name)
    settings = (ROOT / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(f"{settings}\n{SHOWN[1]}")
    return folder


def test_old_rows_are_noticed(tmp_path: Path, project: Path) -> None:
    dbt = new_dbt(tmp_path)
    with duckdb.connect(str(dbt.database)) as connection:
        connection.sql("create table Paintings as select now() - interval 30 hours as LoadedAt")
    asked = ("source", "freshness", "--target", "dev", "--project-dir", str(project))
    asked += ("--vars", "{paintings_loaded_at: LoadedAt}")
    late = run_dbt(asked, ROOT, dbt.environ)
    assert (late.returncode, "WARN freshness of gallery.paintings" in late.stdout) == (0, True)
    with duckdb.connect(str(dbt.database)) as connection:
        connection.sql("update Paintings set LoadedAt = now() - interval 30 days")
    stale = run_dbt(asked, ROOT, dbt.environ)
    assert (stale.returncode, "ERROR STALE" in stale.stdout) == (1, True)
