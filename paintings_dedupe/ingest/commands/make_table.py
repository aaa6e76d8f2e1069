"""Make the table of a listing: measure, write, load, and say what became of it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from rich.console import Console

from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.ingest.commands.destination import Destination
from paintings_dedupe.ingest.listing.candidates import Listing
from paintings_dedupe.ingest.measuring.guarded_measure import guarded_measure
from paintings_dedupe.ingest.measuring.table import build_table
from paintings_dedupe.ingest.skip import Skip
from paintings_dedupe.ingest.tables.writer import write_skipped, write_table

_REASONS_SHOWN = 5
_FEATURELESS_SHOWN = 20


def make_table(  # noqa: PLR0913, PLR0917 - one parameter an option
    listing: Listing,
    out: Path,
    skipped_path: Path,
    workers: int,
    max_pixels: int,
    destination: Destination,
    holding: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Build the table of `listing`, write it, load it if a target is given, and report."""
    console = Console(stderr=True)
    with (
        guarded_measure(max_pixels, min(workers, os.cpu_count() or 1)) as measure,
        progress("Measuring", len(listing.candidates), console) as advance,
    ):
        table = build_table(listing, workers, measure, advance, holding)
    try:
        write_skipped(skipped_path, table.skipped)
        if table.rows:
            write_table(out, table.rows)
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or out} cannot be written: {error.strerror or error}. "
            "Remove the cause, or name another file."
        ) from error

    artists = len({row.artist for row in table.rows})
    rows = f"{counted(len(table.rows), 'row')}, {counted(artists, 'artist')}"
    say(console, f"{rows}: {out if table.rows else '-'}")
    say(console, f"{len(table.skipped):,} skipped: {skipped_path}")
    _say_reasons(console, table.skipped)
    _say_featureless(console, table.featureless)
    if not table.rows:
        raise click.ClickException(
            f"no usable image was found, so {out} was not written. "
            f"{skipped_path} lists the reason for each image."
        )
    if destination.target:
        from paintings_dedupe.ingest.commands.load_file import load_file  # noqa: PLC0415 (imports dbt)

        try:
            load_file(out, destination, console)
        except KeyboardInterrupt as error:
            raise click.Abort(f"Interrupted. {out} was written, but not loaded.") from error


def _say_featureless(console: Console, featureless: tuple[str, ...]) -> None:
    """Warn about images whose hashes prove nothing: blank pages share them."""
    if featureless:
        say(
            console,
            f"Warning: {counted(len(featureless), 'image')} with hardly any edges. Many images "
            "share such a hash, so it can neither show duplicates nor identify the image for the "
            "uploader.",
        )
    for where in featureless[:_FEATURELESS_SHOWN]:
        say(console, f"  hardly any edges: {where}")
    if (more := len(featureless) - _FEATURELESS_SHOWN) > 0:
        say(console, f"  and {counted(more, 'other')}")


def _say_reasons(console: Console, skipped: tuple[Skip, ...]) -> None:
    """Print the most frequent reasons, each with its first example."""
    counts = Counter(skip.reason for skip in skipped)
    examples = {skip.reason: skip.where for skip in reversed(skipped)}
    for reason, count in counts.most_common(_REASONS_SHOWN):
        say(console, f"  {count:,} x {reason} (first: {examples[reason]})")
    if (more := len(counts) - _REASONS_SHOWN) > 0:
        say(console, f"  and {counted(more, 'other reason')}")
