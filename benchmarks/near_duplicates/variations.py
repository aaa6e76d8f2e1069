"""Print how many variations of paintings each rule finds, and what it joins wrongly.

``uv run --group bench --extra matcher python -m benchmarks.near_duplicates.variations FOLDER``

Every image file below FOLDER is a work of its own, unless FOLDER has a `works.csv` (LocalPath,
WorkId), which names the works; then the largest file of each is used.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import cv2
import numpy as np
import pandas as pd
from PIL import Image, ImageOps
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.varied import CHANGES
from common.images.decode import ImageError, decode
from common.images.hashing import difference_hashes, hamming_distance
from matcher.candidates import candidate_pairs, words
from matcher.features import Features, extract
from matcher.geometry import compare

LEAST_RECALL, MOST_MIXED_GROUPS = 0.95, 1
_ORIGINAL = "original"
_LONGEST_SIDE = 800
_NEAR_BITS, _CLOSE_BITS = 32, 16
_AT_A_TIME = 64
_TABLE_WIDTH = 110


@dataclass(frozen=True, eq=False)
class Varied:
    """One variation of a work, measured."""

    work: int
    variation: str
    hash3: str
    hash8: str
    features: Features


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--works", default=60, show_default=True, help="Use at most this many works.")
@click.option("--processes", default=2, show_default=True, help="Number of processes.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Save the images.")
def command(folder: Path, works: int, processes: int, save: Path | None) -> None:
    """Vary the images of FOLDER; exit with 1 if the matcher misses its targets."""
    paths = works_in(folder)[:works]
    if not paths:
        raise click.ClickException(f"{folder} contains no image files")
    with ProcessPoolExecutor(processes, initializer=_prepare, initargs=([],)) as pool:
        measured = list(pool.map(partial(varied, save=save), range(len(paths)), paths))
    images = [image for work in measured for image in work]
    features = [image.features for image in images]
    pairs = candidate_pairs([words(image) for image in features], [image.hash8 for image in images])
    numbered = list(enumerate(images))
    originals = {image.work: index for index, image in numbered if image.variation == _ORIGINAL}
    asked = [(originals[image.work], index) for index, image in numbered]
    with ProcessPoolExecutor(processes, initializer=_prepare, initargs=(features,)) as pool:
        answers = list(pool.map(_matches, pairs + asked, chunksize=_AT_A_TIME))
    matched = [pair for pair, is_match in zip(pairs, answers, strict=False) if is_match]
    direct = dict(enumerate(answers[len(pairs) :]))
    recall, mixed = report(images, originals, direct, set(pairs), matched)
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


def varied(work: int, path: Path, save: Path | None = None) -> list[Varied]:
    """The image and all its variations, measured."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    found = [_measured(work, _ORIGINAL, image)]
    for number, (name, change) in enumerate(CHANGES.items()):
        changed = change(image, np.random.default_rng([work, number]))
        if save:
            save.mkdir(parents=True, exist_ok=True)
            changed.save(save / f"{work:03} {number:02} {name}.png")
        found.append(_measured(work, name, changed))
    return found


def _measured(work: int, variation: str, image: Image.Image) -> Varied:
    hashes = difference_hashes(image)
    return Varied(work, variation, hashes[3], hashes[8], extract(image))


_features: list[Features] = []


def _prepare(features: list[Features]) -> None:
    """In a process: one thread, and the features, so that none is sent with a pair."""
    cv2.setNumThreads(1)
    _features[:] = features


def _matches(pair: tuple[int, int]) -> bool:
    one, other = pair
    return bool(compare(_features[one], _features[other]).is_match)


def report(
    images: list[Varied],
    originals: dict[int, int],
    direct: dict[int, bool],
    candidates: set[tuple[int, int]],
    matched: list[tuple[int, int]],
) -> tuple[float, int]:
    """Print the tables; return the recall and the number of groups that mix works."""

    def bits(image: Varied) -> int:
        return hamming_distance(image.hash8, images[originals[image.work]].hash8)

    def is_chosen(index: int, image: Varied) -> bool:
        pair = sorted((index, originals[image.work]))
        return (pair[0], pair[1]) in candidates

    rules: dict[str, Callable[[int, Varied], bool]] = {
        "DHashHex3 equal": lambda _, image: image.hash3 == images[originals[image.work]].hash3,
        "DHashHex8 <= 32": lambda _, image: bits(image) <= _NEAR_BITS,
        "matched": lambda index, _: direct[index],
        "chosen for comparison": is_chosen,
    }
    table = Table("variation", *rules, title=f"{len(originals)} works, found, %")
    counted: dict[str, list[list[bool]]] = defaultdict(list)
    for index, image in enumerate(images):
        if image.variation != _ORIGINAL:
            counted[image.variation].append([bool(rule(index, image)) for rule in rules.values()])
    for variation, answers in counted.items():
        table.add_row(variation, *(f"{100 * share:.0f}" for share in np.mean(answers, axis=0)))
    total = np.concatenate(list(counted.values())).mean(axis=0)
    table.add_row("all", *(f"{100 * share:.1f}" for share in total))
    Console(width=_TABLE_WIDTH).print(table)
    print(f"{len(images)} images, {len(candidates)} pairs compared")

    close = [
        (one, other)
        for one, other in candidates
        if hamming_distance(images[one].hash8, images[other].hash8) <= _CLOSE_BITS
    ]
    mixed = 0
    for name, links in (("matches", matched), ("matches and DHashHex8 <= 16", matched + close)):
        wrong = [pair for pair in links if images[pair[0]].work != images[pair[1]].work]
        works_of: dict[int, set[int]] = defaultdict(set)
        for index, label in enumerate(_labels(len(images), links)):
            works_of[label].add(images[index].work)
        mixed = sum(len(works) > 1 for works in works_of.values())
        print(f"{name}: {len(wrong)} of {len(links)} links wrong, {mixed} groups that mix works")
        for one, other in wrong[:20]:
            left, right = images[one], images[other]
            print(f"  {left.work} {left.variation} | {right.work} {right.variation}")
    return float(total[list(rules).index("matched")]), mixed


def _labels(count: int, links: list[tuple[int, int]]) -> list[int]:
    """The connected component of each index."""
    parents = list(range(count))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    for one, other in links:
        parents[root(one)] = root(other)
    return [root(index) for index in range(count)]


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.near_duplicates.variations")
