"""What only a live SQL Server can show: its collation, digests, types, transactions and size."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.common.warehouse.values import Value
from paintings_dedupe.ingest.tables.rows import COLUMN_TYPES
from tests.helpers.dbt_project import ROOT, Dbt, names_in, new_dbt, require_sql_server
from tests.models import reference
from tests.models.compare import assert_models_match, bag

pytestmark = pytest.mark.sqlserver

# Gives a table that was set aside its name back, a while after it is told to.
PUT_BACK = """
import sys, time
from pathlib import Path
from paintings_dedupe.common.warehouse.connection import open_warehouse
with open_warehouse(Path(), target="sqlserver") as warehouse:
    print("connected", flush=True)
    schema = sys.stdin.readline().strip()
    time.sleep(1)
    rename = f"exec sp_rename '{schema}.swapped__dbt_tmp', 'swapped', 'object'"
    list(warehouse.query(rename))
"""

# Loads one row into a schema that is not there yet, when it is told to.
FIRST_LOAD = """
import sys
from pathlib import Path
from paintings_dedupe.common.warehouse.connection import open_warehouse
with open_warehouse(Path(), target="sqlserver") as warehouse:
    print("connected", flush=True)
    sys.stdin.readline()
    warehouse.write(sys.argv[2], {"n": "int"}, [[1]], sys.argv[1])
"""

ALL_TEXT = dict.fromkeys(reference.COLUMNS, "nvarchar(max)")
# As pandas' to_sql may have made it.
ALL_FLOAT = ALL_TEXT | dict.fromkeys(reference.NUMBERS, "float") | {"URL": "varchar(max)"}

MARTS = (
    "UniquePaintings",
    "duplicate_paintings",
    "rejected_paintings",
    "unique_counts_by_artist",
    "unique_counts_by_level",
    "dedupe_summary",
)
_ARTISTS = [
    "Monet",
    "monet",
    " Monet ",
    "Mo\u200bnet\u00a0",
    "\ufeff \u3000",
    "Mönet",
    "Edouard",
    "Édouard",
    "ÉDOUARD",
    "莫奈",
    "",
    None,
]
_SIZES = ["100", "100.0", " 200 ", "1e3", "200", "0", "-1", "1.5", "wide", "1_0", "1d2", "", None]
_DIGITS = (32, 25, 18, 13, 8, 5, 2, 1)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    require_sql_server()
    return new_dbt(tmp_path_factory.mktemp("sqlserver"), "sqlserver")


@pytest.fixture(scope="module")
def dbt_on_floats(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """With a schema of its own, since a table that is there keeps its types."""
    require_sql_server()
    project = new_dbt(tmp_path_factory.mktemp("floats"), "sqlserver")
    return replace(project, schema="paintings_test_floats")


def relations(dbt: Dbt) -> set[str]:
    """The names of what the models make, as the last command found them."""
    nodes = _manifest(dbt)["nodes"].values()
    return {node["alias"] for node in nodes if node["resource_type"] == "model"}


def sources(dbt: Dbt) -> set[str]:
    """The names of what the models read; what is not there at first, the build makes."""
    return {table["identifier"] for table in _manifest(dbt)["sources"].values()}


def _manifest(dbt: Dbt) -> dict[str, dict[str, dict[str, Any]]]:
    manifest = dbt.folder / "target" / "manifest.json"
    return json.loads(manifest.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def generated(count: int) -> list[list[Value]]:
    """Rows with nulls, mixed case, trailing blanks, accents and ties, the same in every run."""
    draw = random.Random(1)  # noqa: S311 (no secret)
    rows = []
    for number in range(count):
        row: dict[str, Value] = {
            f"DHashHex{level}": draw.choice(
                [(text * 16)[:most] for text in ("0a", "0A", "f1", "00", "12244")]
                + [" " + ("f1" * 16)[:most]]
                + ([("0a" * 16)[1:most], "0"] if level % 2 == 0 else [])
            )
            for level, (_, most) in reference.DIGITS.items()
        }
        if draw.random() < 0.05:
            row["DHashHex5"] = draw.choice([None, "", "0x1", "g", "é", "\uff41", "f" * 41])
        row["DHashHex3"] = draw.choice([f"{number % 997:05x}", f"{number % 997:05X} "])
        row |= {
            "Artist": draw.choice(_ARTISTS),
            "ArtistNumber": draw.choice(["1", "2", None, "x"]),
            "Width": draw.choice(_SIZES),
            "Height": draw.choice(_SIZES),
            "EncodingFormat": draw.choice(["jpeg", "JPEG", " png", "\uff4apeg", None]),
            "Name": draw.choice(["a", "A", "a ", "é", None]),
            "URL": draw.choice([f"http://a/{number % 50}", f"http://A/{number % 50} ", None]),
        }
        rows.append([row[column] for column in reference.COLUMNS])
    return rows


def test_bad_and_odd_rows_end_as_the_reference_says(dbt: Dbt) -> None:
    rows = generated(3_000)
    with dbt.warehouse() as warehouse:
        warehouse.write("Paintings", ALL_TEXT, rows, replace=True)
    dbt.succeed("build")
    # As they were written: mssql-python drops a byte order mark that a text read begins with.
    written = pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
    assert_models_match(lambda name: written if name == "Paintings" else dbt.table(name))


def test_numbers_may_be_floats_and_text_of_any_length(dbt_on_floats: Dbt) -> None:
    number = {"Width": 1234567.0, "Height": 480.0, "ArtistNumber": 3.0}
    sound = reference.SOUND_HASHES | {
        "Artist": "Édouard",
        "EncodingFormat": "jpeg",
        "Name": "x",
        "URL": "http://a/1",
    }
    rows = [sound | number, sound | number | {"Width": 0.5, "URL": "http://a/2"}]
    dbt = dbt_on_floats
    with dbt.warehouse() as warehouse:
        values = [[row[column] for column in reference.COLUMNS] for row in rows]
        warehouse.write("Paintings", ALL_FLOAT, values, replace=True)
    dbt.succeed("run")
    unique = dbt.table("UniquePaintings")
    assert unique[["Width", "Height", "ArtistNumber"]].to_numpy().tolist() == [[1234567, 480, 3]]
    assert unique["Artist"].tolist() == ["Édouard"]
    assert dbt.table("rejected_paintings")["RejectionReason"].tolist() == [
        "Width is not a whole number"
    ]


def test_a_second_build_changes_nothing(dbt: Dbt) -> None:
    with dbt.warehouse() as warehouse:
        warehouse.write("Paintings", ALL_TEXT, generated(500), replace=True)
    dbt.succeed("run")
    before = {name: dbt.table(name) for name in MARTS}
    dbt.succeed("build")
    for name, table in before.items():
        pd.testing.assert_frame_equal(dbt.table(name), table)


def test_a_hundred_thousand_rows(dbt: Dbt, tmp_path: Path) -> None:
    """Loaded by ingest from a file; every relation holds the same rows as on DuckDB."""
    frame = pd.DataFrame(generated(100_000), columns=reference.COLUMNS, dtype=object)
    # Only what an int or nvarchar(40) can hold.
    sizes = ["100", "100.0", " 200 ", "200", "0", "-1", "", None]
    for column in ("Width", "Height"):
        frame[column] = [size if size in sizes else "300" for size in frame[column]]
    frame["ArtistNumber"] = frame["ArtistNumber"].replace("x", "3")
    frame["DHashHex5"] = frame["DHashHex5"].str[:40]
    frame["DHashHex3"] = [f"{number % 60_000:x}" for number in frame.index]
    frame.to_csv(tmp_path / "many.csv", index=False)
    load = ["load", str(tmp_path / "many.csv"), "--target", "sqlserver", "--replace"]
    loaded = subprocess.run(
        [sys.executable, "-m", "paintings_dedupe.ingest", *load],
        cwd=ROOT,
        env=dbt.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    dbt.succeed("build")
    embedded = new_dbt(tmp_path)
    embedded.succeed("run", paintings_file=tmp_path / "many.csv")
    assert embedded.table("dedupe_summary")["PaintingsRows"].tolist() == [100_000]
    for relation in MARTS:
        ours, theirs = dbt.table(relation), embedded.table(relation)
        columns = list(theirs.columns)
        assert len(theirs) > 0, relation
        assert bag(ours, columns) == bag(theirs, columns), relation


def test_texts_at_their_full_length_and_beyond(tmp_path: Path) -> None:
    """One row has every text as long as its column takes, the next one character more of each."""
    require_sql_server()
    dbt = replace(new_dbt(tmp_path, "sqlserver"), schema="paintings_test_lengths")
    longest = {"Artist": 400, "EncodingFormat": 40, "Name": 1000, "URL": 2000}
    hashes = {name: "8" * digits for name, digits in zip(reference.HASHES, _DIGITS, strict=True)}
    rows = []
    for more in (0, 1):
        text = {name: "é" * (length + more) for name, length in longest.items()}
        row = text | hashes | dict.fromkeys(reference.NUMBERS, "7")
        rows.append([row[column] for column in reference.COLUMNS])
    pd.DataFrame(rows, columns=reference.COLUMNS).to_csv(tmp_path / "long.csv", index=False)
    with dbt.warehouse() as warehouse:
        warehouse.write("Paintings", ALL_TEXT, rows, replace=True)
    dbt.succeed("build")
    unique = dbt.table("UniquePaintings")
    assert unique[list(longest)].to_numpy().tolist() == [["é" * n for n in longest.values()]]
    (rejected,) = dbt.table("rejected_paintings")["RejectionReason"]
    for name, length in longest.items():
        assert f"{name} is longer than {length} characters" in rejected
    embedded = new_dbt(tmp_path)
    embedded.succeed("run", paintings_file=tmp_path / "long.csv")
    for relation in relations(embedded):
        ours, theirs = dbt.table(relation), embedded.table(relation)
        assert bag(ours, list(theirs.columns)) == bag(theirs, list(theirs.columns)), relation


def test_nothing_is_left_behind_and_nothing_warned_of(tmp_path: Path) -> None:
    """Neither models, which are made under another name, nor unit tests leave a table."""
    require_sql_server()
    dbt = replace(new_dbt(tmp_path, "sqlserver"), schema="paintings_test_left")
    with dbt.warehouse() as warehouse:
        warehouse.write("Paintings", ALL_TEXT, generated(50), replace=True)
    for command in ("build", "build", "test"):
        assert "WARNING" not in dbt.succeed(command)
        assert names_in(dbt) == sources(dbt) | relations(dbt), command


def test_first_loads_into_a_new_schema_at_once(dbt: Dbt) -> None:
    schema = f"paintings_test_new_{uuid.uuid4().hex}"
    loads = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_LOAD, schema, f"t{number}"],
            cwd=ROOT,
            env=dbt.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for load in loads:
        assert load.stdout
        assert load.stdout.readline() == "connected\n"
    for load in loads:
        assert load.stdin
        load.stdin.write("go\n")
        load.stdin.flush()
    try:
        for load in loads:
            _, errors = load.communicate()
            assert load.returncode == 0, errors
    finally:
        with dbt.warehouse() as warehouse:
            for number in range(4):
                list(warehouse.query(f"drop table if exists {schema}.t{number}"))
            list(warehouse.query(f"drop schema {schema}"))


def test_a_load_that_fails_leaves_the_table_as_it_was(dbt_on_floats: Dbt) -> None:
    good = [None if column in reference.NUMBERS else "0a" for column in reference.COLUMNS]
    bad = ["wide" if column == "Width" else "0a" for column in reference.COLUMNS]
    with dbt_on_floats.warehouse() as warehouse:
        warehouse.write("Paintings", ALL_FLOAT, [good], replace=True)
        with pytest.raises(WarehouseError):
            warehouse.write("Paintings", ALL_FLOAT, [good] * 3_000 + [bad], replace=True)
    with dbt_on_floats.warehouse() as warehouse:
        assert warehouse.count("Paintings") == 1


def test_text_arrives_as_it_is_whatever_stands_beside_it(dbt: Dbt) -> None:
    """A driver that guesses types goes by the longest text, here one that needs no Unicode."""
    texts = ["莫奈", "Édouard", "🎨", "", None, "a" * 400]
    with dbt.warehouse() as warehouse:
        columns = {"n": "int", "artist": "nvarchar(400)", "size": "float"}
        rows: list[list[Value]] = [[n, text, n / 3] for n, text in enumerate(texts)]
        rows.append([None, None, None])
        warehouse.write("texts", columns, rows, replace=True)
        table = warehouse.relation("texts")
        (frame,) = warehouse.query(f"select n, artist, size from {table} order by n")
    assert frame.to_numpy().tolist() == [rows[-1], *rows[:-1]]


def test_dbt_builds_while_the_table_is_being_read(dbt: Dbt) -> None:
    with dbt.warehouse() as warehouse:
        warehouse.write("Paintings", ALL_TEXT, generated(3_000), replace=True)
    dbt.succeed("run")
    with subprocess.Popen(
        [Path(sys.executable).parent / "dbt", "build", "--target", "sqlserver"],
        cwd=ROOT,
        env=dbt.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as build:
        reads = 0
        # Each read connects anew, as the uploader does.
        while build.poll() is None:
            with dbt.warehouse() as warehouse:
                relation = warehouse.relation("UniquePaintings")
                assert sum(len(frame) for frame in warehouse.query(f"select * from {relation}"))
            reads += 1
        output = build.stdout.read() if build.stdout else ""
    assert build.returncode == 0, output
    assert reads > 3


def test_a_table_that_is_being_swapped_is_waited_for(dbt: Dbt) -> None:
    """Its name is missing, as between the two renames of a swap, and comes back meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-c", PUT_BACK],
        cwd=ROOT,
        env=dbt.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "connected\n"
        with dbt.warehouse() as warehouse:
            table = warehouse.relation("swapped")
            list(warehouse.query(f"drop table if exists {table}"))
            warehouse.write("swapped__dbt_tmp", {"n": "int"}, [[1], [2]], replace=True)
            other.stdin.write(f"{dbt.schema}\n")
            other.stdin.flush()
            (frame,) = warehouse.query(f"select n from {table}")
    assert sorted(frame["n"]) == [1, 2]
    assert other.returncode == 0


def test_a_table_that_stays_away_is_told(dbt: Dbt) -> None:
    """And the warehouse goes on, although the adapter closes a connection whose query fails."""
    with dbt.warehouse() as warehouse:
        relation = warehouse.relation("no_such_table")
        with pytest.raises(WarehouseError, match="no_such_table"):
            list(warehouse.query(f"select n from {relation}"))
        assert warehouse.count("no_such_table") is None


def test_the_analyses_agree_with_the_models(tmp_path: Path) -> None:
    """Where no row is rejected and no artist has two spellings, as they say of themselves."""
    require_sql_server()
    dbt = replace(new_dbt(tmp_path, "sqlserver"), schema="paintings_test_analyses")
    draw = random.Random(2)  # noqa: S311 (no secret)
    rows: list[list[Value]] = [
        [
            draw.choice(["Monet", "Édouard Manet", "莫奈"]),
            draw.choice([1, None]),
            draw.randint(1, 3),
            draw.randint(1, 3),
            "jpeg",
            draw.choice(["x", "é", None]),
            f"http://a/{number}",
            *(f"{draw.randrange(16 * level):x}" for level in reference.LEVELS),
        ]
        for number in range(2_000)
    ]
    with dbt.warehouse() as warehouse:
        warehouse.write("Paintings", COLUMN_TYPES, rows, replace=True)
    dbt.succeed("run")
    dbt.succeed("compile")
    analyses = dbt.folder / "target" / "compiled" / "paintings_dedupe" / "analyses"

    def answer(name: str) -> list[dict[str, object]]:
        with dbt.warehouse() as warehouse:
            frames = warehouse.query((analyses / f"{name}.sql").read_text(encoding="utf-8"))
            return [row for frame in frames for row in frame.to_dict("records")]

    counts = {row.pop("Artist"): row for row in answer("unique_counts_by_windows")}
    marts = dbt.table("unique_counts_by_artist").to_dict("records")
    assert counts == {row.pop("Artist"): row for row in marts}
    assert len(counts) == 3

    columns = ["DHashHex3", "Width", "Height"]
    kept = [tuple(row[c] for c in columns) for row in answer("unique_paintings_by_window")]
    unique = dbt.table("UniquePaintings")
    assert sorted(kept) == sorted(unique[columns].itertuples(index=False, name=None))

    assert answer("row_count_comparison") == [
        {
            "PaintingsRows": len(rows),
            "UniquePaintingsRows": len(unique),
            "EliminatedRows": len(rows) - len(unique),
        }
    ]
