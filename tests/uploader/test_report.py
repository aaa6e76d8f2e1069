"""What a person is told at the end."""

from __future__ import annotations

import io

import pyarrow as pa
from rich.console import Console

from tests.uploader.samples import painting
from uploader.outcomes import Outcome, Result
from uploader.report import Tally, split_table


def _shown(table: object) -> list[list[str]]:
    """The rows of a table as they are printed, cell by cell."""
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    return [
        [cell.strip() for cell in line.strip("│┃ ").split("│")] for line in lines if "│" in line
    ]


def _tally(*ends: tuple[Outcome, str]) -> Tally:
    tally = Tally()
    for outcome, reason in ends:
        tally.add(Result(painting(), outcome, reason))
    return tally


def test_rows_are_counted_by_outcome_and_reason() -> None:
    tally = _tally(
        (Outcome.UPLOADED, ""),
        (Outcome.FAILED, "timed out"),
        (Outcome.UPLOADED, ""),
        (Outcome.SKIPPED, "format webp is not accepted"),
        (Outcome.FAILED, "HTTP 404 Not Found"),
        (Outcome.FAILED, "timed out"),
    )
    assert _shown(tally.table("")) == [
        ["uploaded", "", "2"],
        ["skipped", "format webp is not accepted", "1"],
        ["failed", "timed out", "2"],
        ["failed", "HTTP 404 Not Found", "1"],
        ["all", "", "6"],
    ]
    assert (tally.total, tally.eligible, tally.count(Outcome.FAILED)) == (6, 5, 3)


def test_rare_reasons_are_summed_up() -> None:
    ends = [
        (Outcome.FAILED, f"reason {number}") for number in range(12) for _ in range(12 - number)
    ]
    rows = _shown(_tally(*ends).table(""))
    assert len(rows) == 12
    assert rows[9] == ["failed", "reason 9", "3"]
    assert rows[10] == ["failed", "other reasons", "3"]


def test_a_reason_is_no_markup() -> None:
    """A server chooses the words behind its status, and must not end the run with them."""
    reasons = ["HTTP 404 [/b]", "HTTP 404 [red]not found[/red] :smile:"]
    rows = _shown(_tally(*((Outcome.FAILED, reason) for reason in reasons)).table(""))
    assert [row[1] for row in rows[:2]] == reasons


def test_both_sides_of_the_split_are_summed() -> None:
    manifest = pa.table(
        {
            "Split": ["Train", "Train", "Test", "Train"],
            "Artist": ["Monet", "Monet", "Monet", "Manet"],
            "Bytes": [1_000_000, 500_000, 2_000_000_000, 0],
        }
    )
    assert _shown(split_table(manifest)) == [
        ["Train", "3", "2", "1.5"],
        ["Test", "1", "1", "2,000.0"],
    ]


def test_an_empty_manifest_has_empty_sides() -> None:
    empty = pa.table(
        {
            "Split": pa.array([], pa.string()),
            "Artist": pa.array([], pa.string()),
            "Bytes": pa.array([], pa.int64()),
        }
    )
    assert _shown(split_table(empty)) == [["Train", "0", "0", "0.0"], ["Test", "0", "0", "0.0"]]
