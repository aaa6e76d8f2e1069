"""What dbt makes of the file that the var paintings_file names."""

from __future__ import annotations

import uuid
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.dbt_project import Dbt, new_dbt
from tests.models import reference

SOUND = dict.fromkeys(reference.HASHES, "00e1") | {
    "Artist": "Claude Monet",
    "ArtistNumber": "1",
    "Width": "640",
    "Height": "480",
    "EncodingFormat": "jpeg",
    "Name": "Water, lilies",
    "URL": "http://example.org/1",
}


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """One project for all tests here, so that dbt parses it once."""
    return new_dbt(tmp_path_factory.mktemp("file"))


@pytest.fixture
def mine(dbt: Dbt) -> Path:
    """One name for all that do not test names: dbt parses anew when a var changes."""
    return dbt.folder / "mine.csv"


@pytest.fixture
def parquet(dbt: Dbt) -> Path:
    """A name for all Parquet files, which looks like a pattern and like a partition."""
    folder = dbt.folder / "Artist=Wrong"
    folder.mkdir(exist_ok=True)
    return folder / "a [1].parquet"


@pytest.fixture
def load(dbt: Dbt) -> Load:
    return Load(dbt)


class Load:
    """Load a file into Paintings, building no more than the list of its rejected lines."""

    def __init__(self, dbt: Dbt) -> None:
        self.dbt = dbt
        self.said = ""

    def __call__(self, file: Path, **variables: object) -> list[dict[str, str | None]]:
        """The rows of Paintings, in the order of the file."""
        self.said = self.dbt.succeed(
            "run", "-s", "rejected_lines", paintings_file=file, **variables
        )
        with duckdb.connect(str(self.dbt.database), read_only=True) as connection:
            cursor = connection.execute("select * from Paintings")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def rejected(self) -> list[tuple[int, str]]:
        lines = self.dbt.table("rejected_lines").sort_values("Line")
        return list(zip(lines["Line"], lines["Reason"], strict=True))


def csv_text(*rows: dict[str, str], delimiter: str = ",") -> str:
    lines = []
    for row in ({name: name for name in reference.COLUMNS}, *rows):
        cells = (row[name] for name in reference.COLUMNS)
        lines.append(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells))
    return "\n".join([*lines, ""])


def test_odd_lines_are_listed_and_the_others_loaded(load: Load, mine: Path) -> None:
    """Rows and listed lines are all that the file holds; the last line is torn."""
    odd = ['x,"open', "a,b,c", csv_text(SOUND).splitlines()[1] + ",more", "Claude Monet,1,64"]
    sound = csv_text(SOUND | {"URL": "http://example.org/2"}).splitlines()[1]
    text = csv_text(SOUND) + "\n".join([odd[0], sound, odd[1], sound, odd[2], "", odd[3]])
    mine.write_text(text, encoding="utf-8")
    rows = load(mine)
    assert rows == [SOUND, *[SOUND | {"URL": "http://example.org/2"}] * 2]
    assert load.rejected() == [
        (3, "a quote that is not closed"),
        (5, "it ends after 3 of 15 fields: cut off, or broken in two"),
        (7, "more fields than columns: a field with a comma needs quotes"),
        (9, "it ends after 3 of 15 fields: cut off, or broken in two"),
    ]
    assert f"4 lines of {mine} could not be read as rows" in load.said
    # A file without such lines leaves none of another file's.
    mine.write_text(csv_text(SOUND), encoding="utf-8")
    assert (load(mine), load.rejected()) == ([SOUND], [])


def test_a_bad_line_beyond_any_sample(load: Load, mine: Path) -> None:
    """DuckDB looks at some 20,000 lines before it settles how to read a file."""
    row = csv_text(SOUND).splitlines()[1]
    lines = [row] * 30_000
    lines[29_000] = row.replace('"Water, lilies"', "Water, lilies")
    mine.write_text("\n".join([csv_text(), *lines]).replace("\n\n", "\n"), encoding="utf-8")
    assert len(load(mine)) == 29_999
    assert [line for line, _ in load.rejected()] == [29_002]


def test_a_file_in_another_encoding_is_told_with_the_remedy(dbt: Dbt, mine: Path) -> None:
    mine.write_bytes(csv_text(SOUND | {"Artist": "Göya"}).encode("cp1252"))
    finished = dbt.run("run", "-s", "rejected_lines", paintings_file=mine)
    assert finished.returncode != 0
    assert "has no line that is a row. Line 2: not text in this encoding" in finished.stdout
    assert "paintings_encoding: cp1252" in finished.stdout


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("Artist,URL,url", "has more than one column URL"),
        ("Artist,\x1b]0;pwned\x07", "(its first line: Artist, ]0;pwned)"),
        # No header, but a row.
        (
            "Artist,https://user:pwned-pa55@x.org/a",
            "(its first line: Artist, (no name of a column))",
        ),
        ("", "(its first line: empty). The first line must name the columns Artist, ArtistNumber"),
    ],
)
def test_a_header_that_will_not_do(dbt: Dbt, mine: Path, header: str, complaint: str) -> None:
    missing = [name for name in reference.COLUMNS if name.lower() not in header.lower()]
    names = missing if header and "pwned" not in header else []
    mine.write_text(",".join([header, *names]) + "\n1,2,3\n" if header else "")
    finished = dbt.run("run", "-s", "rejected_lines", paintings_file=mine)
    assert finished.returncode != 0
    assert complaint in finished.stdout
    assert "\x1b]" not in finished.stdout
    assert "pa55" not in finished.stdout


def test_what_cannot_be_seen_in_a_header_does_not_count(load: Load, mine: Path) -> None:
    text = (
        csv_text(SOUND).replace("Artist,", "\u200bArtist\u00a0,", 1).replace("URL", "UR\u00adl", 1)
    )
    mine.write_text(text, encoding="utf-8")
    assert load(mine) == [SOUND]


@pytest.mark.parametrize(
    ("written", "asked", "delimiter"),
    [("utf-16", None, "\t"), ("cp1252", "cp1252", ";")],
)
def test_what_excel_saves(
    load: Load, mine: Path, written: str, asked: str | None, delimiter: str
) -> None:
    """Unicode text with tabs; plain CSV, with semicolons where the comma is the decimal sign."""
    row = SOUND | {"Artist": "Göya", "Name": "“€”"}
    text = csv_text(row, delimiter=delimiter).replace("\n", "\r\n")
    mine.write_bytes(text.encode(written))
    assert load(mine, **({"paintings_encoding": asked} if asked else {})) == [row]


def test_a_name_is_a_name_and_no_pattern(load: Load, tmp_path: Path) -> None:
    """As a pattern or an address, it would be another file's, or several."""
    row = SOUND | {"URL": "http://example.org/2"}
    (tmp_path / "it's {a,b} 1xy 50%20 é #1.csv").write_text(csv_text(SOUND), encoding="utf-8")
    (tmp_path / "it's a 1xy 50%20 é #1.csv").write_text(csv_text(SOUND), encoding="utf-8")
    file = tmp_path / "it's {a,b} [1]*? 50%20 é #1.csv"
    file.write_text(csv_text(row), encoding="utf-8")
    assert load(file) == [row]


def test_parquet_text_that_is_not_marked_as_text(load: Load, parquet: Path) -> None:
    """As Spark and Impala write it by default: bytes, which are UTF-8."""
    columns = {name: pa.array([SOUND[name].encode()] * 2, pa.binary()) for name in SOUND}
    columns["Artist"] = pa.array(["Paul Cézanne".encode(), b"C\xe9zanne"], pa.binary())
    columns["Width"] = pa.array([640.0, None])
    columns["DHashHex1"] = pa.array([b"00e1\0\0", b"00e1\0\0"], pa.binary(6))
    pq.write_table(pa.table(columns), parquet)
    assert load(parquet) == [SOUND | {"Artist": "Paul Cézanne"}]
    assert load.rejected() == [(2, "Artist is not UTF-8 text")]


def test_parquet_values_that_are_missing_or_spelled_otherwise(load: Load, parquet: Path) -> None:
    """NaN, which some programs write where a number lacks; a hash as a UUID."""
    hash_text = "00e1".zfill(32)
    columns = {name: pa.array([SOUND[name]] * 2) for name in SOUND}
    columns["Width"] = pa.array([640.0, float("nan")])
    columns["Height"] = pa.array([480.0, float("inf")])
    columns["DHashHex8"] = pa.array([uuid.UUID(hash_text).bytes] * 2, pa.uuid())
    pq.write_table(pa.table(columns), parquet)
    row = SOUND | {"DHashHex8": hash_text}
    assert load(parquet) == [row, row | {"Width": None, "Height": "inf"}]


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["URL"], "has more than one column URL"),
        (["url", "\x1b]0;pwned\x07"], "has more than one column URL"),
        (["Note", "note", "URL_1"], ""),
        (["file_row_number"], "has a column file_row_number"),
    ],
    ids=["twice", "in another letter case", "another one twice", "a name of DuckDB"],
)
def test_further_parquet_columns(dbt: Dbt, parquet: Path, names: list[str], complaint: str) -> None:
    """DuckDB would take the first of two that have one name."""
    columns = [pa.array([SOUND[name]]) for name in SOUND] + [pa.array(["other"]) for _ in names]
    pq.write_table(pa.table(columns, [*SOUND, *names]), parquet)
    finished = dbt.run("run", "-s", "rejected_lines", paintings_file=parquet)
    assert (finished.returncode != 0) == bool(complaint)
    assert complaint in finished.stdout
    assert "\x1b]" not in finished.stdout


def test_a_nested_parquet_column_is_refused(dbt: Dbt, parquet: Path) -> None:
    columns = {name: pa.array([SOUND[name]]) for name in SOUND} | {"Name": pa.array([["a"]])}
    pq.write_table(pa.table(columns), parquet)
    finished = dbt.run("run", "-s", "rejected_lines", paintings_file=parquet)
    assert finished.returncode != 0
    assert "column Name holds no plain values but VARCHAR[]" in finished.stdout
