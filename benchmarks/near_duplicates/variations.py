"""Print how many variations of paintings each rule finds, and what it joins wrongly.

``uv run --group bench --extra matcher python -m benchmarks.near_duplicates.variations FOLDER``

Every image file below FOLDER is a work of its own, unless FOLDER has a `works.csv` (LocalPath,
WorkId), which names the works; then the largest file of each is used.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import click
import cv2
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.grouping import Grouped, group, groups_in, rows
from benchmarks.near_duplicates.varied import ORIGINAL, read_work, versions
from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hash_text import hamming_distance
from paintings_dedupe.common.images.hashing import difference_hashes
from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import counted
from paintings_dedupe.matcher.features import Features, extract
from paintings_dedupe.matcher.geometry import compare

LEAST_RECALL, MOST_MIXED_GROUPS = 0.95, 1
_NEAR_BITS = 32
_TABLE_WIDTH = 110
_URL_PREFIX = "http://127.0.0.1:1"
_KEPT = "select URL from UniquePaintings_v2"


@dataclass(frozen=True, eq=False)
class Varied:
    """One variation of a work, measured."""

    work: int
    variation: str
    url: str
    width: int
    height: int
    hashes: Mapping[int, str]
    features: Features


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--works",
    default=60,
    show_default=True,
    type=click.IntRange(1),
    help="Use at most this many works.",
)
@click.option(
    "--processes",
    default=2,
    show_default=True,
    type=click.IntRange(1),
    help="Number of processes that make the variations.",
)
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the variations in this folder.",
)
def command(folder: Path, works: int, processes: int, save: Path | None) -> None:
    """Vary the images of FOLDER, as if one artist had painted all of them, and group them.

    Every image file below FOLDER is a work of its own, unless FOLDER has a works.csv (LocalPath,
    WorkId); then the largest file of each work is used. The groups are those of version 2 after
    matching: dbt, the matcher, and dbt again.

    \b
    Exit codes:
      0  at least 95 % of the variations are in the group of their work, and at most one group
         mixes works
      1  not so
      2  the folder or an option cannot be used
    """
    paths = works_in(folder)[:works]
    if not paths:
        raise click.UsageError(
            f"{folder} contains no usable image files. Name a folder of paintings, or correct its "
            "works.csv."
        )
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as name:
        saved = save or Path(name) / "images"
        saved.mkdir(parents=True, exist_ok=True)
        images: list[Varied] = []
        with (
            ProcessPoolExecutor(processes, initializer=cv2.setNumThreads, initargs=(1,)) as pool,
            progress("Varying works", len(paths), console) as advance,
        ):
            for work in pool.map(partial(varied, save=saved), range(len(paths)), paths):
                images += work
                advance()
        paintings = Path(name) / "paintings.csv"
        _table(images).to_csv(paintings, index=False)
        grouped = group(paintings, saved, _URL_PREFIX, Path(name) / "dbt")
        recall, mixed = report(images, grouped)
    sys.exit(not (recall >= LEAST_RECALL and mixed <= MOST_MIXED_GROUPS))


def works_in(folder: Path) -> list[Path]:
    """One readable image file of each work, in a fixed order."""
    listed = folder / "works.csv"
    if not listed.exists():
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [path for path in files if _pixels(path)]
    largest: dict[str, Path] = {}
    for row in pd.read_csv(listed, dtype=str, keep_default_na=False).itertuples():
        path = folder / str(row.LocalPath)
        work = str(row.WorkId)
        if work not in largest or _pixels(path) > _pixels(largest[work]):
            largest[work] = path
    return [largest[work] for work in sorted(largest)]


def _pixels(path: Path) -> int:
    try:
        decoded = decode(path.read_bytes())
    except ImageError:
        return 0
    return decoded.width * decoded.height


def varied(work: int, path: Path, save: Path) -> list[Varied]:
    """The image and all its variations, saved and measured."""
    found = []
    for number, (name, version) in enumerate(versions(read_work(path), work)):
        file = f"{work:03} {number:02} {name}.png"
        version.save(save / file)
        url = f"{_URL_PREFIX}/{quote(file)}"
        hashes = difference_hashes(version)
        found.append(
            Varied(work, name, url, version.width, version.height, hashes, extract(version))
        )
    return found


def _table(images: Sequence[Varied]) -> pd.DataFrame:
    """The table Paintings."""
    return pd.DataFrame(
        [
            {
                **{"Artist": "Anybody", "ArtistNumber": 1, "Name": image.variation},
                **{"Width": image.width, "Height": image.height, "EncodingFormat": "png"},
                **{"URL": image.url},
                **{f"DHashHex{level}": text for level, text in image.hashes.items()},
            }
            for image in images
        ]
    )


def report(images: Sequence[Varied], grouped: Grouped) -> tuple[float, int]:
    """Print the tables; return the recall and the number of groups that mix works."""
    groups = groups_in(grouped.database)
    originals = {image.work: image for image in images if image.variation == ORIGINAL}
    counts: dict[str, list[list[bool]]] = defaultdict(list)
    for image in images:
        original = originals[image.work]
        if image is not original:
            counts[image.variation].append(
                [
                    image.hashes[3] == original.hashes[3],
                    hamming_distance(image.hashes[8], original.hashes[8]) <= _NEAR_BITS,
                    bool(compare(original.features, image.features).is_match),
                    groups[image.url] == groups[original.url],
                ]
            )
    table = Table(
        *("variation", "DHashHex3 equal", "DHashHex8 <= 32", "matches", "in its group"),
        title=f"{len(originals)} works, found, %",
    )
    for variation, answers in counts.items():
        table.add_row(variation, *(f"{100 * share:.0f}" for share in np.mean(answers, axis=0)))
    total = np.concatenate(list(counts.values())).mean(axis=0)
    table.add_row("all", *(f"{100 * share:.1f}" for share in total))
    Console(width=_TABLE_WIDTH).print(table)

    mixed = _mixed(images, groups)
    print(f"{counted(len(mixed), 'group')} of several works" + "".join(mixed))
    kept = {url for (url,) in rows(grouped.database, _KEPT)}
    shown = Counter(image.variation for image in images if image.url in kept)
    print(f"{counted(len(kept), 'image')} kept: {', '.join(f'{n} {v}' for v, n in shown.items())}")
    return float(total[-1]), len(mixed)


def _mixed(images: Sequence[Varied], groups: Mapping[str, str]) -> list[str]:
    """A line for each group that mixes works, with one image of each."""
    works: dict[str, dict[int, str]] = defaultdict(dict)
    for image in images:
        works[groups[image.url]].setdefault(image.work, image.variation)
    return [
        "\n  " + " | ".join(f"{work} {variation}" for work, variation in mixed.items())
        for mixed in works.values()
        if len(mixed) > 1
    ]


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.near_duplicates.variations")
