"""The rows that version 2 can group, with what identifies each, in plain Python."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import pandas as pd

from paintings_dedupe.common.images.formats import format_name
from tests.models import reference
from uploader.table.plan import FORMATS

LEVEL = 3
BASE = ["Artist", "ArtistNumber", "Width", "Height", "EncodingFormat", "Name", "URL"]
_FLAT = 16
_HASH_DIGITS = 32
_TRAIN_SHARE = 0.8
_COLOURS_OF_A_GIF = 256
_BROAD_BORDER = 2
_ONLY_HASH_8 = {
    "DHashHex8 is missing",
    "DHashHex8 is not hexadecimal",
    "DHashHex8 is longer than 40 characters",
    *(f"DHashHex8 has {digits} digits, not 32" for digits in range(1, 41)),
}

Row = dict[str, Any]
"""What `reference.clean` gives, with node, evidence, split key and number."""


def is_groupable(faults: set[str]) -> bool:
    """Whether version 2 can do without what is wrong with a row."""
    return faults <= _ONLY_HASH_8


def groupable(cleaned: pd.DataFrame) -> list[Row]:
    """The rows that can be grouped in keeper order, with node, evidence and split key."""
    usable = cleaned[cleaned["faults"].map(is_groupable).astype(bool)].copy()
    hashes = zip(usable["DHashHex8"], usable["faults"], strict=True)
    usable["DHashHex8"] = pd.Series(
        [None if faults else text for text, faults in hashes], index=usable.index, dtype=object
    )
    # The only fault that may be left, as the models name it.
    named = ["; ".join(sorted(faults)) or None for faults in usable["faults"]]
    usable["fault"] = pd.Series(named, index=usable.index, dtype=object)
    usable["faults"] = [set[str]() for _ in range(len(usable))]
    rows = []
    for number, row in enumerate(reference.eligible(usable).to_dict("records")):
        text, equal = row["DHashHex8"], str(row[f"DHashHex{LEVEL}"])
        if text is None or len(text) != _HASH_DIGITS:
            evidence, fingerprint, split_key = "equality", f"{LEVEL}:{equal}", equal
        elif _is_flat(text):
            url = ascii_text(str(row["URL"]))
            evidence, fingerprint, split_key = "flat", f"flat:{digest(url)}", "0" * _HASH_DIGITS
        else:
            evidence, fingerprint, split_key = "hash", text, text
        named = {"node": (row["Artist"], fingerprint), "evidence": evidence}
        rows.append({**row, **named, "split_key": split_key, "number": number})
    return rows


def copy_order(row: Row) -> tuple[object, ...]:
    """What makes a row the better copy: the smaller, the better."""
    is_colour, colours, detail, border, is_turned = (row[column] for column in reference.MEASURED)
    if detail is None:
        detail = row["Width"] or 0
    return (
        format_name(str(row["EncodingFormat"])) not in FORMATS,
        is_colour == 0,
        is_colour == 1 and colours is not None and colours <= _COLOURS_OF_A_GIF,
        # Detail that is less than half an octave better is no better.
        -sum(detail >= round(64 * 2 ** (step / 2)) for step in range(18)),
        border is not None and border >= _BROAD_BORDER,
        is_turned == 1,
        -detail,
        row["number"],
    )


def side(random: float) -> str:
    """The side of the split."""
    return "Train" if random < _TRAIN_SHARE else "Test"


def ascii_text(text: str) -> str:
    """The text, or the numbers of its units in UTF-16 if it is not plain ASCII."""
    if text.isascii() and text.isprintable():
        return text
    units = text.encode("utf-16-le")
    return " " + ".".join(
        str(int.from_bytes(units[place : place + 2], "little")) for place in range(0, len(units), 2)
    )


def digest(text: str) -> str:
    """The digest of a text of ASCII, as SQL Server writes it."""
    found = hashlib.md5(text.encode("ascii"), usedforsecurity=False).digest()
    return uuid.UUID(bytes_le=found).hex


def _is_flat(text: str) -> bool:
    """Whether a hash is one of which each half is all 0 or all f, but for `_FLAT` bits at most."""
    bits = [int(half, 16).bit_count() for half in (text[:16], text[16:])]
    return sum(min(count, 64 - count) for count in bits) <= _FLAT
