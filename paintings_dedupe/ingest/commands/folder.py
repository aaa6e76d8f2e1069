"""The command `folder`: image files become the table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.ingest.commands.destination import destination_of, destination_options
from paintings_dedupe.ingest.commands.table_options import skipped_beside, table_options


def _url_prefix(context: click.Context, parameter: click.Parameter, value: str) -> str:
    remedy = "Give a percent-encoded URL such as http://localhost:8000/images."
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise click.BadParameter(f"{value} is not a URL: {error}. {remedy}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(f"{value} is not an http or https URL. {remedy}")
    if "?" in value or "#" in value:
        raise click.BadParameter(
            f"{value} has a query or fragment, which no path can follow. {remedy}"
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise click.BadParameter(f"{value} has characters that a URL cannot contain. {remedy}")
    return value


@click.command(name="folder")
@click.argument(
    "directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--url-prefix",
    callback=_url_prefix,
    required=True,
    help="The http or https URL under which DIR is, or will be, served.",
)
@table_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Number of images measured at a time.",
)
@destination_options(default_target="only the file is written")
def folder(  # noqa: PLR0913, PLR0917 - one parameter an option
    directory: Path,
    url_prefix: str,
    out: Path,
    skipped_file: Path | None,
    max_bytes: int,
    max_pixels: int,
    workers: int,
    **destination: Any,
) -> None:
    """Measure the image files in DIR, which has one folder per artist.

    DIR/Artist name/any folders/file.jpg becomes a row with that artist, the name "file" and the
    URL PREFIX/Artist%20name/any%20folders/file.jpg. Hidden files, links that leave DIR, files
    outside an artist's folder and files that are not whole images are skipped.

    \b
    Examples:
      Serve a folder of images on this machine and make its table:
        python -m http.server 8000 --bind 127.0.0.1 --directory images &
        paintings-ingest folder images --url-prefix http://127.0.0.1:8000 --out paintings.csv
      Also load the table into SQL Server:
        paintings-ingest folder images --url-prefix http://127.0.0.1:8000 --out paintings.csv \\
            --target sqlserver
      Make a Parquet file, for images that a web site will serve:
        paintings-ingest folder images --url-prefix https://example.org/art \\
            --out paintings.parquet
    """
    # What the work needs takes several times as long to import as the help takes to print.
    with quick_imports():
        from paintings_dedupe.ingest.commands.make_table import make_table  # noqa: PLC0415
        from paintings_dedupe.ingest.listing.folder import list_folder  # noqa: PLC0415

    skipped_path = skipped_beside(out, skipped_file)
    where = destination_of(**destination)
    listing = list_folder(directory, url_prefix, max_bytes)
    if not listing.candidates and not listing.skipped:
        raise click.ClickException(
            f"{directory} has no files, so {out} was not written. It must have one subfolder per "
            "artist, with the artist's images in it."
        )
    make_table(listing, out, skipped_path, workers, max_pixels, where)
