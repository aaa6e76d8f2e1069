"""The command `load`: a table file becomes rows of a dbt target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.ingest.commands.destination import (
    destination_of,
    destination_options,
    encoding_option,
)


@click.command(name="load")
@click.argument(
    "table_file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@encoding_option
@destination_options(default_target="the target of the profile")
def load(table_file: Path, **destination: Any) -> None:
    """Load FILE, a CSV or Parquet file, into the table Paintings of a dbt target.

    The command connects as dbt does, so every sign-in of the profile works. A line that cannot be
    read as a row (with an extra comma, or a quote that is not closed) is left out, and listed in
    the table RejectedLines with its number and the reason. All rows are loaded in one
    transaction (on Spark, by one statement): if a value does not fit its column, each such row is
    named by its line, and nothing is changed.

    \b
    Examples:
      paintings-ingest load paintings.csv --target sqlserver
      paintings-ingest load paintings.csv --target azure --replace
      paintings-ingest load from-excel.csv --target dev --encoding cp1252
      paintings-ingest load more.parquet --target azure --append --skip-misfits
    """
    # What the work needs takes several times as long to import as the help takes to print.
    with quick_imports():
        from rich.console import Console  # noqa: PLC0415

        from paintings_dedupe.ingest.commands.load_file import load_file  # noqa: PLC0415

    load_file(table_file, destination_of(**destination), Console(stderr=True))
