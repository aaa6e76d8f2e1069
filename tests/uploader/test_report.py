"""The report at the end of a run."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.uploader.samples import RULES, painting
from uploader.ledger.ledger import Ledger
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.report import lacking_rows, outcome_table, spark_paths, split_table
from uploader.table.plan import plan_rows


def _shown(table: object) -> list[list[str]]:
    """The rows of a table as they are printed, cell by cell."""
    console = Console(file=io.StringIO(), width=200)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    return [
        [cell.strip() for cell in line.strip("│┃ ").split("│")] for line in lines if "│" in line
    ]


def test_rows_are_counted_by_outcome_and_reason() -> None:
    counts = [
        (Outcome.FAILED, "timed out", 2_000),
        (Outcome.UPLOADED, "", 3),
        (Outcome.FAILED, "HTTP 404 Not Found", 1),
        (Outcome.SKIPPED, "format webp is not accepted", 1),
    ]
    assert _shown(outcome_table(counts, "")) == [
        ["uploaded", "", "3"],
        ["skipped", "format webp is not accepted", "1"],
        ["failed", "timed out", "2,000"],
        ["failed", "HTTP 404 Not Found", "1"],
        ["all", "", "2,005"],
    ]


def test_rare_reasons_are_summed_up() -> None:
    counts = [(Outcome.FAILED, f"reason {number}", 12 - number) for number in range(12)]
    rows = _shown(outcome_table(counts, ""))
    assert len(rows) == 12
    assert rows[9] == ["failed", "reason 9", "3"]
    assert rows[10] == ["failed", "other reasons", "3"]


def test_a_reason_is_no_markup_and_steers_no_terminal() -> None:
    """A server chooses the words behind its status, and must not end the run with them."""
    reasons = ["HTTP 404 [/b]", "HTTP 404 [red]not found[/red] :smile:", "HTTP 404 \x1b[2J"]
    rows = _shown(outcome_table([(Outcome.FAILED, reason, 1) for reason in reasons], ""))
    assert [row[1] for row in rows[:3]] == [*reasons[:2], "HTTP 404 \\x1b[2J"]


def test_another_run_is_advised_only_where_it_helps() -> None:
    failed = (Outcome.FAILED, "timed out", 2)
    refused = [(Outcome.REFUSED, "a png", 1_000), (Outcome.REFUSED, "too large", 1)]
    drifted, pending = (Outcome.DRIFTED, "another picture", 1), (Outcome.PENDING, "not tried", 1)
    stored = [(Outcome.UPLOADED, "", 5), (Outcome.SKIPPED, "webp", 1)]
    retry = "Run again to retry the failed rows, or use --retry-failed to retry only these."
    final = "end in the same way in every run, until the row, its image or the options change."
    assert lacking_rows(stored) == ""
    assert lacking_rows([*stored, failed]) == (
        f"2 eligible rows are not in the store: 2 failed. {retry}"
    )
    assert lacking_rows([*refused, drifted]) == (
        "1,002 eligible rows are not in the store: 1,001 refused, 1 drifted. "
        f"Rows that are refused or drifted {final}"
    )
    assert lacking_rows([pending]) == (
        "1 eligible row is not in the store: 1 pending. "
        "Run again to continue with the pending rows."
    )
    assert lacking_rows([failed, drifted]).endswith(
        f"1 drifted, 2 failed. {retry} Rows that are drifted {final}"
    )


def test_both_sides_of_the_split_are_summed_over_what_is_stored(ledger: Ledger) -> None:
    stored = [
        ("Monet", 0.1, 1_000_000),
        ("Monet", 0.2, 500_000),
        ("Monet", 0.8, 2_000_000_000),
        ("Manet", 0.3, 0),
    ]
    rows = [painting(a, random=r, hash=f"{n}") for n, (a, r, _) in enumerate(stored)]
    ledger.add(plan_rows([*rows, painting("Lost", hash="f")], RULES))
    sizes = {(artist, random): size for artist, random, size in stored}
    for task in ledger.tasks():
        row = task.plan.painting
        if row.artist == "Lost":
            ledger.record(task, Result(Outcome.FAILED, "timed out"))
        else:
            image = StoredImage(task.plan.blob_name, sizes[row.artist, row.random], b"", 1, 1)
            outcome = Outcome.PRESENT if row.random == 0.1 else Outcome.UPLOADED
            ledger.record(task, Result(outcome, stored=image))
    assert _shown(split_table(ledger)) == [
        ["Train", "3", "2", "1.5"],
        ["Test", "1", "1", "2,000.0"],
    ]


def test_an_empty_store_has_empty_sides(ledger: Ledger) -> None:
    assert _shown(split_table(ledger)) == [
        ["Train", "0", "0", "0.0"],
        ["Test", "0", "0", "0.0"],
    ]


@pytest.mark.parametrize(
    ("url", "paths"),
    [
        (
            "https://paintings1.blob.core.windows.net/images/a/My%20set/transferimages.txt",
            (
                "wasbs://images@paintings1.blob.core.windows.net/a/My set/transferimages.txt",
                "abfss://images@paintings1.dfs.core.windows.net/a/My set/transferimages.txt",
            ),
        ),
        (
            "https://paintings1.blob.core.chinacloudapi.cn/$web/transferimages.txt",
            (
                "wasbs://$web@paintings1.blob.core.chinacloudapi.cn/transferimages.txt",
                "abfss://$web@paintings1.dfs.core.chinacloudapi.cn/transferimages.txt",
            ),
        ),
        # Azurite, a domain of one's own, and a folder.
        ("http://127.0.0.1:10000/devstoreaccount1/images/transferimages.txt", ()),
        ("https://images.example.org/images/transferimages.txt", ()),
        ("file:///tmp/blobs/images/transferimages.txt", ()),
    ],
)
def test_the_paths_of_a_blob_in_spark(url: str, paths: tuple[str, ...]) -> None:
    """For the same blob, whatever Spark calls it; nothing else has such paths."""
    assert spark_paths(url) == paths
