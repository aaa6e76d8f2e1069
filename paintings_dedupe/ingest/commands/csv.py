"""The command `csv`: the images that a list names become the table."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.options import taken
from paintings_dedupe.common.web.contact import real_contact
from paintings_dedupe.ingest.commands.destination import (
    destination_of,
    destination_options,
    encoding_option,
)
from paintings_dedupe.ingest.commands.download_options import (
    DownloadOptions,
    download_options,
    images_contact,
)
from paintings_dedupe.ingest.commands.table_options import skipped_beside, table_options
from paintings_dedupe.ingest.tables.csv_file import ENCODINGS, CsvError
from paintings_dedupe.ingest.web.limits import Limits

_MIN_DOWNLOAD_WORKERS = 16


@click.command(name="csv")
@click.argument(
    "list_file", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@table_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=max(_MIN_DOWNLOAD_WORKERS, 2 * (os.cpu_count() or 1)),
    show_default=f"twice the cores, at least {_MIN_DOWNLOAD_WORKERS}",
    help="Number of images downloaded at a time. Together they take at most --memory.",
)
@encoding_option
@download_options
@destination_options(default_target="only the file is written")
def csv(  # noqa: PLR0913, PLR0917 - one parameter an option
    list_file: Path,
    out: Path,
    skipped_file: Path | None,
    max_bytes: int,
    max_pixels: int,
    workers: int,
    encoding: str,
    **options: Any,
) -> None:
    """Download and measure the images in LIST, a CSV file of URLs.

    LIST has a header with the columns Artist, Name and URL, in any order and letter case; other
    columns are ignored. Fields are separated by commas, semicolons or tabs. Images are kept in
    memory only. Rows without an artist or a URL, failed downloads and files that are not whole
    images are skipped.

    The list is treated as untrusted input, as in the uploader: downloads connect to public
    addresses only and have limits of time and size, X-Robots-Tag is obeyed, and images are
    decoded in separate processes. The table contains the URLs unchanged; in all other output,
    passwords and signatures are hidden.

    \b
    Examples:
      A list:
        Artist,Name,URL
        Berthe Morisot,The Cradle,https://example.org/art/cradle.jpg
      Make its table, with fewer downloads at a time:
        paintings-ingest csv list.csv --out paintings.csv --workers 4
      Make a Parquet file, and choose the file that lists skipped images:
        paintings-ingest csv list.csv --out paintings.parquet --skipped failed.csv
      Make the table of images on this machine:
        paintings-ingest csv list.csv --out paintings.csv --allow-private-hosts 127.0.0.1
    """
    # What the work needs takes several times as long to import as the help takes to print.
    with quick_imports():
        from asyncio import run  # noqa: PLC0415

        from paintings_dedupe.common.warehouse.dbt_paths import project_folder  # noqa: PLC0415
        from paintings_dedupe.common.web.strangers import without_contact  # noqa: PLC0415
        from paintings_dedupe.ingest.commands.make_table import make_table  # noqa: PLC0415
        from paintings_dedupe.ingest.listing.url_list import list_urls  # noqa: PLC0415

    skipped_path = skipped_beside(out, skipped_file)
    for output in (out, skipped_path):
        if output.exists() and output.samefile(list_file):
            raise click.UsageError(f"{output} would replace the list itself. Name another file.")
    limits = replace(taken(Limits, options), max_bytes=max_bytes)
    wishes = taken(DownloadOptions, options)
    destination = destination_of(**options)
    contact = real_contact(wishes.contact) or images_contact(
        project_folder(destination.project_dir)
    )
    download = wishes.downloader(workers, limits, contact)
    with download.session:
        try:
            listing = list_urls(list_file, download, ENCODINGS[encoding.lower()])
        except CsvError as error:
            raise click.UsageError(str(error)) from error
        if not listing.candidates and not listing.skipped:
            raise click.ClickException(f"{list_file} has no rows, so {out} was not written.")
        urls = (candidate.url for candidate in listing.candidates)
        if refusal := run(without_contact(contact, urls, wishes.allow_private_hosts)):
            raise refusal
        holding = download.memory.image if download.memory else nullcontext
        make_table(listing, out, skipped_path, workers, max_pixels, destination, holding)
