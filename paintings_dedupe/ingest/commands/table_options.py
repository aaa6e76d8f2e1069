"""The options for the table to write, and for what made no row of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from paintings_dedupe.common.images.limits import MAX_PIXELS, PIXELS_CEILING
from paintings_dedupe.ingest.web.limits import Limits

Command = TypeVar("Command", bound=Callable[..., None])


def table_options(command: Command) -> Command:
    """Add the options of each command that makes a table."""
    options = (
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            callback=_out_path,
            required=True,
            help="The table to write, a .csv or .parquet file. An existing file is replaced only "
            "when the new one is complete.",
        ),
        click.option(
            "--skipped",
            "skipped_file",
            type=click.Path(path_type=Path),
            callback=_skipped_path,
            help="CSV file that lists images without a row (columns Where, Reason).  "
            "[default: beside the table, paintings.csv -> paintings.skipped.csv]",
        ),
        click.option(
            "--max-bytes",
            type=click.IntRange(min=1),
            default=Limits().max_bytes,
            show_default=True,
            help="Maximum size of an image, in bytes. Larger images are skipped.",
        ),
        click.option(
            "--max-pixels",
            type=click.IntRange(min=1, max=PIXELS_CEILING),
            default=MAX_PIXELS,
            show_default=True,
            help="Maximum number of pixels (width x height). Larger images are skipped before "
            "they are decoded. A pixel takes up to 8 bytes of memory in each worker.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def skipped_beside(out: Path, skipped_file: Path | None) -> Path:
    """The file for what made no row: the one that was named, or one beside the table."""
    skipped_path = skipped_file or out.with_suffix(".skipped.csv")
    if skipped_path.resolve() == out.resolve():
        raise click.UsageError(f"--out and --skipped are both {out}. Name two files.")
    return skipped_path


def _out_path(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    from paintings_dedupe.ingest.tables.writer import WRITERS  # noqa: PLC0415 (slow)

    if value.suffix.lower() not in WRITERS:
        raise click.BadParameter(f"{value} must end in {' or '.join(WRITERS)}.")
    return _writable_path(context, parameter, value)


def _writable_path(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    """Refuse at once a path that would otherwise fail after all the work is done."""
    if value.is_dir():
        raise click.BadParameter(f"{value} is a folder. Name a file.")
    if not value.parent.is_dir():
        raise click.BadParameter(f"the folder {value.parent} does not exist. Create it first.")
    from paintings_dedupe.ingest.tables.writer import try_to_write  # noqa: PLC0415 (slow)

    try:
        try_to_write(value)
    except OSError as error:
        raise click.BadParameter(
            f"{value} cannot be written: {error.strerror or error}. Name another file."
        ) from error
    return value


def _skipped_path(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> Path | None:
    return None if value is None else _writable_path(context, parameter, value)
