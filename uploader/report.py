"""Format the report of a run."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import unquote

from rich.table import Table
from rich.text import Text

from paintings_dedupe.common.terminal import counted, printable
from uploader.ledger.ledger import Ledger
from uploader.outcomes import FAULTS, Outcome
from uploader.table.plan import Rules

_REASONS_SHOWN = 10
_NAMES_SHOWN = 20
_LEFT_ALONE = (
    "They are left alone: delete by hand what nobody needs, such as images of a manifest that was "
    "taken over."
)
# The blob endpoint of an account, in any of Azure's clouds.
_BLOB_URL = re.compile(r"https://([a-z0-9-]+)\.blob\.([\w.-]+)/([\w$-]+)/(.+)")


def outcome_table(counts: list[tuple[Outcome, str, int]], title: str) -> Table:
    """Return a table of the rows by outcome, with the most frequent reasons of each.

    Parameters
    ----------
    counts
        The result of `Ledger.counts`.
    """
    table = Table("Outcome", "Reason", title=title)
    table.add_column("Rows", justify="right")
    for outcome in Outcome:
        reasons = [(reason, count) for o, reason, count in counts if o is outcome]
        for reason, count in reasons[:_REASONS_SHOWN]:
            # Reasons quote untrusted text, which must not be read as markup.
            table.add_row(outcome, Text(printable(reason)), f"{count:,}")
        if rest := sum(count for _, count in reasons[_REASONS_SHOWN:]):
            table.add_row(outcome, "other reasons", f"{rest:,}")
    table.add_section()
    table.add_row("all", "", f"{sum(count for *_, count in counts):,}")
    return table


def lacking_rows(counts: list[tuple[Outcome, str, int]]) -> str:
    """Describe the eligible rows that are not in the store, and the remedy; empty if none.

    Parameters
    ----------
    counts
        The result of `Ledger.counts`.
    """
    found: Counter[Outcome] = Counter()
    for outcome, _, count in counts:
        if outcome in FAULTS or outcome is Outcome.PENDING:
            found[outcome] += count
    if not found:
        return ""
    shown = ", ".join(f"{found[outcome]:,} {outcome}" for outcome in Outcome if found[outcome])
    verb = "is" if found.total() == 1 else "are"
    told = f"{counted(found.total(), 'eligible row')} {verb} not in the store: {shown}."
    if found[Outcome.FAILED]:
        told += " Run again to retry the failed rows, or use --retry-failed to retry only these."
    if found[Outcome.PENDING]:
        told += " Run again to continue with the pending rows."
    if final := [outcome for outcome in FAULTS if found[outcome] and outcome is not Outcome.FAILED]:
        told += (
            f" Rows that are {' or '.join(final)} end in the same way in every run, until the "
            "row, its image or the options change."
        )
    return told


def better_version(leaks: int) -> str:
    """Recommend version 2 of the table to who uploads version 1."""
    one = leaks == 1
    verb = "is a near-duplicate of an image" if one else "are near-duplicates of images"
    return (
        "Version 2 is recommended (--model-version 2, with another --prefix where version 1 is "
        f"published): in version 1, {counted(leaks, 'image')} in Test {verb} in Train (the table "
        f"split_leakage lists {'it' if one else 'them'}); in version 2, there are none."
    )


def stored_otherwise(ledger: Ledger, rules: Rules) -> list[str]:
    """Explain why images in the store will be downloaded again."""
    by_format, by_metadata, by_end = ledger.stored_otherwise(rules)
    lines = []
    if by_format:
        lines.append(
            f"{counted(by_format, 'stored image')} will be downloaded again, since the format is "
            "not that of the row: --format-mismatch store is not given as it was before, or "
            "--formats differ."
        )
    if by_metadata:
        images = counted(by_metadata, "image")
        if rules.strip_metadata:
            there, now, why = "with", "without", "was not given before"
        else:
            there, now, why = "without", "with", "was given before and is not given now"
        lines.append(
            f"{images} stored {there} metadata will be downloaded again and stored {now} it: "
            f"--strip-metadata {why}."
        )
    if by_end:
        lines.append(
            f"{counted(by_end, 'stored image')} will be downloaded again, to check for data after "
            f"{'it' if by_end == 1 else 'them'}: --trailing-data refuse was not given before."
        )
    return lines


def stale_images(
    ledger: Ledger, deleted: bool, prune: bool, take_over: bool
) -> tuple[list[str], int, int]:
    """List the blobs in the store that belong to no row.

    Parameters
    ----------
    deleted
        Whether our own stale blobs would be deleted, so that they are left out.
    prune
        Whether --prune was given. If nothing is deleted all the same, an error gives the remedy.
    take_over
        Whether a manifest of another table is replaced.

    Returns
    -------
    Lines for the user, the number of our own, which is 0 if they are left out, and of all others.
    """
    lines: list[str] = []
    found = []
    others = (
        "of a manifest that was taken over, or of none" if take_over else "in no manifest of ours"
    )
    for ours, what in ((True, "of an earlier manifest"), (False, others)):
        names = [] if ours and deleted else [blob.name for blob in ledger.stale(ours)]
        found.append(len(names))
        lines += (f"stale, {what}: {name}" for name in names[:_NAMES_SHOWN])
        if names:
            remedy = f" {_LEFT_ALONE}"
            if ours:
                remedy = "" if prune else " Delete them with --prune."
            verb = "is" if len(names) == 1 else "are"
            lines.append(
                f"{counted(len(names), 'stale image')} {what} {verb} in the store.{remedy}"
            )
    return lines, found[0], found[1]


def split_table(ledger: Ledger) -> Table:
    """Return a table of images, artists and megabytes in the store for each side of the split."""
    table = Table("Split", title="In the store")
    for heading in ("Images", "Artists", "MB"):
        table.add_column(heading, justify="right")
    for found in ledger.split_totals():
        megabytes = found.size / 1e6
        table.add_row(found.split, f"{found.images:,}", f"{found.artists:,}", f"{megabytes:,.1f}")
    return table


def spark_paths(url: str) -> tuple[str, ...]:
    """Return the paths by which Spark reads the blob at `url`, or none if it is not on Azure.

    HDInsight and older clusters use the first one, Synapse, Fabric and Databricks the second one.
    """
    found = _BLOB_URL.fullmatch(url)
    if not found:
        return ()
    account, cloud, container, name = found.groups()
    # Hadoop takes a path as it is, without decoding it.
    path = unquote(name)
    return (
        f"wasbs://{container}@{account}.blob.{cloud}/{path}",
        f"abfss://{container}@{account}.dfs.{cloud}/{path}",
    )
