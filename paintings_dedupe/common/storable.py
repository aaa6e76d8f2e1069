"""Make untrusted text fit for every place that records it."""

from __future__ import annotations

import re

from paintings_dedupe.common.terminal import printable

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str, longest: int | None = None) -> str:
    r"""Escape `text` so that SQLite, Parquet, DuckDB and nvarchar columns accept it.

    Half a surrogate pair, NUL, control characters and bytes that are not UTF-8 become escapes
    such as ``\ud800``, ``\x00`` and ``\xff``. Other text stays as it is.

    Parameters
    ----------
    longest
        The maximum number of UTF-16 units, which SQL Server counts; None for no maximum.
    """
    if not text.isprintable():
        text = printable(text)
    # A character takes at most two units.
    if longest is not None and len(text) * 2 > longest:
        # If the cut divides a pair, its first half is removed as well.
        text = text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore")
    return text


def lone_surrogate(text: str) -> str | None:
    r"""Return the first unpaired surrogate in `text`, such as ``\ud800``, or None."""
    found = None if text.isascii() else _SURROGATE.search(text)
    return ascii(found[0])[1:-1] if found else None
