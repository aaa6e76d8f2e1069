"""The options for the dbt target to load into."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from paintings_dedupe.ingest.tables.csv_file import ENCODINGS

# The same rule as for the var paintings_schema, by which dbt finds the table.
_SCHEMA = re.compile(r"[\w $#@.-]{1,128}")
Command = TypeVar("Command", bound=Callable[..., None])


@dataclass(frozen=True)
class Destination:
    """Where and how to load: the options of `destination_options`, by their names."""

    target: str | None
    schema: str | None
    mode: str
    skip_misfits: bool
    project_dir: Path | None
    profiles_dir: Path | None
    encoding: str = "utf-8"


encoding_option = click.option(
    "--encoding",
    type=click.Choice(list(ENCODINGS), case_sensitive=False),
    default="utf-8",
    show_default=True,
    help="Encoding of the CSV file, if it has no byte order mark. The plain CSV that Excel saves "
    "on Windows is cp1252.",
)


def _schema_name(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    if value is not None and not _SCHEMA.fullmatch(value):
        raise click.BadParameter(
            "the name of a schema consists of 1 to 128 letters, digits, spaces and _ $ # @ . -"
        )
    return value


def destination_options(default_target: str) -> Callable[[Command], Command]:
    """Return a decorator that adds the options that make a `Destination`.

    Parameters
    ----------
    default_target
        What the help calls the default of --target.
    """
    options = (
        click.option(
            "--target",
            help=f"The dbt target to load Paintings into.  [default: {default_target}]",
        ),
        click.option(
            "--schema",
            callback=_schema_name,
            help="The schema of Paintings.  [default: that of the target]",
        ),
        click.option(
            "--replace",
            is_flag=True,
            help="Delete all rows of the table first.  [default: refuse a table that has rows]",
        ),
        click.option("--append", is_flag=True, help="Add the rows to those of the table."),
        click.option(
            "--skip-misfits",
            is_flag=True,
            help="Leave out rows that do not fit the columns, and list them in RejectedLines, "
            "instead of loading nothing.",
        ),
        click.option(
            "--project-dir",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Folder of the dbt project.  [default: DBT_PROJECT_DIR, else this folder or the "
            "nearest one above it with a dbt_project.yml]",
        ),
        click.option(
            "--profiles-dir",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Folder of profiles.yml.  [default: DBT_PROFILES_DIR, else this folder, else "
            "~/.dbt]",
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def destination_of(replace: bool, append: bool, **options: Any) -> Destination:
    """The options of `destination_options` as one value."""
    if replace and append:
        raise click.UsageError("--replace and --append cannot be combined. Use one of them.")
    mode = "replace" if replace else "append" if append else "create"
    return Destination(mode=mode, **options)
