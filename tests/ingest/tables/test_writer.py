"""Files hold what the rows say, and are there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.images.hash_text import LEVELS
from paintings_dedupe.common.images.quality import Quality
from paintings_dedupe.ingest.listing.candidates import Skip
from paintings_dedupe.ingest.tables.rows import ALL_COLUMNS, MEASURES, PaintingRow
from paintings_dedupe.ingest.tables.writer import write_skipped, write_table

# Read as numbers, each of these would be another text.
NUMBER_LIKE = ("0012", "1e5", "00", "9" * 32, "0x1", "1_0", "12244", "inf")

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
_COUNT = st.integers(0, 2**31 - 1)
_ROWS = st.builds(
    PaintingRow,
    artist=_TEXT,
    artist_number=_COUNT,
    width=_COUNT,
    height=_COUNT,
    encoding_format=st.sampled_from(["jpeg", "png"]),
    name=st.none() | _TEXT,
    url=_TEXT,
    hashes=st.tuples(*[st.sampled_from(NUMBER_LIKE) for _ in LEVELS]),
    quality=st.builds(Quality, st.booleans(), _COUNT, _COUNT, _COUNT, st.booleans()),
)


def _row(name: str | None = "Sol") -> PaintingRow:
    url, quality = "http://h/a%20b.jpg", Quality(True, 257, 600, 0, False)
    return PaintingRow("Goya", 3, 640, 480, "jpeg", name, url, NUMBER_LIKE, quality)


def _read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_the_columns_are_those_of_the_table() -> None:
    assert ",".join(ALL_COLUMNS) == (
        "Artist,ArtistNumber,Width,Height,EncodingFormat,Name,URL,DHashHex8,DHashHex7,DHashHex6,"
        "DHashHex5,DHashHex4,DHashHex3,DHashHex2,DHashHex1,"
        "IsColour,ColourCount,DetailPixels,BorderPercent,IsTurned"
    )


def test_csv_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "paintings.csv"
    write_table(path, [_row('A "quoted", name'), _row(None), _row("two\nlines"), _row("a\rb")])
    start, end = (
        "Goya,3,640,480,jpeg,",
        f",http://h/a%20b.jpg,{','.join(NUMBER_LIKE)},1,257,600,0,0\n",
    )
    names = ['"A ""quoted"", name"', "", '"two\nlines"', '"a\rb"']
    expected = ",".join(ALL_COLUMNS) + "\n" + "".join(f"{start}{name}{end}" for name in names)
    assert path.read_bytes() == expected.encode()


def test_parquet_types_and_nulls(tmp_path: Path) -> None:
    path = tmp_path / "paintings.parquet"
    write_table(path, [_row(), _row(None)])
    table = pq.read_table(path)
    numbers = {"ArtistNumber", "Width", "Height", *MEASURES}
    assert table.schema.names == list(ALL_COLUMNS)
    assert {field.name for field in table.schema if field.type == pa.int32()} == numbers
    assert {field.type for field in table.schema if field.name not in numbers} == {pa.string()}
    assert table["Name"].to_pylist() == ["Sol", None]


@given(rows=st.lists(_ROWS, min_size=1, max_size=5))
def test_every_row_survives_a_round_trip(
    tmp_path_factory: pytest.TempPathFactory, rows: list[PaintingRow]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    write_table(folder / "t.csv", rows)
    write_table(folder / "t.parquet", rows)
    as_text = [["" if value is None else str(value) for value in row.values()] for row in rows]
    assert _read_csv(folder / "t.csv") == [list(ALL_COLUMNS), *as_text]
    stored = pq.read_table(folder / "t.parquet").to_pylist()
    assert [tuple(record.values()) for record in stored] == [row.values() for row in rows]


def test_the_skipped_list_is_written_even_when_empty(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    write_skipped(path, [])
    assert path.read_bytes() == b"Where,Reason\n"
    write_skipped(path, [Skip("line 2: http://h/a,b", "HTTP 404 Not Found")])
    assert _read_csv(path)[1:] == [["line 2: http://h/a,b", "HTTP 404 Not Found"]]


@pytest.mark.parametrize("name", ["paintings.csv", "paintings.parquet"])
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError])
def test_an_interrupted_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, name: str, interruption: type[BaseException]
) -> None:
    def rows() -> Iterator[PaintingRow]:
        yield from [_row()] * 5000
        raise interruption

    path = tmp_path / name
    write_table(path, [_row()])
    before = path.read_bytes()
    with pytest.raises(interruption):
        write_table(path, rows())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["paintings.csv", "paintings.parquet"])
def test_an_error_names_the_file_and_not_its_temporary_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / "no folder" / name
    with pytest.raises(FileNotFoundError) as raised:
        write_table(path, [_row()])
    assert raised.value.filename == str(path)


def test_a_replaced_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    """Files made for temporary use are often private to their owner."""
    other, path = tmp_path / "other", tmp_path / "paintings.csv"
    other.touch()
    write_table(path, [_row()])
    assert path.stat().st_mode == other.stat().st_mode
