"""The command line of the review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from paintings_dedupe.common.extras import check_installed
from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.options import taken
from paintings_dedupe.common.program import run_to_exit
from paintings_dedupe.review.options import CACHE_NAME, ReviewOptions
from uploader.commands.dbt_options import DbtOptions
from uploader.flow.limits import Limits
from uploader.reading.options import (
    Sources,
    cache_option,
    dbt_and_download_options,
    processes_option,
    source_options,
)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("review.html"),
    show_default=True,
    help="The page to write. With more than 2,000 images, the images are in a folder beside it, "
    "such as review_files.",
)
@click.option(
    "--take",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write no page. Check the verdicts in a file that the page saved, and put the file in the "
    "place of seeds/review_verdicts.csv. The next `dbt build` obeys them.",
)
@source_options
@click.option(
    "--no-thumbnails",
    is_flag=True,
    help="Write a page without images. Nothing is downloaded.",
)
@cache_option("--thumbnails", "thumbnails for the next run, about 15 KB an image", CACHE_NAME)
@processes_option("make thumbnails")
@dbt_and_download_options
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print how many images the page would show, and how many of them would be fetched; with "
    "--take, which verdicts would change. Write nothing.",
)
def command(take: Path | None, **options: Any) -> int:
    """Write a page that shows what dbt kept, collapsed and rejected, and collects your verdicts.

    Hashes and keypoints make mistakes that only a person sees. The page shows each group of
    near-duplicates as a row of thumbnails, the doubtful ones first, and the pairs that were nearly
    taken for one painting. Mark what is wrong with the keys that the page names, save the file, and
    give it to --take. The verdicts are a dbt seed, so that each later `dbt build` obeys them.

    Run it after `dbt build`, before or after the upload. It changes no table and no image. The page
    opens from disk and sends nothing. You can stop or kill this command at any time and run it
    again. It fetches only images that are new.

    \b
    Examples:
      paintings-review --dry-run
      paintings-review
      paintings-review --no-thumbnails --out numbers.html
      paintings-review --folder images --url-prefix http://127.0.0.1:8000
      paintings-review --store azure --target azure --thumbnails /data/review_thumbnails.sqlite
      paintings-review --take ~/Downloads/review_verdicts.csv

    \b
    Exit codes:
      0    the page was written; with --take, the verdicts are in the seed
      1    the page was written, but some images could not be had; it says why; run again to retry
      2    the settings are wrong, or a table or file cannot be used; nothing was written
      130  interrupted; no page was written; what was fetched is kept; run again to continue
    """
    limits, dbt = taken(Limits, options), taken(DbtOptions, options)
    sources = taken(Sources, options)
    # What a run needs takes several times as long to import as the help takes to print.
    if take is not None:
        from paintings_dedupe.review.taking import take_verdicts  # noqa: PLC0415

        return take_verdicts(take, dbt.project(), options["dry_run"])
    check_installed("The review", "review", {"jinja2": "jinja2", "matplotlib": "matplotlib"})
    with quick_imports():
        from rich.console import Console  # noqa: PLC0415

        from paintings_dedupe.review.command import review_tables  # noqa: PLC0415

    return review_tables(ReviewOptions(**options), dbt, sources, limits, Console(stderr=True))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code."""
    run_to_exit(command, arguments, "paintings-review")
