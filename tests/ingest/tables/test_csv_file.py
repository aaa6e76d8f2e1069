"""Each line of a CSV file is read right or listed, by `ingest` and by dbt's macros alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paintings_dedupe.ingest.tables import csv_file
from paintings_dedupe.ingest.tables.csv_file import read_records
from tests.helpers.dbt_project import ROOT

COLUMNS = ("Artist", "Name", "URL")
Read = list[tuple[int, list[str] | None, str]]


@pytest.fixture(scope="module")
def macros() -> Any:
    """The macros, which need no more of dbt than its templates."""
    files = ("csv_lines", "csv_records")
    texts = ((ROOT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in files)
    return jinja2.Environment(autoescape=False).from_string("".join(texts)).module  # noqa: S701


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "it's one [1].csv"


def by_ingest(file: Path, encoding: str = "utf-8", required: tuple[str, ...] = COLUMNS) -> Read:
    records = read_records(file, COLUMNS, required, encoding)
    return [(record.line, record.values, record.reason) for record in records]


def by_dbt(
    macros: Any,
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    encoding: str = "utf-8",
    delimiter: str = ",",
    least: int = 3,
) -> Read:
    path = str(file).replace("[", "[[]").replace("'", "''")
    connection.execute(macros.csv_lines("csv_lines", path, encoding))
    connection.execute(
        macros.csv_records("csv_records", "csv_lines", 1, delimiter, len(COLUMNS), least)
    )
    rows = connection.execute("select Line, Fields, Reason from csv_records order by Line")
    return [
        (line, fields and [*fields, "", ""][: len(COLUMNS)], reason or "")
        for line, fields, reason in rows.fetchall()
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b,c", [(2, ["a", "b", "c"], "")]),
        ('"a, b","say ""no""",', [(2, ["a, b", 'say "no"', ""], "")]),
        ("a,b,c\r\nd,e,f\rg,h,i", [(2, [*"abc"], ""), (3, [*"def"], ""), (4, [*"ghi"], "")]),
        ('a,"two\nlines",c\n\n  \nd,e,f', [(2, ["a", "two\nlines", "c"], ""), (6, [*"def"], "")]),
        ('"a\n\nb","c\nd",e', [(2, ["a\n\nb", "c\nd", "e"], "")]),
        ("a,b,c,,", [(2, [*"abc"], "")]),
        ("a,5\" x 7\",c", [(2, ["a", '5" x 7"', "c"], "")]),
        ("a,back\\slash,c", [(2, ["a", "back\\slash", "c"], "")]),
        ("a,b,c,d", [(2, None, "more fields than columns: a field with a comma needs quotes")]),
        ("a,b\nc,d,e", [
            (2, None, "it ends after 2 of 3 fields: cut off, or broken in two"),
            (3, [*"cde"], ""),
        ]),
        ("a;b;c\nd,e,f", [
            (2, None, "it ends after 1 of 3 fields: cut off, broken in two, or its separator is no "
             "comma"),
            (3, [*"def"], ""),
        ]),
        ('"a,b,c\nd,"e, f",g\nh,i,j', [
            (2, None, "a quote that is not closed"),
            (3, ["d", "e, f", "g"], ""),
            (4, [*"hij"], ""),
        ]),
        ('a,"say \\"hi\\"",c\nd,e,f', [
            (2, None, "a quote inside a quoted field: it must be doubled"),
            (3, [*"def"], ""),
        ]),
        ("a,\0,c\nd,e,f", [(2, None, "a character NUL"), (3, [*"def"], "")]),
        ("# a,b,c", [(2, ["# a", "b", "c"], "")]),
    ],
)  # fmt: skip
def test_what_becomes_of_a_line(
    macros: Any,
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    text: str,
    expected: Read,
) -> None:
    file.write_bytes(f"{','.join(COLUMNS)}\n{text}\n".encode())
    assert by_ingest(file) == expected
    assert by_dbt(macros, connection, file) == expected


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "utf-8"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "latin-1"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter(
    macros: Any,
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    encoding: str,
    written: str,
    delimiter: str,
) -> None:
    title = {"cp1252": "“Göya” €", "latin-1": "Göya \\ 'é'"}.get(written, "“Göya” 🎨 \ufffc")
    text = f"{delimiter.join(COLUMNS)}\r\nA{delimiter}{title}{delimiter}u\r\n"
    file.write_bytes(text.encode(written))
    expected = [(2, ["A", title, "u"], "")]
    assert by_ingest(file, encoding) == expected
    assert by_dbt(macros, connection, file, encoding, delimiter) == expected


def test_a_byte_order_mark_counts_for_more_than_what_was_asked_for(file: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        file.write_bytes("Artist,Name,URL\nGöya,é,u\n".encode(encoding))
        assert by_ingest(file, "cp1252") == [(2, ["Göya", "é", "u"], "")]


def test_a_first_line_that_names_the_delimiter(file: Path) -> None:
    """Excel writes it, and hides it from whoever opens the file."""
    file.write_text("sep=;\nurl;Note, more;NAME; Artist\nu;x;b;A\n")
    assert by_ingest(file) == [(3, ["A", "b", "u"], "")]


def test_names_of_columns_are_cleaned_as_text_is(file: Path) -> None:
    """What was copied from a web page has characters that nobody sees."""
    file.write_text("\u00a0Artist\u200b,\ufeffNAME\u3000,U\u00adRL\nA,b,u\n", encoding="utf-8")
    assert by_ingest(file) == [(2, ["A", "b", "u"], "")]


# What is put between the letters of a file, so that quotes, delimiters and line ends meet.
PIECES = st.one_of(
    st.sampled_from(['"', '""', '",', ',"', '"\n', '\n"', ",", ",,", "\n", "\r\n", "\r"]),
    st.sampled_from(["a", "é", " ", "\\", "🎨", "\0", "\ufffd", ";"]),
    st.sampled_from(["x,y,z\n", '"1","2",3\n', 'a,"b\nc",d\n']),
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS, st.sampled_from([1, 2, 3]), st.binary(max_size=3))
@example('",5,6\n', 3, b"")
@example('"a\nb","c\nd","e\n",f\n', 1, b"\xe9\n")
def test_dbt_and_ingest_read_alike(
    macros: Any,
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    text: str,
    least: int,
    tail: bytes,
) -> None:
    for encoding in ("utf-8", "utf-16-le", "cp1252"):
        written = "latin-1" if encoding == "cp1252" else encoding
        file.write_bytes(f"{','.join(COLUMNS)}\n{text}".encode(written, "replace") + tail)
        expected = by_ingest(file, encoding, COLUMNS[:least])
        assert by_dbt(macros, connection, file, encoding, least=least) == expected


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"),
    max_size=8,
)
FAULTS = st.sampled_from(
    [
        b"too,few\n",
        b"one,field,too,many\n",
        b'a,"say \\"hi\\"",c\n',
        b"not,\xe9,utf-8\n",
        b"a\0,b,c\n",
    ]
)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS) | FAULTS, max_size=12))
def test_each_record_is_read_right_or_listed(
    file: Path, records: list[tuple[str, str, str] | bytes]
) -> None:
    """What `csv` of Python wrote comes back; what was spoilt is listed by its line."""
    data, line, expected = b"Artist,Name,URL\n", 2, []
    for record in records:
        if isinstance(record, bytes):
            written = record
            expected.append((line, None))
        else:
            buffer = io.StringIO(newline="")
            csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(record)
            written = buffer.getvalue().encode()
            expected.append((line, [*record]))
        data += written
        line += written.count(b"\n")
    file.write_bytes(data)
    assert [(number, values) for number, values, _ in by_ingest(file)] == expected


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=2, max_size=8), st.data())
def test_a_stray_quote_costs_its_own_line_only(
    file: Path, records: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    """Left to itself, a quote that is not closed swallows the rows below it."""
    plain = [tuple(word.replace("\n", " ").replace('"', "").replace(",", "") for word in record)
             for record in records]  # fmt: skip
    spoilt = data.draw(st.integers(0, len(plain) - 1))
    lines = [",".join(record) for record in plain]
    lines[spoilt] = f'x"y,"{lines[spoilt]}'
    file.write_text("\n".join(["Artist,Name,URL", *lines]) + "\n", encoding="utf-8", newline="")
    read = {line: values for line, values, _ in by_ingest(file)}
    assert read.pop(spoilt + 2) is None
    assert read == {
        number: [*record] for number, record in enumerate(plain, 2) if number != spoilt + 2
    }


def test_lines_that_each_leave_a_quote_open_are_not_read_again_and_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From each line, only as many are looked at as a record could have fields."""
    looked_at = []
    inside = csv_file._Shape.inside

    def counted(shape: csv_file._Shape, line: str | None) -> object:
        looked_at.append(line)
        return inside(shape, line)

    monkeypatch.setattr(csv_file._Shape, "inside", counted)
    file.write_text("Artist,Name,URL\n" + 'a","b\n' * 500)
    assert [values for _, values, _ in by_ingest(file)] == [None] * 500
    assert len(looked_at) <= 500 * len(COLUMNS)


def test_a_field_of_a_megabyte(
    macros: Any, connection: duckdb.DuckDBPyConnection, file: Path
) -> None:
    uri = "data:image/jpeg;base64" + "A" * 3_000_000
    file.write_text(f'Artist,Name,URL\na,b,{uri}\nc,d,"{uri}"\ne,f,g\n')
    read = by_ingest(file)
    assert read == [(2, ["a", "b", uri], ""), (3, ["c", "d", uri], ""), (4, [*"efg"], "")]
    assert by_dbt(macros, connection, file) == read
