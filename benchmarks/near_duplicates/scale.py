"""Time the whole build on generated tables, and compare it with brute force in numpy.

``python -m benchmarks.near_duplicates.scale [--beside CHECKOUT|spark] [CASE ...]``
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np

from benchmarks.near_duplicates.dbt import ROOT, Build, Target, build
from benchmarks.near_duplicates.tables import CASES, write
from benchmarks.uploader.commands import BenchmarkError, Checkout
from benchmarks.uploader.report import table
from paintings_dedupe.common.warehouse.connection import open_warehouse

NEAR = 32
_SLOWEST = 12
_EXIT_NOT_MEASURED = 2


def brute_force(artists: np.ndarray, hashes: np.ndarray) -> tuple[int, int]:
    """Count the pairs of one artist within `NEAR` and sum their distances, by brute force."""
    pairs, total = 0, 0
    order = np.argsort(artists, kind="stable")
    bounds = np.flatnonzero(np.diff(artists[order])) + 1
    for members in np.split(order, bounds):
        ours = hashes[members]
        for place in range(len(ours) - 1):
            distances = np.bitwise_count(ours[place + 1 :] ^ ours[place]).sum(axis=1)
            near = distances[distances <= NEAR]
            pairs += len(near)
            total += int(near.sum())
    return pairs, total


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("cases", nargs=-1, type=click.Choice(list(CASES)))
@click.option(
    "--beside",
    metavar="CHECKOUT|spark",
    help="Build each table in another way, too, in turn: by a checkout of another version, after "
    "`make setup`, or on Apache Spark on this machine, which SPARK_DRIVER_MEMORY gives memory.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How often each table is built; the median counts.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for tables and databases, such as one in memory.  [default: a temporary one]",
)
@click.option(
    "--memory-limit",
    help="The setting memory_limit of DuckDB, such as 6GB.  [default: that of the profile]",
)
def command(
    cases: tuple[str, ...],
    beside: str | None,
    rounds: int,
    work: Path | None,
    memory_limit: str | None,
) -> None:
    """Build each of CASES (all, if none is named), and print Markdown.

    The pairs of near-duplicates are compared with those that numpy finds by looking at all pairs.

    \b
    Exit codes:
      0  every answer is that of numpy
      1  one is not
      2  it could not be measured
    """
    target = Target(settings={"memory_limit": memory_limit} if memory_limit else {})
    builders = {"this version": partial(build, target=target)}
    try:
        if beside == "spark":
            builders["on Spark"] = partial(build, target=Target("spark"))
        elif beside:
            checkout = Checkout.at(Path(beside))
            builders["the other"] = partial(build, checkout=checkout, target=target)
    except BenchmarkError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(_EXIT_NOT_MEASURED)
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    equal = [_measure(name, builders, rounds, work) for name in cases or CASES]
    sys.exit(0 if all(equal) else 1)


def _measure(
    name: str, builders: Mapping[str, Callable[[Path, Path], Build]], rounds: int, work: Path | None
) -> bool:
    """Measure a case and print what was found; whether our answers are that of numpy."""
    artists, hashes = CASES[name]()
    builds: dict[str, list[Build]] = {builder: [] for builder in builders}
    with tempfile.TemporaryDirectory(dir=work) as temporary:
        folder = Path(temporary)
        parquet = folder / "paintings.parquet"
        write(artists, hashes, parquet)
        answers: dict[str, tuple[int, int]] = {}
        for number in range(rounds):
            for builder, build_all in builders.items():
                with tempfile.TemporaryDirectory(dir=folder) as own:
                    built = build_all(parquet, Path(own))
                    answers[builder] = _answer(built)
                builds[builder].append(built)
                click.echo(
                    f"{name}, round {number + 1}/{rounds}, {builder}: {built.seconds:.0f} s",
                    err=True,
                )
    start = time.monotonic()
    # Flat images are near nothing.
    expected = (0, 0) if name == "flat" else brute_force(artists, hashes)
    seconds = time.monotonic() - start
    click.echo(f"\n## {name}: {len(artists):,} rows\n")
    for builder, answer in answers.items():
        verdict = "as numpy" if answer == expected else f"but numpy {expected[0]:,}"
        click.echo(f"{builder}: {answer[0]:,} pairs, {verdict}")
    click.echo(f"\nnumpy takes {seconds:.1f} s for the pairs alone.\n")
    click.echo(_totals(builds))
    click.echo("\nThe slowest steps, by the clock (two run at a time):\n")
    click.echo(_slowest(builds))
    return all(answer == expected for answer in answers.values())


def _answer(built: Build) -> tuple[int, int]:
    """Number of near-duplicate pairs, and the sum of their distances."""
    # A process of its own ends Spark.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_answer_here, built.target, dict(built.environment)).result()


def _answer_here(target: str, environment: Mapping[str, str]) -> tuple[int, int]:
    os.environ.update(environment)
    with open_warehouse(ROOT, target=target) as warehouse:
        pairs = warehouse.relation("near_duplicate_pairs")
        (found,) = warehouse.query(
            f"select count(*), cast(coalesce(sum(Distance), 0) as bigint) from {pairs}"  # noqa: S608
        )
    count, total = found.to_numpy()[0]
    return int(count), int(total)


def _totals(builds: Mapping[str, Sequence[Build]]) -> str:
    measures: dict[str, tuple[Callable[[Build], float], str]] = {
        "build": (lambda built: built.seconds, "{:.0f} s"),
        "processor": (lambda built: built.processor_seconds, "{:.0f} s"),
        "peak of memory": (lambda built: built.peak_gigabytes, "{:.2f} GB"),
    }
    if any(built.target == "spark" for own in builds.values() for built in own):
        # Spark's process is Java's, which nothing here waits for, so what it used is not known.
        measures = {"build": measures["build"]}
    return table(
        ("", *_headings(builds)),
        [
            (measure, *_compared([[value(one) for one in own] for own in builds.values()], form))
            for measure, (value, form) in measures.items()
        ],
    )


def _slowest(builds: Mapping[str, Sequence[Build]]) -> str:
    """The steps that took longest in any of the builds."""
    seconds = [
        {name: [built.node_seconds.get(name, 0.0) for built in own] for name in own[0].node_seconds}
        for own in builds.values()
    ]
    names = sorted(
        {name for own in seconds for name in own},
        key=lambda name: -max(statistics.median(own.get(name, [0.0])) for own in seconds),
    )
    return table(
        ("step", *_headings(builds)),
        [
            (name, *_compared([own.get(name, []) for own in seconds], "{:.1f} s"))
            for name in names[:_SLOWEST]
        ],
    )


def _headings(builds: Mapping[str, object]) -> tuple[str, ...]:
    return (*builds, *(["ratio"] if len(builds) > 1 else []))


def _compared(numbers: Sequence[Sequence[float]], form: str) -> list[str]:
    """The medians, and where there are two, the ratio; of nothing, a dash."""
    cells = [form.format(statistics.median(own)) if own else "-" for own in numbers]
    if len(numbers) > 1:
        ours, others = numbers
        known = ours and others and statistics.median(others) > 0
        cells.append(f"{statistics.median(ours) / statistics.median(others):.2f}" if known else "-")
    return cells


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.near_duplicates.scale")
