"""A table file ends in the warehouse whole, or not at all."""

from __future__ import annotations

import csv
import datetime
import decimal
import signal
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.ingest.cli import main
from paintings_dedupe.ingest.tables.rows import ALL_TYPES, COLUMNS, MEASURES
from tests.helpers.painted import painted

SOUND: dict[str, object] = dict.fromkeys(COLUMNS, "00e1") | {
    "Artist": "Édouard Manet",
    "ArtistNumber": "3",
    "Width": "640",
    "Height": "480.0",
    "EncodingFormat": "jpeg",
    "Name": "Bar, aux Folies\nBergère",
    "URL": "http://example.org/1",
}
# As the database holds it.
UNMEASURED: dict[str, object] = dict.fromkeys(MEASURES)
STORED = SOUND | {"ArtistNumber": 3, "Width": 640, "Height": 480} | UNMEASURED

Load = Callable[..., tuple[int, str]]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "gallery.duckdb"


@pytest.fixture
def load(database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Load:
    """``ingest load`` with a profile whose only target is a DuckDB file."""
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nprofile: tiny\n")
    (tmp_path / "profiles.yml").write_text(
        f"tiny: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{database}'}}}}}}\n"
    )

    def run(table_file: Path, *options: str) -> tuple[int, str]:
        code: object = 0
        try:
            main(["load", str(table_file), "--project-dir", str(tmp_path), *options])
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        return code, capsys.readouterr().err

    return run


def write_csv(path: Path, *rows: dict[str, object]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "Extra"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def stored(database: Path) -> list[dict[str, object]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        cursor = connection.execute("select * from Paintings")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_csv_is_loaded_with_its_types(load: Load, database: Path, tmp_path: Path) -> None:
    unknown = SOUND | {"Width": "", "Height": " ", "Name": "", "ArtistNumber": ""}
    assert load(write_csv(tmp_path / "a.csv", SOUND, unknown | {"Extra": "x"}))[0] == 0
    nulls = dict.fromkeys(["Width", "Height", "Name", "ArtistNumber"])
    assert stored(database) == [STORED, STORED | nulls]
    with duckdb.connect(str(database)) as connection:
        types = connection.execute(
            "select column_name, data_type from duckdb_columns where table_name = 'Paintings'"
        ).fetchall()
    assert [name for name, _ in types] == list(ALL_TYPES)
    assert {name for name, kind in types if kind == "INTEGER"} == {
        "ArtistNumber",
        "Width",
        "Height",
        *MEASURES,
    }


def test_a_parquet_file_is_loaded_alike(load: Load, database: Path, tmp_path: Path) -> None:
    """As pandas writes it: numbers with gaps are floats, and columns are in another order."""
    rows = [STORED | {"Width": 640.0}, STORED | {"Width": None}]
    columns = {name: [row[name] for row in rows] for name in reversed(COLUMNS)}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet")[0] == 0
    assert stored(database) == [STORED, STORED | {"Width": None}]


def test_measures_are_loaded_where_the_table_has_them(
    load: Load, database: Path, tmp_path: Path
) -> None:
    """An upstream job's table may lack some; what is no whole number is as good as missing."""
    measured = {"IsColour": "1", "ColourCount": "257.0", "DetailPixels": "many", "IsTurned": ""}
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, [*measured, *COLUMNS])
        writer.writeheader()
        writer.writerow(SOUND | measured)
    assert load(file)[0] == 0
    assert stored(database) == [STORED | {"IsColour": 1, "ColourCount": 257}]
    with duckdb.connect(str(database)) as connection:
        for column in set(MEASURES) - {"IsColour"}:
            connection.execute(f"alter table Paintings drop column {column}")
    code, said = load(file, "--replace")
    assert code == 0
    assert "The table has no column ColourCount, so these values were left out" in said
    kept = {name: value for name, value in STORED.items() if name not in MEASURES}
    assert stored(database) == [kept | {"IsColour": 1}]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_measure_that_is_there_twice_is_refused(load: Load, tmp_path: Path, suffix: str) -> None:
    names = [*COLUMNS, "IsColour", "iscolour"]
    file = tmp_path / f"a{suffix}"
    if suffix == ".csv":
        file.write_text(",".join(names) + "\n", encoding="utf-8")
    else:
        pq.write_table(pa.table([pa.array(["1"])] * len(names), names=names), file)
    code, said = load(file)
    assert (code, "IsColour" in said) == (1, True)


def test_many_rows_arrive_in_order(load: Load, database: Path, tmp_path: Path) -> None:
    """More than two batches."""
    rows = [SOUND | {"URL": f"http://example.org/{number}"} for number in range(5_000)]
    assert load(write_csv(tmp_path / "a.csv", *rows))[0] == 0
    assert [row["URL"] for row in stored(database)] == [row["URL"] for row in rows]


def test_a_table_with_rows_is_not_touched_unasked(
    load: Load, database: Path, tmp_path: Path
) -> None:
    one, other = SOUND, SOUND | {"URL": "http://example.org/2"}
    assert load(write_csv(tmp_path / "a.csv", one))[0] == 0
    code, said = load(write_csv(tmp_path / "b.csv", other))
    assert (code, [row["URL"] for row in stored(database)]) == (1, ["http://example.org/1"])
    assert "already has 1 row. Use --replace or --append." in said
    code, said = load(tmp_path / "b.csv", "--append")
    assert (code, len(stored(database))) == (0, 2)
    # Whoever mistook the target sees it.
    place = f'"gallery"."main"."Paintings" of the target dev ({database})'
    assert f"1 row loaded into {place}, which now has 2" in said
    code, said = load(tmp_path / "b.csv", "--replace", "--append")
    assert (code, len(stored(database))) == (2, 2)
    assert "--replace and --append cannot be combined" in said
    assert load(tmp_path / "b.csv", "--replace")[0] == 0
    assert [row["URL"] for row in stored(database)] == ["http://example.org/2"]


MISFITS = [
    ({"Width": "wide"}, "Width is not a number: 'wide'"),
    ({"Height": "1.5"}, "Height is not a whole number that fits an int: '1.5'"),
    ({"ArtistNumber": "2147483648"}, "ArtistNumber is not a whole number that fits an int"),
    ({"Width": "nan"}, "Width is not a whole number that fits an int: 'nan'"),
    ({"Height": "inf"}, "Height is not a whole number that fits an int: 'inf'"),
    ({"Width": "1_200"}, "Width is not a number: '1_200'"),
    ({"Width": "٣"}, "Width is not a number: '٣'"),
    ({"Artist": "é" * 401}, "Artist has 401 characters, more than 400"),
    ({"Artist": "🎨" * 201}, "Artist has 402 characters, more than 400"),
    ({"DHashHex3": "f" * 41}, "DHashHex3 has 41 characters, more than 40"),
]


def test_an_error_of_the_engine_tells_no_secret(load: Load, database: Path, tmp_path: Path) -> None:
    """DuckDB and SQL Server quote the value that does not fit its column."""
    with duckdb.connect(str(database)) as connection:
        kinds = ", ".join(f"{name} {'int' if name == 'URL' else 'varchar'}" for name in COLUMNS)
        connection.execute(f"create table Paintings ({kinds})")
    secret = SOUND | {"URL": "http://user:pa55word@example.org/1"}
    code, said = load(write_csv(tmp_path / "a.csv", secret))
    assert code == 1
    assert "Could not convert string" in said
    assert "pa55word" not in said


def test_a_file_without_a_header_tells_no_secret(load: Load, tmp_path: Path) -> None:
    """Its first line is a row."""
    path = tmp_path / "a.csv"
    path.write_text("Monet,Lilies,http://user:pa55word@example.org/1?sig=5ecret\n")
    code, said = load(path)
    assert code == 1
    assert "The first line must name the columns" in said
    assert "Monet,Lilies" in said
    assert "pa55word" not in said
    assert "5ecret" not in said


def test_numbers_are_read_as_the_models_read_them(
    load: Load, database: Path, tmp_path: Path
) -> None:
    """Without what cannot be seen, such as spaces that a spreadsheet put there."""
    numbers = {"Width": "\u00a0640\u200b", "Height": "4.80e2", "ArtistNumber": " +3.0"}
    assert load(write_csv(tmp_path / "a.csv", SOUND | numbers))[0] == 0
    assert stored(database) == [STORED]


@pytest.mark.parametrize("options", [(), ("--replace",), ("--append",)])
def test_rows_that_do_not_fit_are_named_and_nothing_is_loaded(
    load: Load, database: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    load(write_csv(tmp_path / "old.csv", SOUND), "--replace")
    # Enough sound rows for a whole batch to be written before the first misfit.
    rows = [SOUND] * 2_500 + [SOUND | change for change, _ in MISFITS]
    code, said = load(write_csv(tmp_path / "new.csv", *rows), *(options or ("--replace",)))
    assert code == 1
    # The name of a sound row takes two lines.
    for number, (_, reason) in enumerate(MISFITS):
        assert f"line {2 + 2 * (2_500 + number)}: {reason}" in said
    assert stored(database) == [STORED]


def test_the_others_are_loaded_when_misfits_may_be_left_out(
    load: Load, database: Path, tmp_path: Path
) -> None:
    rows = [SOUND, *(SOUND | change for change, _ in MISFITS), SOUND]
    code, said = load(write_csv(tmp_path / "a.csv", *rows), "--skip-misfits")
    assert (code, stored(database)) == (0, [STORED, STORED])
    assert all(reason in said for _, reason in MISFITS)
    with duckdb.connect(str(database), read_only=True) as connection:
        listed = connection.execute('select Line, Reason from "RejectedLines" order by Line')
        lines = listed.fetchall()
    # Each row takes two lines.
    assert [line for line, _ in lines] == [4 + 2 * number for number in range(len(MISFITS))]
    assert all(
        told.startswith(reason) for (_, told), (_, reason) in zip(lines, MISFITS, strict=True)
    )


def test_lines_that_are_no_rows_are_listed_and_the_others_loaded(
    load: Load, database: Path, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", SOUND, SOUND)
    with path.open("a", encoding="utf-8") as file:
        file.write("too,short\n" + ",".join("abcdefghijklmnopq") + "\n" + '"open,,,\n')
    listed = [
        (str(path), 6, "it ends after 2 of 16 fields: cut off, or broken in two"),
        (str(path), 7, "more fields than columns: a field with a comma needs quotes"),
        (str(path), 8, "a quote that is not closed"),
    ]
    code, said = load(path)
    with duckdb.connect(str(database), read_only=True) as connection:
        rejected = connection.execute('select * from "RejectedLines" order by Line').fetchall()
    assert (code, rejected, stored(database)) == (0, listed, [STORED, STORED])
    assert all(f"line {line}: {reason}" in said for _, line, reason in listed)


def test_a_file_without_a_single_row_is_refused_with_the_first_reason(
    load: Load, database: Path, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv")
    path.write_bytes(path.read_bytes() + b"\xe9\n\xe9\n")
    code, said = load(path)
    assert code == 1
    assert "line 2: not text in this encoding" in said
    assert "--encoding" in said


def test_what_excel_saves_on_windows_is_read_by_its_encoding(
    load: Load, database: Path, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", SOUND)
    text = path.read_text(encoding="utf-8").replace(",", ";").replace("Bar;", "Bar,")
    path.write_bytes(text.replace("Bar", "“Bar” €").encode("cp1252"))
    assert load(path, "--encoding", "cp1252")[0] == 0
    assert [row["Name"] for row in stored(database)] == ["“Bar” €, aux Folies\nBergère"]


def test_parquet_columns_of_every_kind(load: Load, database: Path, tmp_path: Path) -> None:
    """Bytes without a mark that they are text, numbers, dates: none in a form of Python's."""
    size = 12
    table = pa.table(
        dict.fromkeys(COLUMNS, pa.array(["00e1", "00e1"]))
        | {
            "Artist": pa.array(["Paul Cézanne".encode(), None], pa.binary()),
            "ArtistNumber": pa.array([3, None], pa.float64()),
            "Width": pa.array([decimal.Decimal("640.00"), None]),
            "Height": pa.array(["480", None]).dictionary_encode(),
            "EncodingFormat": pa.array([b"jpeg".ljust(size, b"\0"), None], pa.binary(size)),
            "Name": pa.array([datetime.date(1895, 1, 2), None]),
            "URL": pa.array(["http://example.org/é".encode(), None], pa.large_binary()),
            "DHashHex5": pa.array([12, None], pa.int64()),
            "DHashHex4": pa.array([8820.0, None], pa.float64()),
            "DHashHex3": pa.array(["0a1", None], pa.large_string()),
            "DHashHex2": pa.nulls(2),
        }
    )
    pq.write_table(table, tmp_path / "a [1].parquet")
    pq.write_table(table.slice(1), tmp_path / "a 1.parquet")
    assert load(tmp_path / "a [1].parquet")[0] == 0
    first, second = stored(database)
    assert first == dict.fromkeys(COLUMNS, "00e1") | UNMEASURED | {
        "Artist": "Paul Cézanne",
        "ArtistNumber": 3,
        "Width": 640,
        "Height": 480,
        "EncodingFormat": "jpeg",
        "Name": "1895-01-02",
        "URL": "http://example.org/é",
        "DHashHex5": "12",
        "DHashHex4": "8820",
        "DHashHex3": "0a1",
        "DHashHex2": None,
    }
    assert set(second.values()) == {None, "00e1"}


def test_parquet_values_that_are_missing_or_spelled_otherwise(
    load: Load, database: Path, tmp_path: Path
) -> None:
    """NaN, which some programs write where a number lacks; a hash as a UUID."""
    hash_text = "00e1".zfill(32)
    columns: dict[str, object] = {name: [str(STORED[name])] for name in COLUMNS}
    columns["Width"] = pa.array([float("nan")])
    columns["DHashHex8"] = pa.array([uuid.UUID(hash_text).bytes], pa.uuid())
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet")[0] == 0
    assert stored(database) == [STORED | {"Width": None, "DHashHex8": hash_text}]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["URL"], "has more than one column URL"),
        (["url"], "has more than one column URL"),
        (["Note", "note", "URL_1"], ""),
        (["file_row_number"], "has a column file_row_number"),
    ],
    ids=["twice", "in another letter case", "another one twice", "a name of DuckDB"],
)
def test_further_parquet_columns(
    load: Load, tmp_path: Path, names: list[str], complaint: str
) -> None:
    """DuckDB would take the first of two that have one name."""
    columns = [pa.array([str(STORED[name])]) for name in COLUMNS] + [pa.array([1]) for _ in names]
    pq.write_table(pa.table(columns, [*COLUMNS, *names]), tmp_path / "a.parquet")
    code, said = load(tmp_path / "a.parquet")
    assert code == bool(complaint)
    assert complaint in said


def test_bytes_that_are_no_text_make_a_row_that_is_listed(
    load: Load, database: Path, tmp_path: Path
) -> None:
    columns = {name: [str(STORED[name])] * 2 for name in COLUMNS}
    table = pa.table(columns | {"Artist": pa.array([b"C\xe9zanne", b"Monet"], pa.binary())})
    pq.write_table(table, tmp_path / "a.parquet")
    code, said = load(tmp_path / "a.parquet")
    assert (code, [row["Artist"] for row in stored(database)]) == (0, ["Monet"])
    assert "row 1: Artist is not UTF-8 text" in said


def test_a_nested_column_is_refused(load: Load, tmp_path: Path) -> None:
    columns = {name: [str(STORED[name])] for name in COLUMNS}
    pq.write_table(pa.table(columns | {"Name": [["a", "b"]]}), tmp_path / "a.parquet")
    code, said = load(tmp_path / "a.parquet")
    assert code == 1
    assert "column Name has the type VARCHAR[]" in said


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.csv", b"", "no column Artist"),
        ("a.csv", b"Artist,URL\n", "no column ArtistNumber"),
        ("a.csv", b"\xff\xfe", "no column Artist"),
        ("a.csv", b"\xe9", "the first line is not text in this encoding"),
        ("a.parquet", b"no parquet", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    load: Load, database: Path, tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    code, said = load(tmp_path / name)
    assert code == 1
    assert complaint in said
    assert "Traceback" not in said
    assert not database.exists()


@pytest.mark.parametrize("command", ["load", "csv"])
def test_a_header_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A message that quotes it goes another way to the terminal than what is said of rows."""
    path = tmp_path / "a.csv"
    path.write_text("Artist,\x1b]0;pwned\x07\x1b[2J,\x9b\n1,2\n", encoding="utf-8")
    options = ["--out", str(tmp_path / "out.csv")] if command == "csv" else []
    with pytest.raises(SystemExit):
        main([command, str(path), *options])
    said = capsys.readouterr().err
    assert r"Artist,\x1b]0;pwned\x07\x1b[2J,\x9b" in said
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize("schema", ['a" (x int); create table pwned (x int); --', "", "a;b", "é'"])
def test_a_schema_has_a_plain_name(load: Load, database: Path, tmp_path: Path, schema: str) -> None:
    """By the rule of the var paintings_schema: dbt could not find the table in another one."""
    code, said = load(write_csv(tmp_path / "a.csv", SOUND), "--schema", schema)
    assert code == 2
    assert "the name of a schema" in said
    assert not database.exists()


def test_an_unknown_target_is_named(load: Load, tmp_path: Path) -> None:
    code, said = load(write_csv(tmp_path / "a.csv", SOUND), "--target", "nowhere")
    assert code == 1
    assert "does not have a target named 'nowhere'" in said


@pytest.mark.parametrize(
    ("interrupted", "rows", "complaint"),
    [
        ("Paintings", None, "No table was written"),
        # All that follows the rows takes time, too, and to append them again would double them.
        ("RejectedLines", 1, "all rows were loaded before"),
    ],
)
def test_an_interrupted_load_says_whether_the_rows_were_loaded(
    load: Load,
    database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    interrupted: str,
    rows: int | None,
    complaint: str,
) -> None:
    write = Warehouse.write

    def interrupt(self: Warehouse, table: str, *arguments: Any, **options: Any) -> None:
        if table == interrupted:
            signal.raise_signal(signal.SIGINT)
        write(self, table, *arguments, **options)

    monkeypatch.setattr(Warehouse, "write", interrupt)
    code, said = load(write_csv(tmp_path / "a.csv", SOUND))
    assert code == 130
    assert complaint in said
    with duckdb.connect(str(database)) as connection:
        found = connection.execute("from duckdb_tables where table_name = 'Paintings'").fetchall()
    assert (len(stored(database)) if found else None) == rows


@pytest.mark.usefixtures("load")
def test_an_interrupted_load_says_that_the_file_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Warehouse, "write", interrupt)
    (tmp_path / "images" / "Ada").mkdir(parents=True)
    painted(1).save(tmp_path / "images" / "Ada" / "1.png")
    out = tmp_path / "out.csv"
    project = ["--target", "dev", "--project-dir", str(tmp_path)]
    source = [str(tmp_path / "images"), "--url-prefix", "http://example.org"]
    with pytest.raises(SystemExit) as end:
        main(["folder", *source, "--out", str(out), *project])
    assert end.value.code == 130
    assert out.exists()
    assert "out.csv was written, but not loaded" in " ".join(capsys.readouterr().err.split())
