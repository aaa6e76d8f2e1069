"""The command line of ingest: a command in, exit code out."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from common.terminal import complain, print_anything, quiet_libraries
from ingest.commands.csv import csv
from ingest.commands.folder import folder
from ingest.commands.load import load

EXIT_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Make the table Paintings: one row an image, with its size, format and perceptual hashes.

    \b
    python -m ingest folder ...   from image files, one folder an artist
    python -m ingest csv ...      from a list of image addresses
    python -m ingest load ...     load such a table into a dbt target

    The output has the columns Artist, ArtistNumber, Width, Height, EncodingFormat, Name, URL,
    DHashHex8 ... DHashHex1, ready to load into the source table of the dbt project. The same
    input always gives the same file.

    \b
    Exit codes:
      0    written; images that could not be used are listed in the skipped file
      1    nothing written or loaded: not one usable image, an output that cannot be written,
           a file to load that is no such table, rows that do not fit, a warehouse that refuses
      2    bad usage
      130  interrupted; an older output is left as it was
    """


cli.add_command(folder)
cli.add_command(csv)
cli.add_command(load)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; end the process with its exit code unless that is 0."""
    print_anything()
    quiet_libraries()
    try:
        cli.main(arguments, prog_name="python -m ingest", standalone_mode=False)
    except click.Abort:
        click.echo("Interrupted: no table was written, an older one is unchanged.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        complain(error)
        sys.exit(error.exit_code)
