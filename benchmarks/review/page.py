"""Measure how long the review takes to write a page, and how large the page is.

``python -m benchmarks.review.page``
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.dbt import ROOT, build
from benchmarks.near_duplicates.matching import Gallery
from benchmarks.near_duplicates.measured import Used, measured
from benchmarks.near_duplicates.tables import with_copies, write
from paintings_dedupe.common.terminal import counted

# Nothing listens there: the images come from a folder.
_URL_PREFIX = "http://127.0.0.1:1"
# Half a million pixels, as our photographs of paintings have on average.
_SIZE = (820, 620)
_COPIES = 3
_IMAGES_OF_AN_ARTIST = 100
_BUILD = "build --exclude-resource-type test"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--images",
    type=click.IntRange(0),
    default=2_000,
    show_default=True,
    help="The number of images of a gallery that is painted and shown; 0 for none.",
)
@click.option(
    "--rows",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="The number of rows of a table that is shown without images; 0 for none.",
)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="number of cores",
    help="The number of processes that paint, and that make thumbnails.",
)
def command(images: int, rows: int, processes: int) -> None:
    """Make a gallery and a large table, build them, and print what their pages took."""
    report = Table("page", "seconds", "seconds of processor", "GB at most", "MB", "files")
    with tempfile.TemporaryDirectory() as name:
        if images:
            for title, page in _gallery_pages(Path(name, "gallery"), images, processes):
                report.add_row(title, *page.figures())
        if rows:
            title = f"{rows:,} rows, no thumbnails"
            report.add_row(title, *_table_page(Path(name, "table"), rows).figures())
    Console().print(report)


@dataclass(frozen=True)
class Page:
    """What a page took: time and memory, bytes on disk, and files."""

    used: Used
    size: int
    files: int

    def figures(self) -> tuple[str, ...]:
        """The cells of the report."""
        return (
            f"{self.used.seconds:.1f}",
            f"{self.used.cpu_seconds:.1f}",
            f"{self.used.gigabytes:.2f}",
            f"{self.size / 1e6:.2f}",
            f"{self.files:,}",
        )


def _gallery_pages(folder: Path, images: int, processes: int) -> Sequence[tuple[str, Page]]:
    """The page of a gallery, with and without thumbnails of an earlier run."""
    folder.mkdir()
    artists = -(-images // _IMAGES_OF_AN_ARTIST)
    gallery = Gallery(folder / "images", artists, images // artists, _COPIES, None, _SIZE)
    table = gallery.make(processes, Console(stderr=True))
    paintings = folder / "paintings.csv"
    table.drop(columns="Work").to_csv(paintings, index=False)
    build(paintings, folder, _BUILD)
    options = ["--folder", str(gallery.folder), "--url-prefix", _URL_PREFIX]
    options += ["--processes", str(processes)]
    what = counted(len(table), "image")
    return [
        (f"{what}, {when}", _page(folder, options)) for when in ("first run", "thumbnails known")
    ]


def _table_page(folder: Path, rows: int) -> Page:
    folder.mkdir()
    paintings = folder / "paintings.parquet"
    write(*with_copies(rows, max(1, rows // _IMAGES_OF_AN_ARTIST), copies=0.3), paintings)
    build(paintings, folder, _BUILD)
    return _page(folder, ["--no-thumbnails"])


def _page(folder: Path, options: Sequence[str]) -> Page:
    """Write the page of a database that was built in a folder."""
    page = folder / "review.html"
    used = measured(
        [
            *(
                sys.executable,
                "-m",
                "paintings_dedupe.review",
                "--target",
                "dev",
                "--out",
                str(page),
            ),
            *("--profiles-dir", str(folder), "--target-path", str(folder / "target"), *options),
        ],
        ROOT,
        {**os.environ, "DUCKDB_PATH": str(folder / "paintings.duckdb")},
    )
    beside = (path for path in (folder / "review_files").rglob("*") if path.is_file())
    sizes = [path.stat().st_size for path in (page, *beside)]
    return Page(used, sum(sizes), len(sizes))


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.review.page")
