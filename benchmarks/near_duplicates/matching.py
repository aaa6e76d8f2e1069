"""Measure how long the matcher takes for generated galleries, and what it finds.

``python -m benchmarks.near_duplicates.matching [FOLDER]``
"""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import click
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.grouping import Grouped, group, groups_in, rows
from benchmarks.near_duplicates.scoring import pairs_of, score
from benchmarks.near_duplicates.variations import works_in
from benchmarks.near_duplicates.varied import CHANGES, read_work, versions
from paintings_dedupe.common.images.hashing import difference_hashes
from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import counted
from tests.helpers.painted import SIZE, painted

_URL_PREFIX = "http://127.0.0.1:1"
_QUALITY = 85
_COUNTS = (
    'select count(*), sum(case when IsMatch = 1 then 1 else 0 end) from "ImageMatches"',
    "select count(*) from images_to_match where Choice = 1",
)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--artists",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="The number of artists.",
)
@click.option(
    "--images",
    default=1000,
    show_default=True,
    type=click.IntRange(1),
    help="The number of images of each artist.",
)
@click.option(
    "--copies",
    default=25,
    show_default=True,
    type=click.IntRange(1, 1 + len(CHANGES)),
    help="The number of images of each work: the work itself, and the others varied as pictures "
    "on the web are.",
)
@click.option(
    "--processes",
    default=os.cpu_count() or 1,
    show_default="number of cores",
    type=click.IntRange(1),
    help="The number of processes that make the gallery.",
)
def command(artists: int, images: int, copies: int, folder: Path | None, processes: int) -> None:
    """Make a gallery, build, match and build again, and print what the matcher took.

    The works are those in FOLDER, as `variations` reads them, or generated pictures. Precision and
    recall count the pairs of images of one work.
    """
    console = Console(stderr=True)
    found = None if folder is None else works_in(folder)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        gallery = Gallery(made / "images", artists, images, copies, found)
        table = gallery.make(processes, console)
        paintings = made / "paintings.csv"
        table.drop(columns="Work").to_csv(paintings, index=False)
        grouped = group(paintings, gallery.folder, _URL_PREFIX, made / "dbt")
        Console().print(_report(table, grouped))


@dataclass(frozen=True)
class Gallery:
    """What is made, and where.

    Attributes
    ----------
    folder
        Where the images are written.
    artists, images, copies
        The number of artists, of images of each artist, and of images of each work.
    source
        An image of each work; None for generated pictures.
    size
        The width and height of generated pictures.
    """

    folder: Path
    artists: int
    images: int
    copies: int
    source: list[Path] | None
    size: tuple[int, int] = SIZE

    def make(self, processes: int, console: Console) -> pd.DataFrame:
        """Write the images; return the table Paintings, and Work: which work each shows."""
        works = -(-self.images // self.copies)
        if self.source is not None and self.artists * works > len(self.source):
            raise click.UsageError(
                f"FOLDER has {counted(len(self.source), 'image')}, and {self.artists * works} are "
                "needed. Lower --images or --artists, or raise --copies."
            )
        self.folder.mkdir()
        places = product(range(self.artists), range(works))
        tasks = [(*place, number) for number, place in enumerate(places)]
        made: list[dict[str, object]] = []
        with (
            ProcessPoolExecutor(processes) as pool,
            progress("Painting works", len(tasks), console) as advance,
        ):
            for written in pool.map(self._write, *zip(*tasks, strict=True)):
                made += written
                advance()
        return pd.DataFrame(made)

    def _write(self, artist: int, work: int, number: int) -> list[dict[str, object]]:
        """Write the images of one work of an artist; return their rows."""
        image = (
            painted(number, self.size) if self.source is None else read_work(self.source[number])
        )
        wanted = min(self.copies, self.images - work * self.copies)
        written = []
        for copy, (_, shown) in enumerate(islice(versions(image, number), wanted)):
            name = f"{artist}-{work}-{copy}.jpg"
            shown.convert("RGB").save(self.folder / name, "JPEG", quality=_QUALITY)
            hashes = {f"DHashHex{level}": text for level, text in difference_hashes(shown).items()}
            written.append(
                {
                    **{"Artist": f"Painter {artist}", "ArtistNumber": artist},
                    **{"Width": shown.width, "Height": shown.height, "EncodingFormat": "jpeg"},
                    **{"Name": f"Work {work}", "URL": f"{_URL_PREFIX}/{name}", "Work": number},
                    **hashes,
                }
            )
        return written


def _report(table: pd.DataFrame, grouped: Grouped) -> Table:
    counts = [rows(grouped.database, query)[0] for query in _COUNTS]
    (pairs, matched), (looked_at,) = counts
    truth = pairs_of(dict(zip(table["URL"], table["Work"], strict=True)))
    artists = counted(table["Artist"].nunique(), "artist")
    report = Table("what", "figure", title=f"{counted(len(table), 'image')} of {artists}")
    for rule, database in (("hashes", grouped.by_hashes), ("matches", grouped.database)):
        reached = score(pairs_of(groups_in(database)), truth)
        figures = f"{reached.precision:.4f} / {reached.recall:.4f}"
        report.add_row(f"precision / recall with {rule}", figures)
    for what, figure in (
        ("images looked at", f"{looked_at:,}"),
        ("pairs compared", f"{pairs:,}"),
        ("pairs that match", f"{matched:,}"),
        ("matcher, seconds", f"{grouped.seconds:.1f}"),
        ("matcher, seconds of processor", f"{grouped.cpu_seconds:.1f}"),
        ("matcher, GB at most", f"{grouped.gigabytes:.2f}"),
        ("dbt before, seconds", f"{grouped.build_seconds[0]:.1f}"),
        ("dbt after, seconds", f"{grouped.build_seconds[1]:.1f}"),
    ):
        report.add_row(what, figure)
    return report


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.near_duplicates.matching")
    sys.exit()
