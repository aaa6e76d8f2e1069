"""How long commands take that have little to do: ``python -m benchmarks.uploader.startup``."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.uploader.commands import THIS, BenchmarkError, Checkout, Finished, run
from benchmarks.uploader.images import TINY, make_images
from benchmarks.uploader.rounds import Spread
from benchmarks.uploader.slow_server import serve_slowly
from benchmarks.uploader.table import make_table, measure_images

_HERE, _THERE = "this version", "the other version"
_UPLOADER = ("-m", "uploader")
# What is run, after `python`; the first one is the time that nothing of ours can fall below.
_WITHOUT_TABLE = {
    "Python that does nothing": ("-c", ""),
    "`uploader --help`": (*_UPLOADER, "--help"),
    "`uploader upload --help`": (*_UPLOADER, "upload", "--help"),
    "`paintings-ingest csv --help`": ("-m", "paintings_dedupe.ingest", "csv", "--help"),
    "`paintings-match --help`": ("-m", "paintings_dedupe.matcher", "--help"),
    "`paintings-review --help`": ("-m", "paintings_dedupe.review", "--help"),
}
_WITH_TABLE = {
    "`uploader --dry-run`, all stored": ("--dry-run",),
    "`uploader`, all stored": (),
    "`uploader verify`": ("verify",),
}


@dataclass(frozen=True)
class Side:
    """A version with its table, and the folder in which it has stored all images."""

    checkout: Checkout
    environment: Mapping[str, str]
    stored: Path

    def upload(self, words: Sequence[str]) -> tuple[str, ...]:
        """A command of the uploader for this table and folder."""
        command = words if "verify" in words else (*words, "--allow-private-hosts", "127.0.0.0/8")
        return (*_UPLOADER, *command, "--target", "dev", "--to", str(self.stored))

    def run(self, words: Sequence[str]) -> Finished:
        """Run Python with these words."""
        return run(
            [self.checkout.python, *words], self.environment, self.checkout.root
        ).require_success()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", type=click.IntRange(1), default=3_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also measure this checkout of another version, set up with `make setup`.",
)
def command(rows: int, rounds: int, beside: Path | None) -> None:
    """Measure commands that have little to do, of one version or of two in turn.

    Each version stores all images of a table in a folder first. Then every command runs once in
    each round. Ratios are computed round by round. The result is printed as Markdown.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), rows, rounds, beside)
    except BenchmarkError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


def _measure(folder: Path, rows: int, rounds: int, beside: Path | None) -> None:
    checkouts = {_HERE: THIS} | ({_THERE: Checkout.at(beside)} if beside else {})
    images, csv_file = folder / "images", folder / "images.csv"
    make_images(images, rows, TINY)
    measure_images(images, csv_file)
    sides = {}
    with serve_slowly(images, 0) as server:
        for name, checkout in checkouts.items():
            table = make_table(folder / name, csv_file, server.address, checkout=checkout)
            sides[name] = Side(checkout, table.environment, folder / name / "blobs")
            # This also compiles all modules.
            for words in (*_WITHOUT_TABLE.values(), *map(sides[name].upload, _WITH_TABLE.values())):
                sides[name].run(words) if "--dry-run" not in words else None
    taken: dict[tuple[str, str], list[Finished]] = {}
    for number in range(rounds):
        click.echo(f"round {number + 1} of {rounds}", err=True)
        for what in (*_WITHOUT_TABLE, *_WITH_TABLE):
            for name, side in sides.items():
                words = _WITHOUT_TABLE.get(what) or side.upload(_WITH_TABLE[what])
                taken.setdefault((what, name), []).append(side.run(words))
    click.echo(f"\nMedians of {rounds} rounds; {rows:,} rows.\n\n{_table(taken, list(sides))}")


def _table(taken: Mapping[tuple[str, str], list[Finished]], names: Sequence[str]) -> str:
    titles = ["", *(f"{name}: seconds (processor)" for name in names)]
    titles += ["times as fast", "of the processor time"] if len(names) > 1 else []
    lines = [titles, ["---", *("---:" for _ in titles[1:])]]
    for what in dict.fromkeys(what for what, _ in taken):
        runs = [taken[what, name] for name in names]
        cells = [what]
        for some in runs:
            seconds = statistics.median(one.ended - one.began for one in some)
            cpu = statistics.median(one.cpu_seconds for one in some)
            cells.append(f"{seconds:.2f} ({cpu:.2f})")
        if len(names) > 1:
            pairs = list(zip(*runs, strict=True))
            speed = Spread.of([(b.ended - b.began) / (a.ended - a.began) for a, b in pairs])
            share = Spread.of([a.cpu_seconds / b.cpu_seconds for a, b in pairs])
            cells.append(f"{speed.median:.1f} ({speed.least:.1f}–{speed.greatest:.1f})")  # noqa: RUF001
            cells.append(f"{share.median:.0%}")
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    command()
