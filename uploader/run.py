"""Run the work over all rows: in parallel, reported, published at the end."""

from __future__ import annotations

from contextlib import closing

import click
from rich.console import Console

from common.progress import progress
from common.terminal import printable, say
from common.workers import run_bounded
from uploader.manifest import ManifestRows, publish
from uploader.outcomes import Outcome, Result
from uploader.plan import Rules, plan
from uploader.report import Tally, split_table
from uploader.rows import RowSpool
from uploader.stores import StoreError
from uploader.transfer import Transfer


def print_plan(rows: RowSpool, rules: Rules) -> None:
    """Print a line for each row that would be uploaded, and count the others."""
    tally = Tally()
    for row in rows:
        planned = plan(row, rules)
        if isinstance(planned, Result):
            tally.add(planned)
        else:
            tally.add(Result(row, Outcome.UPLOADED))
            click.echo(printable(f"would upload {row.url} as {planned.blob_name}"))
    Console().print(tally.table("What would become of the rows"))


def upload(
    rows: RowSpool, transfer: Transfer, manifest: str, workers: int, console: Console
) -> bool:
    """Upload all rows, publish the manifest, and report.

    The manifest is left as it was when not one eligible row could be uploaded.

    Parameters
    ----------
    rows, transfer
        The work.
    manifest
        The file name of the text manifest.
    workers
        How many rows are in flight at a time.
    console
        Where progress and faults go; the report goes to the standard output.

    Returns
    -------
    Whether every eligible row is in the store.
    """
    tally = Tally()
    uploaded = ManifestRows(transfer.store, transfer.rules)
    with (
        progress("Uploading", len(rows), console) as advance,
        # Closed at once when interrupted in between, so that nothing more is begun.
        closing(run_bounded(transfer, rows, workers)) as results,
    ):
        for result in results:
            tally.add(result)
            if result.outcome is Outcome.UPLOADED:
                uploaded.add(result)
            elif result.outcome is not Outcome.SKIPPED:
                say(console, _complaint(result))
            advance()
    report = Console()
    report.print(tally.table("What became of the rows"))
    if tally.eligible and not tally.count(Outcome.UPLOADED):
        say(console, "Nothing could be uploaded, so the manifest was left as it was.")
        return False
    try:
        published = publish(uploaded, transfer.store, transfer.rules.prefix, manifest)
    except StoreError as error:
        say(console, f"The images were uploaded, but not the manifest: {error}. Run again.")
        return False
    report.print(split_table(published.table))
    say(report, f"Manifest: {published.url}")
    for name in published.absent:
        say(console, f"not in the store although it was uploaded: {name}")
    if lacking := tally.eligible - published.table.num_rows:
        say(console, f"{lacking:,} eligible rows are not in the store. Run again to retry them.")
    return not lacking


def _complaint(result: Result) -> str:
    painting = result.painting
    return (
        f"{result.outcome}: {painting.hash} of {painting.artist}: {result.reason} ({painting.url})"
    )
