"""Print the precision, recall and F1 of every rule on a folder of labelled paintings.

``uv run --group bench --extra matcher python -m benchmarks.near_duplicates.quality FOLDER``

The folder contains ``paintings.csv`` (the table Paintings, and LocalPath), ``works.csv``
(LocalPath, WorkId), ``groundtruth.csv`` (a, b: the paths of two files that show the same work) and
the files.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Hashable, Iterable
from pathlib import Path

import click
import duckdb
import imagehash
import numpy as np
import pandas as pd
import pdqhash
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.dbt import build
from common.images.hashing import says_nothing
from matcher.features import extract
from matcher.geometry import compare

LEAST_PRECISION, LEAST_RECALL = 0.995, 0.98

Pair = frozenset[str]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """Compare the rules on FOLDER; exit with 1 if version 2 with matches misses its targets."""
    paintings = pd.read_csv(folder / "paintings.csv", dtype=str, keep_default_na=False)
    paths = paintings["LocalPath"].tolist()
    truth = true_pairs(folder)
    scores = [
        (rule, *score(pairs_of(paths, groups), truth)) for rule, groups in rules(paintings, folder)
    ]
    table = Table("rule", "precision", "recall", "F1", title=f"{len(truth)} true pairs")
    for rule, precision, recall in scores:
        f1 = 2 * precision * recall / (precision + recall)
        table.add_row(rule, *(f"{figure:.3f}" for figure in (precision, recall, f1)))
    Console().print(table)
    _, precision, recall = scores[-1]
    sys.exit(not (precision >= LEAST_PRECISION and recall >= LEAST_RECALL))


def true_pairs(folder: Path) -> set[Pair]:
    """The pairs of paths that show the same work, which both label files must contain.

    Raises
    ------
    ValueError
        When `works.csv` and `groundtruth.csv` differ.
    """
    works = pd.read_csv(folder / "works.csv", dtype=str)
    by_work = pairs_of(works["LocalPath"].tolist(), works["WorkId"].tolist())
    listed = pd.read_csv(folder / "groundtruth.csv", dtype=str)
    by_list = {frozenset(pair) for pair in zip(listed["a"], listed["b"], strict=True)}
    if by_work != by_list:
        raise ValueError(f"{len(by_work ^ by_list)} pairs are in only one of the two label files")
    return by_list


def rules(paintings: pd.DataFrame, folder: Path) -> Iterable[tuple[str, list[Hashable]]]:
    """Each rule, with the group of every row; version 2 with matches is last."""
    artists = paintings["Artist"].to_numpy()
    same_artist = artists[:, None] == artists[None, :]
    near = distances([_bits(text) for text in paintings["DHashHex8"]])
    images = [Image.open(folder / path).convert("RGB") for path in paintings["LocalPath"]]
    phash = distances([imagehash.phash(image).hash.ravel() for image in images])
    pdq = distances([pdqhash.compute(np.asarray(image))[0].astype(bool) for image in images])

    yield "DHashHex3 equal", paintings["DHashHex3"].tolist()
    yield "imagehash pHash <= 10 of 64 bits", components(phash <= 10)  # noqa: PLR2004
    yield "PDQ <= 31 of 256 bits", components(pdq <= 31)  # noqa: PLR2004
    yield "DHashHex8 <= 32 of 128 bits", components(near <= 32)  # noqa: PLR2004
    for bits in (32, 40):
        yield f"the same <= {bits}, within an artist", components((near <= bits) & same_artist)
    yield "version 2 of unique_paintings", version_2(folder / "paintings.csv", paintings)
    matched = matches(images, same_artist)
    yield "matches, within an artist", components(matched)
    is_flat = np.array([says_nothing(text) for text in paintings["DHashHex8"]])
    close = (near <= 16) & same_artist & ~is_flat[:, None] & ~is_flat[None, :]  # noqa: PLR2004
    yield "version 2 with matches", components(matched | close)


def matches(images: list[Image.Image], is_wanted: np.ndarray) -> np.ndarray:
    """Which of the wanted pairs match; each image matches itself."""
    features = [extract(image) for image in images]
    found = np.eye(len(images), dtype=bool)
    for one, other in np.argwhere(np.triu(is_wanted, 1)):
        is_match = compare(features[one], features[other]).is_match
        found[one, other] = found[other, one] = is_match
    return found


def version_2(csv: Path, paintings: pd.DataFrame) -> list[Hashable]:
    """The GroupId of every row, computed by the models."""
    with tempfile.TemporaryDirectory() as folder:
        # Each row gets its own URL, so that rows can be distinguished afterwards.
        table = Path(folder) / csv.name
        paintings.assign(URL=paintings["LocalPath"]).to_csv(table, index=False)
        built = build(table, Path(folder), command="run")
        with duckdb.connect(str(built.database), read_only=True) as connection:
            groups = dict(connection.execute("select URL, GroupId from image_groups").fetchall())
    return [groups.get(path, f"rejected {path}") for path in paintings["LocalPath"]]


def _bits(hexadecimal: str) -> np.ndarray:
    return np.unpackbits(np.frombuffer(bytes.fromhex(hexadecimal), dtype=np.uint8)).astype(bool)


def distances(hashes: list[np.ndarray]) -> np.ndarray:
    """The matrix of the Hamming distances of all pairs of hashes."""
    bits = np.array(hashes)
    return np.array([(bits != row).sum(axis=1) for row in bits])


def components(is_near: np.ndarray) -> list[Hashable]:
    """The connected components of a symmetric matrix: the smallest member for each row."""
    labels = np.arange(len(is_near))
    while True:
        least = np.array([labels[row].min() for row in is_near])
        if (least == labels).all():
            return list(labels.tolist())
        labels = least


def pairs_of(paths: list[str], groups: list[Hashable]) -> set[Pair]:
    """The pairs of paths that are in one group."""
    members: dict[Hashable, list[str]] = {}
    for path, group in zip(paths, groups, strict=True):
        members.setdefault(group, []).append(path)
    return {
        frozenset(pair) for group in members.values() for pair in itertools.combinations(group, 2)
    }


def score(found: set[Pair], truth: set[Pair]) -> tuple[float, float]:
    """Precision and recall of the found pairs."""
    right = len(found & truth)
    return right / len(found) if found else 1.0, right / len(truth)


if __name__ == "__main__":
    command()
