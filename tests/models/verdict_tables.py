"""Verdicts made by hypothesis, on tables of `tables`."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.models import reference
from tests.models.match_reference import Match
from tests.models.near_rows import Row, groupable
from tests.models.tables import frame, rows_and_matches
from tests.models.verdict_reference import Verdict

Table = tuple[list[dict[str, str | None]], list[Match], list[Verdict]]
Name = tuple[str | None, str | None, str | None]
_LOST: list[Name] = [
    ("Monet", "0" * 31 + "1", "http://a/1"),
    ("Monet ", None, "http://gone"),
    ("monet", None, "http://a/1"),
    (None, None, None),
]
_PAIRS = ("same", "same", "different", "different", "different", " Same ", "DIFFERENT")
_OTHERS = ("drop", "wrong artist", "maybe", "", None)


def name_of(row: Row) -> Name:
    """How `image_groups` names an image."""
    return row["Artist"], row["DHashHex8"], row["URL"]


def verdicts_on(rows: list[Row]) -> st.SearchStrategy[list[Verdict]]:
    """Any verdicts on a few of the rows and on others, contradictory ones among them."""
    # Twelve names at most, so that verdicts meet.
    known = sorted({name_of(row) for row in rows}, key=str)[:12]
    as_written = [
        *known * 4,
        # Of what a hash identifies, the URL does not matter, nor how it is written.
        *((artist, text and f" {text.upper()}", "http://moved") for artist, text, _ in known[:2]),
        *_LOST,
    ]
    name = st.sampled_from(as_written)
    verdict = st.one_of(st.sampled_from(_PAIRS), st.sampled_from((*_PAIRS, *_OTHERS)))
    note = st.sampled_from((None, "a plan", "A; b", "B"))

    def judged(verdict: str | None, one: Name, other: Name, note: str | None) -> Verdict:
        is_pair = verdict in _PAIRS
        return Verdict(verdict, *one, *(other if is_pair else (None, None, None)), note)

    return st.lists(st.builds(judged, verdict, name, name, note), max_size=10)


@st.composite
def judged_tables(draw: st.DrawFn, part: int = 0) -> Table:
    """Rows of `Paintings`, what pictures say of some, and what reviewers say of some."""
    rows, matches = draw(rows_and_matches(part))
    return rows, matches, draw(verdicts_on(groupable(reference.clean(frame(rows)))))
