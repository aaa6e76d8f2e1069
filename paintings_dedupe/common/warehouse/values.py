"""Values of a table, in Python and in SQL."""

from __future__ import annotations

Value = str | int | float | None


def quoted(text: str) -> str:
    """`text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
