"""The models a second time, in plain pandas and by the definitions of the documentation."""

from __future__ import annotations

import hashlib
import re

import pandas as pd

LEVELS = (8, 7, 6, 5, 4, 3, 2, 1)
HASHES = [f"DHashHex{level}" for level in LEVELS]
NUMBERS = ["ArtistNumber", "Width", "Height"]
TEXTS = ["Artist", "EncodingFormat", "Name", "URL", *HASHES]
COLUMNS = ["Artist", *NUMBERS, "EncodingFormat", "Name", "URL", *HASHES]
_LONGEST = {"Artist": 400, "EncodingFormat": 40, "Name": 1000, "URL": 2000}
_INT_LIMIT = 2**31


def clean(paintings: pd.DataFrame) -> pd.DataFrame:
    """The rows of `Paintings` (all text) typed, each with what did not fit, as a set."""
    rows = []
    for raw in paintings[COLUMNS].to_dict("records"):
        text = {c: _clean_text(raw[c]) for c in COLUMNS}
        row: dict[str, object] = {c: text[c] for c in TEXTS}
        faults = set()
        for column in NUMBERS:
            row[column] = _whole_number(text[column])
            if row[column] is None and text[column] is not None:
                faults.add(f"{column} is not a whole number")
        for column in TEXTS:
            longest = _LONGEST.get(column, 40)
            if len(text[column] or "") > longest:
                faults.add(f"{column} is longer than {longest} characters")
        for column in ["EncodingFormat", *HASHES]:
            row[column] = text[column].lower() if text[column] else None
        row["faults"] = faults | _broken_rules(row)
        rows.append(row)
    return pd.DataFrame(rows, columns=[*COLUMNS, "faults"], dtype=object)


def _clean_text(value: object) -> str | None:
    if value is None or value != value:  # noqa: PLR0124 (only NaN differs from itself)
        return None
    return str(value).strip(" \t\n\r") or None


def _whole_number(text: str | None) -> int | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    if set(text or "") - set("0123456789.eE+-"):
        return None
    is_int = number.is_integer() and -_INT_LIMIT <= number < _INT_LIMIT
    return int(number) if is_int else None


def _broken_rules(row: dict[str, object]) -> set[str]:
    faults = {f"{c} is missing" for c in ("Artist", "URL", *HASHES) if row[c] is None}
    for column in ("Width", "Height"):
        size = row[column]
        if isinstance(size, int) and size <= 0:
            faults.add(f"{column} is not positive")
    for column in HASHES:
        if row[column] is not None and not re.fullmatch("[0-9a-f]+", str(row[column])):
            faults.add(f"{column} is not hexadecimal")
    return faults


def is_rejected(cleaned: pd.DataFrame) -> pd.Series[bool]:
    """Which rows of `clean` break a rule."""
    return cleaned["faults"].map(bool).astype(bool)


def eligible(cleaned: pd.DataFrame) -> pd.DataFrame:
    """The rows that take part, in keeper order: widest, tallest, then every other column."""
    rows = cleaned[~is_rejected(cleaned)].drop(columns="faults")
    keys = pd.DataFrame(index=rows.index)
    for column in ("Width", "Height"):
        keys[column] = [-(size or 0) for size in rows[column]]
    for column in ("URL", "Artist", "ArtistNumber", "EncodingFormat", "Name", *HASHES):
        missing = -_INT_LIMIT if column == "ArtistNumber" else ""
        keys[column] = [missing if value is None else value for value in rows[column]]
    order = sorted(rows.index, key=lambda index: tuple(keys.loc[index]))
    return rows.loc[order]


def counts_by_artist(rows: pd.DataFrame) -> dict[str, dict[int, int]]:
    """By the reference definition: tag by ROW_NUMBER() within artist and hash, count tag 1."""
    counts: dict[str, dict[int, int]] = {artist: {} for artist in rows["Artist"]}
    for level in LEVELS:
        tag = rows.groupby(["Artist", f"DHashHex{level}"], sort=False).cumcount() + 1
        for artist, count in rows[tag == 1]["Artist"].value_counts().items():
            counts[str(artist)][level] = int(count)
    return counts


def kept_and_dropped(rows: pd.DataFrame, level: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The first row of each hash in keeper order with Random, and the others with KeptURL."""
    groups = rows.groupby(f"DHashHex{level}", sort=False)
    is_kept = groups.cumcount() == 0
    kept, dropped = rows[is_kept].copy(), rows[~is_kept].copy()
    kept["Random"] = [random(text) for text in kept[f"DHashHex{level}"]]
    url_of = dict(zip(kept[f"DHashHex{level}"], kept["URL"], strict=True))
    dropped["KeptURL"] = [url_of[text] for text in dropped[f"DHashHex{level}"]]
    return kept, dropped


def random(text: str, seed: str = "paintings-dedupe") -> float:
    """The first 48 bits of md5(seed ':' text) / 2^48."""
    return (
        int(hashlib.md5(f"{seed}:{text}".encode(), usedforsecurity=False).hexdigest()[:12], 16)
        / 2**48
    )
