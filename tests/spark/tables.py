"""One table with what the other tests generate as many small ones."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

import pandas as pd

from paintings_dedupe.common.text import clean, clean_url
from tests.helpers.dbt_project import ROOT
from tests.helpers.examples import drawn
from tests.models import reference
from tests.models.match_reference import Match
from tests.models.nodes import Node
from tests.models.tables import NEAR_ROW, ROW, frame
from tests.models.verdict_reference import Verdict
from tests.models.verdict_tables import judged_tables

Row = dict[str, str | None]
# All that are assigned, without halves of surrogate pairs, private use, and most tags.
_CODES = (*range(1, 0xD800), *range(0xF900, 0x32000), *range(0xE0000, 0xE0100), 0xE0FFF, 0xE1000)


@dataclass(frozen=True)
class Generated:
    """The rows of `Paintings`, `ImageMatches` and the seed of verdicts."""

    rows: list[Row]
    matches: list[Match]
    verdicts: list[Verdict]

    @property
    def paintings(self) -> pd.DataFrame:
        """The rows as a frame, all text."""
        return frame(self.rows)


def generate(single: int, near: int, judged: int) -> Generated:
    """The sample, so many single rows, rows with near hashes, and tables with verdicts.

    The artists of each table are its own, so that it means the same as on its own, but for what
    links artists.
    """
    rows = [*drawn(ROW, single), *drawn(NEAR_ROW, near), *character_rows(), *_sample()]
    # Of a pair, the matcher writes one row.
    matches: dict[tuple[Node, Node], Match] = {}
    verdicts: list[Verdict] = []
    for number, (some, found, given_verdicts) in enumerate(drawn(judged_tables(), judged)):
        rows += [row | {"Artist": _numbered(row["Artist"], number)} for row in some]
        for match in found:
            one, two = (_numbered_node(node, number) for node in (match.one, match.other))
            matches[one, two] = replace(match, one=one, other=two)
        for verdict in given_verdicts:
            artist, other = (_numbered(a, number) for a in (verdict.artist, verdict.other_artist))
            verdicts.append(replace(verdict, artist=artist, other_artist=other))
    return Generated(rows, list(matches.values()), verdicts)


def character_rows() -> list[Row]:
    """Rows with each character that cleaning, case or digits in other scripts could change."""
    characters = [chr(code) for code in _CODES]
    cleaned = [c for c in characters if clean(f"a{c}b") != f"a{c}b"]
    cased = [c for c in characters if c.lower() != c]
    digits = [c for c in characters if unicodedata.category(c).startswith("N")]
    trimmed = [c for c in cleaned if clean_url(f"{c}a") == "a"]
    sound = dict.fromkeys(reference.COLUMNS, "1") | reference.SOUND_HASHES
    # No hash, so that these rows go no further than the list of rejected ones.
    rejected = sound | {"DHashHex8": None, "DHashHex3": None}
    texts = [_text(some) for some in _parts(cleaned, 150)]
    return [
        *(rejected | {"Name": text, "Artist": text[:300]} for text in texts),
        *(rejected | {"URL": f"{c}http://a/{c}b{c}"} for c in trimmed),
        *(rejected | {"EncodingFormat": "".join(some)} for some in _parts(cased, 30)),
        *(rejected | {"DHashHex8": "".join(some)} for some in _parts(cased, 30)),
        *(rejected | {"EncodingFormat": text} for text in ("ΑΣ", "ΑΣ ΑΣ", "İ", "I\u0307")),
        *(rejected | {"Width": c, "DHashHex5": c * 12} for c in digits[:300]),
    ]


def _sample() -> list[Row]:
    """The sample, which has copies on both sides of the split."""
    sample = pd.read_csv(ROOT / "demo" / "paintings.csv", dtype=str, keep_default_na=False)
    found: list[Row] = sample[reference.COLUMNS].to_dict("records")
    return found


def _parts(texts: list[str], size: int) -> list[list[str]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _text(characters: list[str]) -> str:
    return " ".join(f"a{character} b" for character in characters)


def _numbered(artist: str | None, number: int) -> str | None:
    return artist and artist.replace("net", f"net {number}")


def _numbered_node(node: Node, number: int) -> Node:
    artist, fingerprint = node
    return str(_numbered(artist, number)), fingerprint
