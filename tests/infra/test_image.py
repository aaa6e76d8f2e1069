"""What the Dockerfile copies is there and not ignored, and dbt finds all of its folders."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from tests.helpers.dbt_project import ROOT

# Of dbt, for what dbt_project.yml does not name.
DBT_FOLDERS = {
    "analysis-paths": ["analyses"],
    "function-paths": ["functions"],
    "macro-paths": ["macros"],
    "model-paths": ["models"],
    "seed-paths": ["seeds"],
    "snapshot-paths": ["snapshots"],
    "test-paths": ["tests"],
}
# The rest of the folder are tests in Python.
OF_TESTS = ("tests/generic", "tests/singular")


def instructions(word: str) -> Iterator[list[str]]:
    """The words of each instruction of the Dockerfile that begins with `word`."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith(f"{word} "):
            yield line.split()[1:]


def copied() -> list[str]:
    """What the Dockerfile copies from the checkout."""
    names = []
    for words in instructions("COPY"):
        options = [word for word in words if word.startswith("--")]
        if not any(option.startswith("--from=") for option in options):
            names += words[len(options) : -1]
    return names


def let_through(path: str) -> bool:
    """Whether .dockerignore leaves a file in: the last line for it or its folder decides."""
    names = [path, *(parent.as_posix() for parent in Path(path).parents if parent.name)]
    through = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        anywhere = [Path(name).name for name in names] if "**/" in line else names
        if line and not line.startswith("#") and any(fnmatchcase(n, pattern) for n in anywhere):
            through = line.startswith("!")
    return through


def files(name: str) -> list[str]:
    """A file, or the files below a folder, as Docker takes them."""
    place = ROOT / name
    found = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    names = [path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts]
    return [name for name in names if not name.startswith("tests/") or name.startswith(OF_TESTS)]


@pytest.mark.parametrize("name", copied())
def test_what_is_copied_is_there_and_not_ignored(name: str) -> None:
    assert files(name)
    assert [file for file in files(name) if not let_through(file)] == []


def test_nothing_else_reaches_the_builder() -> None:
    for name in (".git/config", "profiles.yml", "paintings.duckdb", "tests/conftest.py"):
        assert not let_through(name)
    for name in ("uploader/__pycache__/run.cpython-313.pyc", "models/.env", "uploader/my.duckdb"):
        assert not let_through(name)


def test_each_folder_of_the_dbt_project_is_copied() -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    folders = [
        folder for key, default in DBT_FOLDERS.items() for folder in project.get(key, default)
    ]
    there = {folder for folder in folders if (ROOT / folder).is_dir()}
    assert {"models", "seeds"} <= there <= set(copied())


def test_each_short_name_of_a_program_leads_to_one() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    words = [word for run in instructions("RUN") for word in run]
    links = {words[i + 2] for i, word in enumerate(words) if word == "ln"}
    assert links == scripts.keys()
