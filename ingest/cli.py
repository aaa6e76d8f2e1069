"""The command line of `ingest`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
from rich.console import Console

from common.images.decode import MAX_PIXELS, PIXELS_CEILING
from common.progress import progress
from common.terminal import complain, counted, print_anything, quiet_libraries, say
from common.warehouse.dbt_paths import project_folder
from ingest.commands.download_options import DownloadOptions, download_options
from ingest.commands.load import Destination, destination_options, encoding_option, load_file
from ingest.listing.candidates import Listing, Skip
from ingest.listing.folder import list_folder
from ingest.listing.url_list import list_urls
from ingest.measuring.guarded_measure import guarded_measure
from ingest.measuring.table import build_table
from ingest.tables.csv_file import ENCODINGS, CsvError
from ingest.tables.writer import WRITERS, write_skipped, write_table
from ingest.web.download import Limits

EXIT_INTERRUPTED = 130
_MIN_DOWNLOAD_WORKERS = 16
_REASONS_SHOWN = 5
_FEATURELESS_SHOWN = 20

Command = TypeVar("Command", bound=Callable[..., None])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; end the process with its exit code unless that is 0."""
    print_anything()
    quiet_libraries()
    try:
        cli.main(arguments, prog_name="python -m ingest", standalone_mode=False)
    except click.Abort:
        click.echo("Interrupted. No table was written, and an existing one is unchanged.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        complain(error)
        sys.exit(error.exit_code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Make the table Paintings: one row per image, with its size, format and perceptual hashes.

    \b
    python -m ingest folder ...   from image files, with one folder per artist
    python -m ingest csv ...      from a list of image URLs
    python -m ingest load ...     load such a table into a dbt target

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
      130  interrupted; an existing output is unchanged
    """


def _out_path(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    if value.suffix.lower() not in WRITERS:
        raise click.BadParameter(f"{value} must end in {' or '.join(WRITERS)}.")
    return _writable_path(context, parameter, value)


def _writable_path(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    """Refuse at once a path that would otherwise fail after all the work is done."""
    if value.is_dir():
        raise click.BadParameter(f"{value} is a folder. Name a file.")
    if not value.parent.is_dir():
        raise click.BadParameter(f"the folder {value.parent} does not exist. Create it first.")
    if not os.access(value.parent, os.W_OK):
        raise click.BadParameter(f"the folder {value.parent} cannot be written to.")
    return value


def _skipped_path(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> Path | None:
    return None if value is None else _writable_path(context, parameter, value)


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


def _shared_options(command: Command) -> Command:
    """Add the options that `folder` and `csv` share."""
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


@cli.command(name="folder")
@click.argument(
    "directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--url-prefix",
    callback=_url_prefix,
    required=True,
    help="The http or https URL under which DIR is, or will be, served.",
)
@_shared_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="Number of images measured at a time.",
)
@destination_options
def folder_command(  # noqa: PLR0913, PLR0917 - one parameter an option
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
        python -m ingest folder images --url-prefix http://127.0.0.1:8000 --out paintings.csv
      Also load the table into SQL Server:
        python -m ingest folder images --url-prefix http://127.0.0.1:8000 --out paintings.csv \\
            --target sqlserver
      Make a Parquet file, for images that a web site will serve:
        python -m ingest folder images --url-prefix https://example.org/art \\
            --out paintings.parquet
    """
    skipped_path = _skipped_beside(out, skipped_file)
    where = _destination(**destination)
    listing = list_folder(directory, url_prefix, max_bytes)
    _run(listing, out, skipped_path, workers, max_pixels, where)


@cli.command(name="csv")
@click.argument(
    "list_file", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@_shared_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=max(_MIN_DOWNLOAD_WORKERS, 2 * (os.cpu_count() or 1)),
    show_default=f"twice the cores, at least {_MIN_DOWNLOAD_WORKERS}",
    help="Number of images downloaded at a time. Together they take at most --memory.",
)
@encoding_option
@download_options
@destination_options
def csv_command(  # noqa: PLR0913, PLR0917 - one parameter an option
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
        python -m ingest csv list.csv --out paintings.csv --workers 4
      Make a Parquet file, and choose the file that lists skipped images:
        python -m ingest csv list.csv --out paintings.parquet --skipped failed.csv
      Make the table of images on this machine:
        python -m ingest csv list.csv --out paintings.csv --allow-private-hosts 127.0.0.1
    """
    skipped_path = _skipped_beside(out, skipped_file)
    for output in (out, skipped_path):
        if output.exists() and output.samefile(list_file):
            raise click.UsageError(f"{output} would replace the list itself. Name another file.")
    wishes = DownloadOptions.taken_from(options)
    destination = _destination(**options)
    download = wishes.downloader(workers, max_bytes, project_folder(destination.project_dir))
    with download.session:
        try:
            listing = list_urls(list_file, download, ENCODINGS[encoding.lower()])
        except CsvError as error:
            raise click.UsageError(str(error)) from error
        if not listing.candidates and not listing.skipped:
            raise click.ClickException(f"{list_file} has no rows, so {out} was not written.")
        holding = download.memory.image if download.memory else nullcontext
        _run(listing, out, skipped_path, workers, max_pixels, destination, holding)


def _skipped_beside(out: Path, skipped_file: Path | None) -> Path:
    skipped_path = skipped_file or out.with_suffix(".skipped.csv")
    if skipped_path.resolve() == out.resolve():
        raise click.UsageError(f"--out and --skipped are both {out}. Name two files.")
    return skipped_path


@cli.command(name="load")
@click.argument(
    "table_file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@encoding_option
@destination_options
def load_command(table_file: Path, **destination: Any) -> None:
    """Load FILE, a CSV or Parquet file, into the table Paintings of a dbt target.

    The command connects as dbt does, so every sign-in of the profile works. A line that cannot be
    read as a row (with an extra comma, or a quote that is not closed) is left out, and listed in
    the table RejectedLines with its number and the reason. All rows are loaded in one
    transaction: if a value does not fit its column, each such row is named by its line, and
    nothing is changed.

    \b
    Examples:
      python -m ingest load paintings.csv --target sqlserver
      python -m ingest load paintings.csv --target azure --replace
      python -m ingest load from-excel.csv --target dev --encoding cp1252
      python -m ingest load more.parquet --target azure --append --skip-misfits
    """
    load_file(table_file, _destination(**destination), Console(stderr=True))


def _destination(replace: bool, append: bool, **options: Any) -> Destination:
    """The options of `destination_options` as one value."""
    if replace and append:
        raise click.UsageError("--replace and --append cannot be combined. Use one of them.")
    mode = "replace" if replace else "append" if append else "create"
    return Destination(mode=mode, **options)


def _run(  # noqa: PLR0913, PLR0917 - one parameter an option
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
            "Free some space or name another file."
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
        load_file(out, destination, console)


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
