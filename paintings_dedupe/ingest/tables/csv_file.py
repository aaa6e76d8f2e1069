"""Read the records of a CSV file of any origin, without dropping lines silently.

The macro ``csv_records`` follows the same rules for dbt; a test compares the two.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from paintings_dedupe.common.text import clean
from paintings_dedupe.common.web.redaction import redact

# The supported encodings, by their usual names.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
    "latin-1": "latin-1",
    "iso-8859-1": "latin-1",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
# The encoding of a byte order mark, which takes precedence.
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_WHAT_CP1252_ADDS = {
    byte: letter
    for byte in range(0x80, 0xA0)
    if (letter := bytes([byte]).decode("cp1252", "ignore"))
}
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?', re.IGNORECASE)
_INSIDE = r'(?:[^"]++|"")*+'
# Undecodable bytes: kept as surrogates by UTF-8, replaced by a mark in UTF-16.
_UNDECODED = {"utf-8": re.compile("[\udc80-\udcff]"), "utf-16-le": re.compile("\ufffd")}
_UNDECODED["utf-16-be"] = _UNDECODED["utf-16-le"]


class CsvError(ValueError):
    """The file is not such a CSV file; the message gives the reason and a remedy."""


@dataclass(frozen=True)
class CsvRecord:
    """A record of the file.

    Attributes
    ----------
    line
        The number of its first line.
    values
        The values of the requested columns; None if the record is not a row.
    reason
        Why it is not a row.
    """

    line: int
    values: list[str] | None
    reason: str = ""


def read_records(
    path: Path,
    columns: Sequence[str],
    required: Sequence[str] | None = None,
    encoding: str = "utf-8",
    optional: Sequence[str] = (),
) -> Iterator[CsvRecord]:
    """Yield each record that is not blank.

    A field may be quoted as in RFC 4180. If a quote is closed in the middle of a field, or not at
    all, its line is a record that is not a row, and reading continues with the next line, so a
    stray quote does not swallow the rows below it.

    Parameters
    ----------
    path
        The file. Fields are separated by commas, semicolons, tabs or vertical bars, whichever
        yields more of the columns in the header; a first line such as ``sep=;`` decides instead.
    columns
        The requested columns. The header may contain them in any order and letter case; others are
        ignored.
    required
        Columns that a row must have. Other fields may be missing at the end of a line.
    encoding
        One of the values of `ENCODINGS`. A byte order mark takes precedence.
    optional
        Further columns, whose values follow those of `columns`: "" if the header lacks them.

    Raises
    ------
    CsvError
        When the first line does not name the columns, each once.
    """
    lines = _lines(path, _true_encoding(path, encoding))
    shape, places = _header(
        lines, columns, columns if required is None else required, path, optional
    )
    for number, text, fault in _texts(lines, shape):
        fields = shape.fields(text)
        if reason := fault or shape.misfit(fields):
            yield CsvRecord(number, None, reason)
        else:
            fields += [""] * (shape.width - len(fields))
            yield CsvRecord(number, ["" if place is None else fields[place] for place in places])


def _true_encoding(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        start = file.read(3)
    return next((true for mark, true in _MARKS.items() if start.startswith(mark)), encoding)


_Line = tuple[int, str | None]


def _lines(path: Path, encoding: str) -> Iterator[_Line]:
    """Yield the number and text of each line; the text is None if it cannot be decoded."""
    undecoded = _UNDECODED.get(encoding)
    codec = "latin-1" if encoding == "cp1252" else encoding
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    # Without `newline`, lines may end with CR LF, LF or CR.
    with path.open(encoding=codec, errors=errors) as file:
        for number, line in enumerate(file, 1):
            text = line.removesuffix("\n")
            if number == 1:
                text = text.lstrip("\ufeff")
            if text.isascii():
                yield number, text
            elif undecoded and undecoded.search(text):
                yield number, None
            elif encoding == "cp1252":
                yield number, text.translate(_WHAT_CP1252_ADDS)
            else:
                yield number, text


class _Kind(Enum):
    """The kind of a line, without and with a quoted field that is open before it."""

    BLANK = auto()
    WHOLE = auto()
    # Its last field is quoted and continues.
    OPEN = auto()
    FAULTY = auto()
    UNDECODED = auto()
    NUL = auto()
    # The whole line belongs to the open field.
    WITHIN = auto()
    CLOSES = auto()
    # It ends the open field and opens another.
    REOPENS = auto()


_FAULTS = {
    _Kind.UNDECODED: "not text in this encoding: set paintings_encoding or --encoding, such as "
    "cp1252 for a file that Excel saved",
    _Kind.NUL: "a character NUL",
    _Kind.OPEN: "a quote that is not closed",
    _Kind.FAULTY: "a quote inside a quoted field: it must be doubled",
}


class _Shape:
    """The structure of the lines below the header: delimiter and number of fields."""

    def __init__(self, delimiter: str, width: int, least: int) -> None:
        self.delimiter, self.width, self.least = delimiter, width, least
        mark = re.escape(delimiter)
        field = rf'(?:"{_INSIDE}"|[^"{mark}][^{mark}]*+|)'
        last = rf'(?:"{_INSIDE}\Z|{field})'
        self._whole = re.compile(rf"{field}(?:{mark}{field})*", re.DOTALL)
        self._open = re.compile(rf'(?:{field}{mark})*"{_INSIDE}', re.DOTALL)
        self._within = re.compile(_INSIDE, re.DOTALL)
        self._closes = re.compile(rf'{_INSIDE}"(?:{mark}{field})*', re.DOTALL)
        self._reopens = re.compile(rf'{_INSIDE}"(?:{mark}{field})*{mark}"{_INSIDE}', re.DOTALL)
        self._field = re.compile(rf"{mark}({last})", re.DOTALL)
        self._end = re.compile(rf'{_INSIDE}"', re.DOTALL)

    def fields(self, text: str) -> list[str]:
        """The fields of a record."""
        if '"' not in text:
            return text.split(self.delimiter)
        parts = self._field.findall(self.delimiter + text)
        return [part[1:-1].replace('""', '"') if part.startswith('"') else part for part in parts]

    def misfit(self, fields: list[str]) -> str:
        """Why the fields of a record are not those of a row; empty if they are."""
        name = DELIMITERS[self.delimiter]
        if len(fields) < self.least:
            cause = "cut off, or broken in two"
            if len(fields) == 1:
                cause = f"cut off, broken in two, or its separator is no {name}"
            return f"it ends after {len(fields)} of {self.width} fields: {cause}"
        if any(fields[self.width :]):
            return f"more fields than columns: a field with a {name} needs quotes"
        return ""

    def outside(self, line: str | None) -> _Kind:
        """The kind of a line that begins a record."""
        if line is None:
            return _Kind.UNDECODED
        if "\0" in line:
            return _Kind.NUL
        if not line.strip(" \t"):
            return _Kind.BLANK
        if '"' not in line or self._whole.fullmatch(line):
            return _Kind.WHOLE
        return _Kind.OPEN if self._open.fullmatch(line) else _Kind.FAULTY

    def inside(self, line: str | None) -> _Kind:
        """The kind of a line after an open quoted field."""
        if line is None or "\0" in line:
            return _Kind.FAULTY
        if self._within.fullmatch(line):
            return _Kind.WITHIN
        if self._closes.fullmatch(line):
            return _Kind.CLOSES
        return _Kind.REOPENS if self._reopens.fullmatch(line) else _Kind.FAULTY

    def delimiters(self, line: str, inside: bool) -> int:
        """The number of delimiters in a line."""
        if inside:
            return len(self._field.findall(self._end.sub("", line, count=1)))
        return len(self._field.findall(self.delimiter + line)) - 1


def _header(
    lines: Iterator[_Line],
    columns: Sequence[str],
    required: Sequence[str],
    path: Path,
    optional: Sequence[str],
) -> tuple[_Shape, list[int | None]]:
    """Read the header: the structure of the lines below, and the position of each column."""
    first = _first_text(lines, path)
    candidates = list(DELIMITERS)
    if match := _SEPARATOR_LINE.fullmatch(first.strip(" ")):
        candidates = [match[1]]
        first = _first_text(lines, path)
    wanted = [column.lower() for column in columns]
    headers = {
        mark: [clean(name).lower() for name in _Shape(mark, 1, 1).fields(first)]
        for mark in candidates
    }
    delimiter = max(headers, key=lambda mark: len(set(headers[mark]) & set(wanted)))
    names = headers[delimiter]
    missing = [column for column in columns if column.lower() not in names]
    twice = [column for column in (*columns, *optional) if names.count(column.lower()) > 1]
    if missing or twice:
        fault = "no column" if missing else "more than one column"
        raise CsvError(
            f"{path} has {fault} {', '.join(missing or twice)} (its first line: "
            f"{redact(first[:1000]) or 'empty'}). The first line must name the columns "
            f"{', '.join(columns)}, each once."
        )
    wanted += [column.lower() for column in optional]
    places = [names.index(name) if name in names else None for name in wanted]
    least = max(names.index(column.lower()) for column in required) + 1
    return _Shape(delimiter, len(names), least), places


def _first_text(lines: Iterator[_Line], path: Path) -> str:
    for _, line in lines:
        if line is None or "\0" in line:
            raise CsvError(
                f"{path}: the first line is not text in this encoding. Save the file as UTF-8, or "
                f"name its encoding: {', '.join(ENCODINGS)}."
            )
        if line.strip(" \t"):
            return line
    return ""


def _texts(lines: Iterator[_Line], shape: _Shape) -> Iterator[tuple[int, str, str]]:
    """Yield first line number, text and fault of each record that is not blank."""
    # Lines that were read ahead, but may not belong to the record.
    ahead: deque[_Line] = deque()
    while (line := ahead.popleft() if ahead else next(lines, None)) is not None:
        number, text = line
        kind = shape.outside(text)
        if kind is _Kind.BLANK:
            continue
        if kind is _Kind.OPEN and text is not None:
            more = _rest(text, ahead, lines, shape)
            for _ in range(more):
                text += "\n" + (ahead.popleft()[1] or "")
            kind = _Kind.WHOLE if more else kind
        fault = _FAULTS.get(kind, "")
        yield number, "" if fault or text is None else text, fault


def _rest(text: str, ahead: deque[_Line], lines: Iterator[_Line], shape: _Shape) -> int:
    """How many lines complete a record whose first line leaves a field open; 0 if none do."""
    delimiters = shape.delimiters(text, inside=False)
    count = 0
    while True:
        if count == len(ahead):
            if (line := next(lines, None)) is None:
                return 0
            ahead.append(line)
        following = ahead[count][1]
        count += 1
        kind = shape.inside(following)
        if kind is _Kind.WITHIN:
            continue
        if kind is _Kind.FAULTY or following is None:
            return 0
        delimiters += shape.delimiters(following, inside=True)
        # Each line that opens another field contains a delimiter. Without this limit, a file of
        # such lines would be read to its end from every one of them.
        if delimiters + 1 > shape.width:
            return 0
        if kind is _Kind.CLOSES:
            return count if delimiters + 1 >= shape.least else 0
