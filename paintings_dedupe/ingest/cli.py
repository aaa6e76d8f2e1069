"""The command line of ingest: a command in, exit code out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import click

from paintings_dedupe.common.program import run_to_exit
from paintings_dedupe.ingest.commands.csv import csv
from paintings_dedupe.ingest.commands.folder import folder
from paintings_dedupe.ingest.commands.load import load

_INTERRUPTED = "Interrupted. No table was written, and an existing one is unchanged."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Make the table Paintings: one row per image, with its size, format and perceptual hashes.

    \b
    paintings-ingest folder ...   from image files, with one folder per artist
    paintings-ingest csv ...      from a list of image URLs
    paintings-ingest load ...     load such a table into a dbt target

    The output has the columns Artist, ArtistNumber, Width, Height, EncodingFormat, Name, URL and
    DHashHex8 to DHashHex1, and can be loaded into the source table of the dbt project. The same
    input always gives the same file.

    \b
    Exit codes:
      0    the table was written; the skipped file lists images that could not be used
      1    nothing was written or loaded, because there was no usable image, the output could
           not be written, the file to load is not such a table, rows do not fit, or the
           warehouse refused
      2    wrong options or arguments
      130  interrupted; an existing output is unchanged, unless the message says otherwise
    """


cli.add_command(folder)
cli.add_command(csv)
cli.add_command(load)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    run_to_exit(cli, arguments, "paintings-ingest", _INTERRUPTED)
