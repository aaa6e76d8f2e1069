"""Convert the values of a record to a row of the table `Paintings`, if they fit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paintings_dedupe.common.text import clean
from paintings_dedupe.common.warehouse.values import Value
from paintings_dedupe.common.web.redaction import redact
from paintings_dedupe.ingest.tables.rows import ALL_TYPES, MEASURES

# As in the macro `whole_number`.
_AS_THE_MODELS = re.compile(r"[0-9.eE+\-]+")
_SMALLEST_INT, _LARGEST_INT = -(2**31), 2**31 - 1


class MisfitError(ValueError):
    """A value does not fit its column; the message names both and the reason."""


def fit(values: Sequence[object]) -> tuple[Value, ...]:
    """Return the `values` of `rows.ALL_COLUMNS` in the types of the table.

    Blank text and None become None, and so does a measure that is not a whole number, because the
    models ignore it. Whole numbers may be written as 1200.0, as in pandas.

    Raises
    ------
    MisfitError
        For text longer than its column, or a number that is not an int.
    """
    return tuple(
        _fit(value, column, kind)
        for value, (column, kind) in zip(values, ALL_TYPES.items(), strict=True)
    )


def _fit(value: object, column: str, kind: str) -> Value:
    text = "" if value is None else str(value)
    if not text.strip():
        return None
    if kind == "int":
        try:
            return _whole_number(text, column)
        except MisfitError:
            if column in MEASURES:
                return None
            raise
    longest = int(kind.partition("(")[2].rstrip(")"))
    # SQL Server counts the 16-bit units of UTF-16.
    if (length := len(text.encode("utf-16-le", "surrogatepass")) // 2) > longest:
        raise MisfitError(f"{column} has {length:,} characters, more than {longest:,}")
    return text


def _whole_number(text: str, column: str) -> int:
    text = clean(text)
    try:
        number = float(text)
    except ValueError as error:
        raise MisfitError(f"{column} is not a number: {redact(text)[:40]!r}") from error
    if not number.is_integer() or not _SMALLEST_INT <= number <= _LARGEST_INT:
        raise MisfitError(f"{column} is not a whole number that fits an int: {redact(text)[:40]!r}")
    # Python accepts more numbers than the models do, such as 1_200 and digits of other scripts.
    if not _AS_THE_MODELS.fullmatch(text):
        raise MisfitError(f"{column} is not a number: {redact(text)[:40]!r}")
    return int(number)
