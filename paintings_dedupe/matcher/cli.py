"""The command line of the matcher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from paintings_dedupe.common.extras import check_installed
from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.options import taken
from paintings_dedupe.common.program import run_to_exit
from paintings_dedupe.matcher.options import CACHE_NAME, MatchOptions
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
@source_options
@cache_option(
    "--features", "features and findings for the next run, about 60 KB an image", CACHE_NAME
)
@processes_option("extract features and compare pairs")
@click.option(
    "--across-artists",
    is_flag=True,
    help="Also compare each image with the 5 images of other artists that are most like it, and "
    "the 2 most like its mirror image. Pictures that match are not grouped across artists, but "
    "listed in label_conflicts and kept on one side of the split.",
)
@dbt_and_download_options
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print how many images would be looked at, and at most how many pairs compared; change "
    "nothing.",
)
def command(**options: Any) -> int:
    """Look at the pictures themselves, and tell dbt which of them show the same painting.

    Hashes do not find a painting that is cropped, framed, photographed on a wall, turned or
    mirrored. This command looks at one image of each set of nearly equal hashes (the view
    images_to_match), compares those of one artist by their keypoints (ORB), and writes what it
    found to the table ImageMatches. The next `dbt build` groups the images accordingly.

    Run it after `dbt build`, and run `dbt build` again afterwards. You can stop or kill it at any
    time and run it again. It looks only at images, and compares only pairs, that are new.

    \b
    Examples:
      paintings-match --dry-run
      paintings-match
      paintings-match --across-artists
      paintings-match --folder images --url-prefix http://127.0.0.1:8000
      paintings-match --target azure --features /data/image_features.sqlite

    \b
    Exit codes:
      0    every image was looked at, and every pair compared
      1    some images could not be looked at, or some pairs not compared; each is named with
           the cause; run again to retry
      2    the settings are wrong, or a table or file cannot be used; ImageMatches is unchanged
      130  interrupted; what is done is kept, and ImageMatches is as it was, or complete; run again
           to continue
    """
    check_installed("The matcher", "matcher", {"cv2": "OpenCV"})
    # What a run needs takes several times as long to import as the help takes to print.
    with quick_imports():
        from rich.console import Console  # noqa: PLC0415

        from paintings_dedupe.matcher.command import match_images  # noqa: PLC0415

    limits, dbt = taken(Limits, options), taken(DbtOptions, options)
    sources = taken(Sources, options)
    return match_images(MatchOptions(**options), dbt, sources, limits, Console(stderr=True))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code."""
    run_to_exit(command, arguments, "paintings-match")
