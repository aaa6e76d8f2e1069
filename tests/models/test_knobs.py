"""The vars and environment variables by which a user runs the models on a file of their own."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from paintings_dedupe.ingest.tables.rows import COLUMN_TYPES
from tests.helpers.dbt_project import ROOT, Dbt, new_dbt
from tests.models import reference

SOUND = reference.SOUND_HASHES | {
    "Artist": "Claude Monet",
    "ArtistNumber": "1",
    "Width": "640",
    "Height": "480",
    "EncodingFormat": "jpeg",
    "Name": "Water, lilies",
    "URL": "http://example.org/1",
}
# They do not read the table, and run elsewhere.
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
# Enough where only the rows of the table matter.
RUN_FIRST, RUN_VERSION_1 = ("run", "-s", "rejected_lines"), ("run", "-s", "+unique_paintings.v1")


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """One project for all tests here, so that dbt parses it once."""
    return new_dbt(tmp_path_factory.mktemp("knobs"))


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


@pytest.fixture(autouse=True)
def no_database(dbt: Dbt) -> Iterator[None]:
    yield
    dbt.database.unlink(missing_ok=True)


# Tests that look at something else share one file name, and are neighbours: dbt parses anew when a
# var changes.
@pytest.fixture
def paintings(dbt: Dbt) -> Path:
    return dbt.folder / "paintings.csv"


def write_csv(path: Path, rows: list[dict[str, str]], columns: list[str] | None = None) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns or reference.COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_parquet_gives_the_same_tables_as_csv(dbt: Dbt, paintings: Path, tmp_path: Path) -> None:
    rows = [SOUND, SOUND | {"Width": "", "URL": "http://example.org/2", "DHashHex3": "ff00"}]
    as_csv = write_csv(paintings, rows)
    as_parquet = tmp_path / "paintings.parquet"
    duckdb.execute(
        f"copy (select * replace (cast(nullif(Width, '') as double) as Width) from "
        f"read_csv('{as_csv}', all_varchar = true)) to '{as_parquet}'"
    )
    dbt.succeed(*RUN_VERSION_1, paintings_file=as_parquet)
    from_parquet = dbt.table("UniquePaintings")
    dbt.succeed(*RUN_VERSION_1, paintings_file=as_csv)
    assert dbt.table("UniquePaintings").equals(from_parquet)
    assert len(from_parquet) == 2


def test_a_file_of_ones_own_is_loaded_as_text(dbt: Dbt, paintings: Path) -> None:
    """The order of columns and further columns do not matter."""
    columns = ["LocalPath", *reversed(reference.COLUMNS)]
    write_csv(paintings, [SOUND | {"LocalPath": "x"}], columns)
    dbt.succeed(*RUN_VERSION_1, paintings_file=paintings)
    assert dbt.table("Paintings").to_dict("records") == [SOUND]
    # A sniffed 00e1 would have become the number 0.
    assert dbt.table("UniquePaintings")["DHashHex3"].tolist() == ["00e1"]


def test_a_row_that_looks_like_a_comment_is_a_row(dbt: Dbt, paintings: Path) -> None:
    """Left to itself, DuckDB takes the second of these rows for a comment."""
    rows = [SOUND | {"DHashHex1": "0#"}, SOUND | {"Artist": "# 1"}]
    dbt.succeed(*RUN_FIRST, paintings_file=write_csv(paintings, rows))
    assert dbt.table("Paintings")["Artist"].tolist() == ["# 1", "Claude Monet"]


def test_a_missing_column_is_named(dbt: Dbt, paintings: Path) -> None:
    columns = [c for c in reference.COLUMNS if c not in ("DHashHex7", "URL")]
    finished = dbt.run("run", paintings_file=write_csv(paintings, [SOUND], columns))
    assert finished.returncode != 0
    assert "paintings.csv' lacks the column(s) URL, DHashHex7" in finished.stdout


def test_a_missing_file_is_named_with_the_remedy(dbt: Dbt, paintings: Path) -> None:
    paintings.unlink(missing_ok=True)
    finished = dbt.run("run", paintings_file=paintings)
    assert finished.returncode != 0
    assert f"paintings_file '{paintings}' does not exist" in finished.stdout
    assert "--vars '{paintings_file: my.csv}'" in finished.stdout


def test_no_input_makes_the_projects_own_tests_fail(dbt: Dbt, paintings: Path) -> None:
    """Bad rows end in rejected_paintings; the tests are promises of ours, not of the input."""
    bad = [
        {},
        SOUND | {"Artist": " "},
        SOUND | {"Artist": "é" * 401},
        # The character with which longer text is counted in units of UTF-16.
        SOUND | {"Artist": "\uffff" * 401},
        SOUND | {"URL": ""},
        SOUND | {"Width": "-1", "Height": "tall"},
        SOUND | {"DHashHex8": "xyz"},
        SOUND | {"DHashHex1": ""},
        SOUND | {"Name": 'two\nlines, "quoted" and ; semicolons'},
        SOUND,
        SOUND,
    ]
    with write_csv(paintings, bad).open("a", encoding="utf-8") as file:
        file.write("a line that,is no row\n")
    said = " ".join(dbt.succeed("build", *NO_UNIT_TESTS, paintings_file=paintings).split())
    assert "8 rows were rejected; rejected_paintings lists the reasons" in said
    assert "2 values were cleaned; cleaned_paintings lists them" in said
    assert "flat_images" not in said.partition("Finished running")[2]
    assert dbt.table("dedupe_summary").to_dict("records")[0] == {
        "Level": 3,
        "PaintingsRows": 11,
        "RejectedRows": 8,
        "RemovedRows": 0,
        "VerdictConflicts": 0,
        "EliminatedRows": 2,
        "UniqueRows": 1,
        "TrainRows": 1,
        "TestRows": 0,
        "FlatRows": 0,
        "FlatEliminatedRows": 0,
        "FlatAcrossArtistsRows": 0,
        # A blank artist and a title of two lines.
        "LostToFormatRows": 0,
        "CleanedValues": 2,
        "RejectedLines": 1,
    }


def test_images_merged_without_evidence_are_listed_and_pointed_out(
    dbt: Dbt, paintings: Path
) -> None:
    """Eight pictures whose hashes are all zero become one by the rule; nobody has to find out."""
    zero = {f"DHashHex{level}": "0" * most for level, (_, most) in reference.DIGITS.items()}
    rows = [
        SOUND | zero | {"Artist": f"artist {n % 2}", "URL": f"http://example.org/{n}"}
        for n in range(8)
    ]
    said = " ".join(dbt.succeed("run", paintings_file=write_csv(paintings, rows)).split())
    assert (
        "7 images were dropped for an equal hash, though a hash without structure shows nothing"
        in said
    )
    assert "4 of them in favour of another artist's; flat_images lists them" in said
    assert len(dbt.table("UniquePaintings")) == 1
    assert len(dbt.table("UniquePaintings_v2")) == len(dbt.table("flat_images")) == 8
    scorecard = dbt.table("level_scorecard").set_index("Method")
    assert scorecard["FlatMerges"].to_dict() == {
        **{f"level {level}": 7 for level in reference.LEVELS},
        "v2": 0,
    }
    assert scorecard["IsRecommended"]["v2"] == 1


def test_methods_that_err_equally_often_are_as_good(dbt: Dbt, paintings: Path) -> None:
    """One of them has to come first; of the others, nothing speaks against them."""
    dbt.succeed("run", "-s", "+level_scorecard", paintings_file=write_csv(paintings, [SOUND]))
    reasons = dbt.table("level_scorecard").set_index("Method")["Reason"]
    errors = (
        "0 (0 wrong merges, 0 merges across artists, 0 merges of flat images, 0 misses, "
        "0 leaked pairs)"
    )
    assert reasons["v2"] == f"Recommended: fewest suspected errors, {errors}"
    assert set(reasons.drop("v2")) == {f"As good as v2, which is recommended: {errors}"}


def test_an_empty_table_builds(dbt: Dbt, paintings: Path) -> None:
    """Tests of a column need no run here: they pass where there is no row."""
    dbt.succeed("run", paintings_file=write_csv(paintings, []))
    counts = ("dedupe_summary", "level_scorecard")
    dbt.succeed("test", "-s", "test_type:singular", *counts, paintings_file=paintings)
    assert dbt.table("dedupe_summary")["PaintingsRows"].tolist() == [0]


def test_an_empty_build_passes_and_forgets_nothing(dbt: Dbt, paintings: Path) -> None:
    """dbt's flag --empty tries every relation on no rows; ages are remembered all the same."""
    remembered = "int_fingerprints_first_seen"
    given = {"paintings_file": write_csv(paintings, [SOUND])}
    dbt.succeed("run", "--empty", **given)
    assert dbt.table("dedupe_summary")["PaintingsRows"].tolist() == [0]
    assert dbt.table("Paintings").to_dict("records") == [SOUND]
    run = ("run", "-s", "+unique_paintings.v2")
    dbt.succeed(*run, **given)
    before = {name: dbt.table(name) for name in ("UniquePaintings_v2", remembered)}
    dbt.succeed(*run, "--empty", **given)
    assert len(dbt.table("UniquePaintings_v2")) == 0
    assert dbt.table(remembered).equals(before[remembered])
    dbt.succeed(*run, **given)
    assert all(dbt.table(name).equals(table) for name, table in before.items())
    assert len(before["UniquePaintings_v2"]) == 1


def test_the_table_stays_when_no_file_is_named(dbt: Dbt, paintings: Path) -> None:
    """`dbt run` on one's file is followed by `dbt test` and `dbt docs` without the var."""
    dbt.succeed(*RUN_VERSION_1, paintings_file=write_csv(paintings, [SOUND]))
    before = {name: dbt.table(name) for name in ("Paintings", "UniquePaintings")}
    # Cautious: without the tests that read other marts too, which were not built.
    only = ("-s", "unique_paintings.v1", "--indirect-selection", "cautious")
    dbt.succeed("test", *only, *NO_UNIT_TESTS)
    dbt.succeed("docs", "generate", "--static", "-s", "unique_paintings.v1")
    dbt.succeed(*RUN_VERSION_1)
    assert all(dbt.table(name).equals(table) for name, table in before.items())
    assert "UniquePaintings" in (dbt.folder / "target" / "static_index.html").read_text("utf-8")


def test_without_file_and_table_a_sample_is_loaded_and_said_so(dbt: Dbt) -> None:
    """The project runs as it is cloned, and nobody takes the sample for a table of theirs."""
    said = dbt.succeed(*RUN_FIRST)
    assert "loading the sample demo/paintings.csv" in said
    assert "--vars '{paintings_file: my.csv}'" in said
    assert len(dbt.table("Paintings")) == 354


def test_a_table_that_has_types_already_builds(dbt: Dbt) -> None:
    """As `ingest load` makes it."""
    with dbt.warehouse() as warehouse:
        row = [int(SOUND[c]) if c in reference.NUMBERS else SOUND[c] for c in COLUMN_TYPES]
        warehouse.write("Paintings", COLUMN_TYPES, [row])
    dbt.succeed(*RUN_VERSION_1)
    assert dbt.table("UniquePaintings")["DHashHex3"].tolist() == ["00e1"]


def test_a_schema_without_the_table_is_named_instead_of_loading_a_sample(dbt: Dbt) -> None:
    """It may be misspelt; a sample in it would hide that."""
    with dbt.warehouse() as warehouse:
        warehouse.write("Other", {"Column1": "int"}, [[1]], schema="rwa")
    misspelt = dbt.run("run", paintings_schema="raw")
    assert misspelt.returncode != 0
    said = " ".join(misspelt.stdout.split())
    assert "there is no schema raw, which var paintings_schema names" in said
    assert "Schemas of the database: main, rwa." in said
    assert "loading the sample" not in said
    with dbt.warehouse() as warehouse:
        warehouse.write("Other", {"Column1": "int"}, [[1]], schema="raw")
    empty = dbt.run("run", paintings_schema="raw")
    assert empty.returncode != 0
    assert 'there is no table "paintings"."raw"."Paintings"' in " ".join(empty.stdout.split())
    with dbt.warehouse() as warehouse:
        row = [int(SOUND[c]) if c in reference.NUMBERS else SOUND[c] for c in COLUMN_TYPES]
        warehouse.write("Paintings", COLUMN_TYPES, [row], schema="raw")
    dbt.succeed(*RUN_VERSION_1, paintings_schema="raw")
    assert dbt.table("UniquePaintings")["URL"].tolist() == [SOUND["URL"]]


def test_a_file_is_loaded_into_a_schema_that_is_named(dbt: Dbt, paintings: Path) -> None:
    write_csv(paintings, [SOUND])
    dbt.succeed(*RUN_VERSION_1, paintings_schema="fresh", paintings_file=paintings)
    assert dbt.table("UniquePaintings")["URL"].tolist() == [SOUND["URL"]]


def test_level_and_seed_are_vars(dbt: Dbt, paintings: Path) -> None:
    """Another level decides and is the key, for the uploader too."""
    rows = [SOUND, SOUND | {"DHashHex5": "ab" * 7, "URL": "http://example.org/2"}]
    write_csv(paintings, rows)
    variables = {
        "paintings_file": paintings,
        "hash_level": 5,
        "split_seed": "other",
        "train_share": 0.5,
    }
    dbt.succeed("run", **variables)
    dbt.succeed("test", "-s", "test_type:singular", "marts.paintings", *NO_UNIT_TESTS, **variables)
    unique = dbt.table("UniquePaintings")
    randoms = dict(zip(unique["DHashHex5"], unique["Random"], strict=True))
    assert randoms == {text: reference.random(text, "other") for text in ("00e1" * 3, "ab" * 7)}
    manifest = json.loads((dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    meta = manifest["exposures"]["exposure.paintings_dedupe.paintings_image_set"]["config"]["meta"]
    assert (meta["hash_column"], meta["train_share"]) == ("DHashHex5", 0.5)


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
                "var hash_levels must name dHash sizes from 1 to 8",
                "var hash_level is 3.0",
                "var train_share must be a number from 0 to 1, not most",
            ],
        ),
        ({"hash_levels": [3, 3]}, ["var hash_levels must name dHash sizes from 1 to 8, each once"]),
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


def test_vars_of_others_pass(dbt: Dbt, paintings: Path) -> None:
    """Of a package, as a dictionary; of a user's own models, when the project lists them."""
    write_csv(paintings, [SOUND])
    others = {"some_package": {"verbose": True}, "my_model_days": 3, "other_vars": ["my_model_*"]}
    dbt.succeed("run", "-s", "rejected_lines", paintings_file=paintings, **others)


def test_every_var_of_the_project_is_known_to_the_check() -> None:
    """A var that is added to dbt_project.yml alone would be refused on the command line."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    macro = (ROOT / "macros" / "check_var_names.sql").read_text(encoding="utf-8")
    assert [name for name in settings["vars"] if f"'{name}'" not in macro] == []
