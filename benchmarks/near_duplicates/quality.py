"""Print the precision, recall and F1 of every rule on a folder of labelled paintings.

``uv run --extra matcher python -m benchmarks.near_duplicates.quality FOLDER``
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import click
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates.grouping import group, groups_in
from benchmarks.near_duplicates.labelled import URL_PREFIX, Labelled, copy_images, read_labelled
from benchmarks.near_duplicates.peers.run import (
    NAMES,
    Measured,
    Skipped,
    environment,
    measure_peers,
)
from benchmarks.near_duplicates.scoring import (
    Link,
    Pair,
    Score,
    pairs_of,
    score,
    score_at,
    scores_by_limit,
)
from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hash_text import (
    HashTextError,
    hamming_distance,
    read_finest_hash,
    says_nothing,
)
from paintings_dedupe.common.images.hashing import difference_hashes
from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import counted, print_anything, say
from paintings_dedupe.matcher.features import Features, extract
from paintings_dedupe.matcher.geometry import compare

_MATCHED = "version 2 with matches"
_LIMITS = (16, 32)
# A pair takes about 10 ms.
_MOST_PAIRS = 30_000
_TABLE_WIDTH = 140


@dataclass(frozen=True)
class Result:
    """What a rule found.

    Attributes
    ----------
    score
        How good it is.
    milliseconds
        Of a core, an image; None if it was not measured.
    pairs
        What it found, if it can be shown.
    """

    score: Score
    milliseconds: float | None
    pairs: set[Pair] | None = None


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--url-prefix",
    help="If paintings.csv has no column LocalPath: the URL under which its column URL has the "
    "files of FOLDER.",
)
@click.option(
    "--show-pairs",
    is_flag=True,
    help="Also print the pairs that version 2 joins wrongly, and those that it misses.",
)
@click.option(
    "--peers/--no-peers",
    default=True,
    show_default=True,
    help="Run other programs, too. The first time, their environment is installed.",
)
@click.option(
    "--peer",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    metavar="NAME",
    help="Of other programs, run only this one; may be given several times. One of "
    f"{', '.join(NAMES)}.",
)
@click.option(
    "--least-precision",
    default=0.995,
    show_default=True,
    help="The target for version 2 with matches.",
)
@click.option("--least-recall", default=0.98, show_default=True, help="Likewise.")
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    folder: Path,
    url_prefix: str | None,
    show_pairs: bool,
    peers: bool,
    names: tuple[str, ...],
    least_precision: float,
    least_recall: float,
) -> None:
    """Compare ways to find copies on FOLDER, whose images are labelled.

    A pair of images of one artist is found if they end up in one group. Each rule is judged by its
    pairs: precision is the share of those found that are right, and recall the share of the right
    ones that are found. Pairs of two artists are never counted.

    \b
    FOLDER contains images and
      paintings.csv    the table Paintings, and LocalPath: the path of each image in FOLDER
      works.csv        LocalPath, WorkId: which work each image shows
      groundtruth.csv  a, b: the paths of two images that show the same work
    One of the last two is enough. Without paintings.csv, or without hashes in it, the images are
    measured as `paintings-ingest` measures them.

    Nothing is written to FOLDER. Other programs get an environment of their own beside this one.

    \b
    Examples:
      python -m benchmarks.near_duplicates.quality paintings
      python -m benchmarks.near_duplicates.quality paintings --no-peers --show-pairs
      python -m benchmarks.near_duplicates.quality paintings --peer "PDQ" --peer "difPy"

    \b
    Exit codes:
      0  version 2 with matches reaches both targets
      1  it does not
      2  the folder cannot be used, or dbt or the matcher failed
    """
    console, out = Console(stderr=True), Console(width=_TABLE_WIDTH)
    labelled = read_labelled(folder, console, url_prefix)
    for note in labelled.notes:
        say(console, note)
    with tempfile.TemporaryDirectory() as name:
        try:
            images = copy_images(labelled, Path(name) / "images")
            results = dict(ours(labelled, images, Path(name), console))
        except subprocess.CalledProcessError as error:
            raise click.UsageError(f"dbt or the matcher failed, see above: {error}") from error
        title = f"{counted(len(labelled.paths), 'image')}, {len(labelled.truth):,} true pairs"
        out.print(_our_table(results, title))
        if show_pairs:
            _show_pairs(labelled, results)
        if peers:
            python = environment(Path(sys.prefix) / "peers", console)
            if isinstance(python, Skipped):
                say(console, f"Other programs are skipped: {python.reason}")
            else:
                chosen = names or NAMES
                out.print(_peer_table(labelled, images, chosen, python, console))
    sys.exit(not reaches(results[_MATCHED].score, least_precision, least_recall))


def reaches(reached: Score, least_precision: float, least_recall: float) -> bool:
    """Whether both targets are reached."""
    return reached.precision >= least_precision and reached.recall >= least_recall


def ours(
    labelled: Labelled, images: Sequence[Path], folder: Path, console: Console
) -> Iterable[tuple[str, Result]]:
    """Each rule of this project, with what it finds; version 2 with matches is last."""
    paths, artists = labelled.paths, labelled.artists
    pairs = [
        pair for pair in combinations(range(len(paths)), 2) if artists[pair[0]] == artists[pair[1]]
    ]

    def result(groups: Iterable[Hashable], milliseconds: float | None) -> Result:
        # A group may contain several artists, but no pair of two is counted.
        keys = zip(artists, groups, strict=True)
        found = pairs_of(dict(zip(paths, keys, strict=True)))
        return Result(score(found, labelled.truth), milliseconds, found)

    hashing = _per_image(lambda: _hash_all(labelled, images, console), labelled)
    yield "DHashHex3 equal (version 1)", result(labelled.paintings["DHashHex3"], hashing)

    hashes = [_usable(text) for text in labelled.paintings["DHashHex8"]]
    links: list[Link] = [
        (hamming_distance(hashes[one], hashes[other]), one, other)
        for one, other in pairs
        if hashes[one] and hashes[other]
    ]
    for limit in _LIMITS:
        reached = score_at(limit, links, len(paths), labelled.true_links)
        yield f"DHashHex8 <= {limit} of 128 bits", Result(reached, hashing)

    if len(pairs) > _MOST_PAIRS:
        say(console, f"{len(pairs):,} pairs are too many to compare every one of them")
    else:
        yield "the matcher alone, every pair", _matched(labelled, images, pairs, console)

    say(console, "Building version 2, running the matcher, and building it again")
    table = folder / "paintings.csv"
    labelled.paintings.drop(columns="LocalPath").to_csv(table, index=False)
    grouped = group(table, images[0].parent, URL_PREFIX, folder / "dbt")
    if not grouped.is_complete:
        say(console, "The matcher could not look at every image.")
    matching = 1000 * grouped.cpu_seconds / len(paths)
    for rule, database, milliseconds in (
        ("version 2 without matches", grouped.by_hashes, hashing),
        (_MATCHED, grouped.database, hashing + matching),
    ):
        group_of = groups_in(database)
        # A row that the models reject is in no group.
        groups = [group_of.get(url, url) for url in labelled.paintings["URL"]]
        yield rule, result(groups, milliseconds)


def _matched(
    labelled: Labelled,
    images: Sequence[Path],
    pairs: Sequence[tuple[int, int]],
    console: Console,
) -> Result:
    """What comparing the pictures of every pair finds."""
    features: list[Features | None] = []
    links: list[Link] = []

    def match() -> None:
        for file in _each(images, "Looking at images", console):
            image = _decoded(file)
            features.append(None if image is None else extract(image))
        with progress("Comparing pairs", len(pairs), console) as advance:
            for one, other in pairs:
                left, right = features[one], features[other]
                if left and right and compare(left, right).is_match:
                    links.append((0, one, other))
                advance()

    cost = _per_image(match, labelled)
    return Result(score_at(0, links, len(labelled.paths), labelled.true_links), cost)


def _usable(text: str) -> str:
    """A hash, or an empty text if it identifies nothing."""
    try:
        finest = read_finest_hash(text)
    except HashTextError:
        return ""
    return "" if says_nothing(finest) else finest


def _decoded(file: Path) -> Image.Image | None:
    """The image, or None if the table has one that cannot be used."""
    try:
        return decode(file.read_bytes()).image
    except ImageError:
        return None


def _hash_all(labelled: Labelled, images: Sequence[Path], console: Console) -> None:
    files = _each(images, "Hashing", console)
    for path, file in zip(labelled.paths, files, strict=True):
        image = _decoded(file)
        if image is None:
            say(console, f"{path} is not a usable image")
        else:
            difference_hashes(image)


def _each(images: Sequence[Path], title: str, console: Console) -> Iterable[Path]:
    with progress(title, len(images), console) as advance:
        for file in images:
            yield file
            advance()


def _per_image(work: Callable[[], object], labelled: Labelled) -> float:
    """Milliseconds of a core that work takes, an image."""
    before = sum(os.times()[:2])
    work()
    return 1000 * (sum(os.times()[:2]) - before) / len(labelled.paths)


def _figures(reached: Score) -> list[str]:
    return [f"{figure:.3f}" for figure in (reached.precision, reached.recall, reached.f1)]


def _our_table(results: dict[str, Result], title: str) -> Table:
    table = Table("rule", "precision", "recall", "F1", "CPU ms an image", title=title)
    for rule, one in results.items():
        cost = "" if one.milliseconds is None else f"{one.milliseconds:.1f}"
        table.add_row(rule, *_figures(one.score), cost)
    return table


def _show_pairs(labelled: Labelled, results: dict[str, Result]) -> None:
    for rule, one in results.items():
        if one.pairs is None or "version 2" not in rule:
            continue
        for what, pairs in (
            ("joined wrongly", one.pairs - labelled.truth),
            ("missed", labelled.truth - one.pairs),
        ):
            print(f"{rule}: {counted(len(pairs), 'pair')} {what}")
            for pair in sorted(map(sorted, pairs)):
                print(f"  {pair[0]} | {pair[1]}")


def _peer_table(
    labelled: Labelled, images: Sequence[Path], names: Sequence[str], python: Path, console: Console
) -> Table:
    table = Table(
        *("peer", "default", "precision", "recall", "F1"),
        *("best here", "precision", "recall", "F1", "CPU ms an image"),
        title="Other programs, within each artist",
    )
    folder = images[0].parent.with_name("peers")
    answers = measure_peers(names, images, labelled.artists, folder, python)
    with progress("Running other programs", len(names), console) as advance:
        for name, answer in answers:
            if isinstance(answer, Skipped):
                say(console, f"{name} is skipped: {answer.reason}")
            else:
                table.add_row(*_peer_row(name, answer, len(images), labelled.true_links))
            advance()
    return table


def _peer_row(name: str, answer: Measured, images: int, truth: set[frozenset[int]]) -> list[str]:
    links = answer.settings[answer.default]
    best, setting = best_of(answer, images, truth)
    return [
        *(f"{name} {answer.version}", _setting(answer.default, answer.limit)),
        *_figures(score_at(answer.limit, links, images, truth)),
        *(setting, *_figures(best)),
        f"{1000 * answer.cpu_seconds / images:.1f}",
    ]


def best_of(answer: Measured, images: int, truth: set[frozenset[int]]) -> tuple[Score, str]:
    """The setting and limit of the highest F1, the strictest of equal ones."""
    best = score_at(answer.limit, answer.settings[answer.default], images, truth)
    text = _setting(answer.default, answer.limit)
    for setting, links in answer.settings.items():
        for limit, reached in scores_by_limit(links, images, truth):
            if reached.f1 > best.f1:
                best, text = reached, _setting(setting, limit)
    return best, text


def _setting(name: str, limit: float) -> str:
    return name.format(limit=f"{abs(limit):g}")


if __name__ == "__main__":
    print_anything()
    command(prog_name="python -m benchmarks.near_duplicates.quality")
