"""Vars that are impossible, misspelt or not of this project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.helpers.dbt_project import ROOT, Dbt, new_dbt


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """One project for all tests here."""
    return new_dbt(tmp_path_factory.mktemp("vars"))


@pytest.fixture(scope="module")
def without_models(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The project as far as it checks its vars, so that dbt parses it in no time."""
    folder = tmp_path_factory.mktemp("without_models")
    shutil.copy(ROOT / "dbt_project.yml", folder)
    shutil.copytree(ROOT / "macros", folder / "macros")
    for path in (ROOT / "models").rglob("*"):
        if path.name.endswith(("__sources.yml", ".md")):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return new_dbt(folder)


IN_QUOTES = "In quotes it is text: write it without quotes"


@pytest.mark.parametrize(
    ("variables", "complaints"),
    [
        (
            {
                "hash_level": 9,
                "train_share": 1.5,
                "split_seed": "é",
                "near_duplicate_bits": 129,
                "mirrored_bits": 121,
                "weak_inliers": -1,
                "accepted_formats": "jpeg",
                "stratified_split": "yes",
                "paintings_schema": 'x"; drop table y; --',
                "images_prefix": 3,
                "paintings_file": 3,
                "paintings_encoding": "ebcdic",
            },
            [
                "var hash_level is 9",
                "var train_share must be a number from 0 to 1, not 1.5",
                "var split_seed may hold ASCII",
                "var near_duplicate_bits must be a whole number from 0 to 128, not 129",
                "var mirrored_bits must be a whole number from 0 to 120",
                "var weak_inliers must be a whole number from 0, not -1",
                "var accepted_formats must be a list of image formats",
                "var stratified_split must be true or false, not yes",
                "var paintings_schema must be the name of a schema",
                "var images_prefix must be text, not 3. Put it in quotes",
                "var paintings_file must be the name of a file",
                "var paintings_encoding must be one of utf-8",
            ],
        ),
        (
            {
                "hash_levels": "8",
                "train_share": float("nan"),
                "split_seed": "a'b",
                "flat_bits": "few",
                "cross_artist_bits": 9,
                "near_duplicate_bits": 8,
                "accepted_formats": [],
                "stratified_split": "true",
                "paintings_schema": "x'y",
            },
            [
                "var hash_levels must be a list",
                "var train_share must be a number from 0 to 1, not nan",
                "var split_seed may hold ASCII",
                "var flat_bits must be a whole number from 0 to 64",
                "var cross_artist_bits (9) must not be above near_duplicate_bits (8)",
                "var accepted_formats must be a list of image formats",
                f"not true. {IN_QUOTES}",
                "var paintings_schema must be the name of a schema",
            ],
        ),
        (
            {"hash_level": "3", "train_share": True, "accepted_formats": ["jpg"]},
            [
                f"[8, 7, 6, 5, 4, 3, 2, 1]. {IN_QUOTES}",
                "var train_share must be a number from 0 to 1, not True",
                "may list jpeg, png, gif, bmp, not jpg",
            ],
        ),
        (
            {"hash_levels": [3, "x; drop"], "hash_level": 3.0, "train_share": "most"},
            [
                "var hash_levels must name levels from 1 to 8",
                "var hash_level is 3.0",
                "var train_share must be a number from 0 to 1, not most",
            ],
        ),
        ({"hash_levels": [3, 3]}, ["var hash_levels must name levels from 1 to 8, each once"]),
    ],
)
def test_impossible_vars_stop_the_run_and_all_are_named(
    without_models: Dbt, variables: dict[str, object], complaints: list[str]
) -> None:
    # YAML, unlike JSON, has a number that is none.
    given = ("--project-dir", str(without_models.folder), "--vars", yaml.safe_dump(variables))
    finished = without_models.run("run", *given)
    assert finished.returncode != 0
    said = " ".join(finished.stdout.split())
    assert [complaint for complaint in complaints if complaint not in said] == []
    assert said.count(" var ") == len(complaints), said


class NamedMain(Dbt):
    """With a file that DuckDB calls as it calls its first schema."""

    @property
    def database(self) -> Path:
        return self.folder / "main.duckdb"


def test_a_database_called_main_is_refused_with_the_remedy(without_models: Dbt) -> None:
    """DuckDB would look for a schema called main.main."""
    folder = without_models.folder
    finished = NamedMain(folder).run("run", "--project-dir", str(folder))
    assert finished.returncode != 0
    assert "the DuckDB file is called main" in " ".join(finished.stdout.split())


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"trainshare": 0.5}, "there is no var trainshare. Did you mean train_share?"),
        ({"other_vars": ["their*"], "theit": 1}, "there is no var theit"),
        ({"near_duplicate_bits": "abc"}, "var near_duplicate_bits must be a whole number"),
        ({"bold_bits": "-1"}, "0 to 128, not -1. In quotes it is text: write it without quotes"),
        ({"cross_artist_bits": None}, "var cross_artist_bits must be a whole number from 0 to 32"),
    ],
)
def test_an_impossible_var_stops_the_whole_project(
    dbt: Dbt, variables: dict[str, object], complaint: str
) -> None:
    """With its models, which dbt parses before it checks the vars."""
    finished = dbt.run("run", **variables)
    assert finished.returncode != 0
    assert complaint in " ".join(finished.stdout.split())


def test_a_misspelt_var_stops_commands_that_build_nothing(dbt: Dbt) -> None:
    """They know only some of the packages, so that a var without likeness to ours passes."""
    for _ in range(2):
        finished = dbt.run("parse", hash_levle=3)
        assert finished.returncode != 0
        assert "there is no var hash_levle. Did you mean hash_level?" in finished.stdout
    dbt.succeed("parse", somebodys_start="2020-01-01")


def test_vars_of_others_pass(dbt: Dbt) -> None:
    """Of a package, as a dictionary; of a user's own models, when the project lists them."""
    others = {"some_package": {"verbose": True}, "my_model_days": 3, "other_vars": ["my_model_*"]}
    dbt.succeed("run", "-s", "rejected_lines", **others)


def test_every_var_of_the_project_is_known_to_the_check() -> None:
    """A var that is added to dbt_project.yml alone would be refused on the command line."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    macro = (ROOT / "macros" / "check_var_names.sql").read_text(encoding="utf-8")
    assert [name for name in settings["vars"] if f"'{name}'" not in macro] == []
