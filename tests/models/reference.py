"""The models a second time, in plain pandas and by the definitions of the documentation."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable

import pandas as pd

from paintings_dedupe.common.text import INVISIBLE, WHITE_SPACE, clean_url
from paintings_dedupe.common.text import clean as clean_text

LEVELS = (8, 7, 6, 5, 4, 3, 2, 1)
HASHES = [f"DHashHex{level}" for level in LEVELS]
NUMBERS = ["ArtistNumber", "Width", "Height"]
TEXTS = ["Artist", "EncodingFormat", "Name", "URL", *HASHES]
MEASURED = {
    "IsColour": (0, 1),
    "ColourCount": (1, 257),
    "DetailPixels": (1, 2**31 - 1),
    "BorderPercent": (0, 100),
    "IsTurned": (0, 1),
}
"""What a table may lack, and the least and the most that is believed."""
COLUMNS = ["Artist", *NUMBERS, "EncodingFormat", "Name", "URL", *HASHES]
_LONGEST = {"Artist": 400, "EncodingFormat": 40, "Name": 1000, "URL": 2000, "Note": 1000}
_INT_LIMIT = 2**31
# The fewest and the most digits of a hash at each level.
DIGITS = {
    8: (32, 32),
    7: (24, 26),
    6: (18, 18),
    5: (12, 14),
    4: (8, 8),
    3: (4, 6),
    2: (2, 2),
    1: (1, 2),
}
SOUND_HASHES = {f"DHashHex{level}": ("00e1" * 8)[:fewest] for level, (fewest, _) in DIGITS.items()}
"""A hash at each level."""
FULL_LENGTH = {
    "Artist": "\u00c9" * 398 + "\U0001f3a8",
    "ArtistNumber": str(2**31 - 1),
    "Width": str(2**31 - 1),
    "Height": "1",
    "EncodingFormat": "j" * 40,
    "Name": "\u00fc" * 998 + "\U0001f3a8",
    "URL": "http://a/" + "\u8c61" * 1991,
    **{f"DHashHex{level}": ("1c2" * 11)[:most] for level, (_, most) in DIGITS.items()},
}
"""A row of `Paintings` whose texts are as long as they may be."""
# How many of them must be there for zeros in front to be put back.
_LEAST = {"DHashHex8": 17, "DHashHex6": 10, "DHashHex4": 1, "DHashHex2": 1}


def clean(paintings: pd.DataFrame) -> pd.DataFrame:
    """The rows of `Paintings` (all text) typed, each with what did not fit, as a set."""
    rows = []
    measured = [column for column in MEASURED if column in paintings.columns]
    for raw in paintings[[*COLUMNS, *measured]].to_dict("records"):
        text = {c: _clean(raw[c], clean_url if c == "URL" else clean_text) for c in COLUMNS}
        row: dict[str, object] = {}
        faults = set()
        for column in NUMBERS:
            row[column] = _whole_number(text[column])
            if row[column] is None and text[column] is not None:
                faults.add(f"{column} is not a whole number")
        for column in TEXTS:
            longest = _LONGEST.get(column, 40)
            if len(_units(text[column] or "")) > 2 * longest:
                faults.add(f"{column} is longer than {longest} characters")
            row[column] = stored(raw[column], column)
        row["faults"] = faults | _broken_rules(row)
        rows.append(row | {column: _measured(raw.get(column), column) for column in MEASURED})
    return pd.DataFrame(rows, columns=[*COLUMNS, *MEASURED, "faults"], dtype=object)


def stored(raw: object, column: str) -> str | None:
    """A text as staging has it: cleaned, and cut to the length of its column."""
    value = _clean(raw, clean_url if column == "URL" else clean_text)
    if value is not None and column in ("EncodingFormat", "Verdict", *HASHES):
        value = _padded(value.lower(), column)
    return None if value is None else _first(value, _LONGEST.get(column, 40))


def _measured(value: object, column: str) -> int | None:
    number = _whole_number(_clean(value, clean_text))
    least, most = MEASURED[column]
    return number if number is not None and least <= number <= most else None


def changed_by_cleaning(paintings: pd.DataFrame) -> Counter[tuple[object, ...]]:
    """Rows of `cleaned_paintings`: every text that is another after cleaning, before and after."""
    cleaned = clean(paintings)
    found = []
    for (_, raw), (_, row) in zip(paintings.iterrows(), cleaned.iterrows(), strict=True):
        for column in TEXTS:
            before = raw[column]
            if before is None or before != before:  # noqa: PLR0124 (NaN)
                continue
            rule = clean_url if column == "URL" else clean_text
            after = rule(before)
            if column in HASHES:
                before_lower, after = before.lower(), _padded(after.lower(), column)
            else:
                before_lower = before
            if before_lower != after:
                what = (column, _visible(before), _first(after, 2000) or None)
                found.append((row["Artist"], row["URL"], *what))
    return Counter(found)


def _visible(text: str) -> str:
    """The text with what cannot be seen, and what belongs to the letter before, written out."""
    unseen = f"[{WHITE_SPACE}{INVISIBLE}\u0300-\u036f]".replace(" ", "")
    return _first(re.sub(unseen, lambda found: f"<U+{ord(found[0]):04X}>", text), 4000)


def _clean(value: object, rule: Callable[[str], str]) -> str | None:
    if value is None or value != value:  # noqa: PLR0124 (only NaN differs from itself)
        return None
    return rule(str(value)) or None


def _units(text: str) -> bytes:
    """The text in UTF-16: two bytes a unit, which SQL Server counts as a character."""
    return text.encode("utf-16-le")


def _first(text: str, most: int) -> str:
    """The text cut to so many units, a character of two units never in half."""
    return _units(text)[: 2 * most].decode("utf-16-le", errors="ignore")


def _padded(text: str, column: str) -> str:
    """The hash with the zeros that it lost in front, where its length tells how many."""
    if column in _LEAST and re.fullmatch("[1-9a-f][0-9a-f]*|0", text):
        least, (_, most) = _LEAST[column], DIGITS[int(column[-1])]
        return text.zfill(most) if len(text) >= least or text == "0" else text
    return text


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
    for level, (fewest, most) in DIGITS.items():
        column = f"DHashHex{level}"
        if row[column] is None:
            continue
        if not re.fullmatch("[0-9a-f]+", str(row[column])):
            faults.add(f"{column} is not hexadecimal")
        elif not fewest <= (digits := len(str(row[column]))) <= most:
            right = most if fewest == most else f"{fewest} to {most}"
            faults.add(f"{column} has {digits} digits, not {right}")
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
        # A missing value comes before all others.
        keys[column] = [() if value is None else (value,) for value in rows[column]]
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
