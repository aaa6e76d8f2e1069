"""What vars do by which users name files and tables of their own, a level or a seed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from paintings_dedupe.ingest.tables.rows import COLUMN_TYPES
from tests.helpers.dbt_project import Dbt, new_dbt
from tests.models import reference
from tests.models.compiled import CompiledModels
from tests.models.tables import frame

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
    assert "paintings.csv' has no column URL, DHashHex7" in finished.stdout


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


def test_methods_that_err_equally_often_are_as_good(compiled: CompiledModels) -> None:
    """One of them has to come first; of the others, nothing speaks against them."""
    scorecard = compiled.read_after(frame([SOUND]))("level_scorecard")
    reasons = scorecard.set_index("Method")["Reason"]
    errors = (
        "0 (0 wrong merges, 0 merges across artists, 0 merges of flat images, 0 misses, "
        "0 leaked pairs)"
    )
    assert reasons["v2"] == f"Recommended: fewest suspected errors, {errors}"
    assert set(reasons.drop("v2")) == {f"As good as v2, which is recommended: {errors}"}


def test_an_empty_table_builds(dbt: Dbt, paintings: Path) -> None:
    """Tests of a column need no run here: they pass where there is no row."""
    said = dbt.succeed("run", paintings_file=write_csv(paintings, []))
    assert f"Warning: paintings_file '{paintings}' has columns, but no rows" in said
    counts = ("dedupe_summary", "level_scorecard")
    dbt.succeed("test", "-s", "test_type:singular", *counts, paintings_file=paintings)
    assert dbt.table("dedupe_summary")["PaintingsRows"].tolist() == [0]


def test_an_empty_build_passes_and_forgets_nothing(dbt: Dbt, paintings: Path) -> None:
    """dbt's flag --empty tries every relation on no rows; ages are remembered all the same."""
    remembered = "int_fingerprints_first_seen"
    given = {"paintings_file": write_csv(paintings, [SOUND])}
    run = ("run", "-s", f"+{remembered}")
    dbt.succeed(*run, **given)
    before = dbt.table(remembered)
    assert len(before) == 1
    dbt.succeed("run", "--empty", **given)
    assert dbt.table("dedupe_summary")["PaintingsRows"].tolist() == [0]
    assert len(dbt.table("UniquePaintings_v2")) == 0
    assert dbt.table("Paintings").to_dict("records") == [SOUND]
    assert dbt.table(remembered).equals(before)
    dbt.succeed(*run, **given)
    assert dbt.table(remembered).equals(before)


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
