"""CONTRIBUTING.md names every module and folder of the packages that it lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT

# In it, a package or folder begins at the margin.
_LISTING = (
    (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are\n")[2]
).split("```")[1]


def _section(folder: str) -> str:
    """The lines of the listing about a folder."""
    (found,) = re.findall(rf"^{re.escape(folder)}/.*(?:\n .*)*", _LISTING, re.MULTILINE)
    return str(found)


def _parts(folder: Path) -> set[str]:
    modules = {path.name for path in folder.glob("*.py") if not path.stem.startswith("__")}
    packages = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    return modules | packages


@pytest.mark.parametrize(
    "package",
    [*(f"paintings_dedupe/{name}" for name in ("ingest", "matcher", "review")), "uploader"],
)
def test_every_part_of_a_package_is_named(package: str) -> None:
    named = set(re.findall(r"\w+(?:\.py|/)", _section(package).removeprefix(f"{package}/")))
    assert _parts(ROOT / package) <= named
    modules = {name for name in named if name.endswith(".py")}
    assert modules <= _parts(ROOT / package), "there is no such module"


def test_every_folder_of_models_is_named() -> None:
    named = set(re.findall(r"\w+/", _section("models")))
    folders = {f"{path.name}/" for path in (ROOT / "models").glob("*/*") if path.is_dir()}
    assert folders
    assert folders <= named
