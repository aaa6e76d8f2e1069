"""Check that memory stays constant: ``python -m benchmarks.uploader.memory``."""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.uploader.commands import BenchmarkError
from benchmarks.uploader.images import TINY, make_images
from benchmarks.uploader.nginx import serve_with_nginx
from benchmarks.uploader.ours import upload_command
from benchmarks.uploader.report import Aim, table
from benchmarks.uploader.table import build, measure_images, with_address
from benchmarks.uploader.watch import watch

MANY, FEW = 1_000_000, 50_000
_LIMIT_MB = 500
_MB = 1_000_000
_IMAGES = 64
# The rows differ at level 7 only, which names their blobs and is not compared. Level 8, with which
# a download is compared, is that of the image at their URL.
_LEVEL = 7
_HALF_BITS = _LEVEL * _LEVEL
_SEED = 4
# The outcome of a row, and its share in percent.
_MIXED = {"stored": 2, "missing": 1, "unusable address": 2, "format not accepted": 95}
_ALL_STORED = {"stored": 100}
# If rows are missing or unusable, the uploader ends with 1.
_EXITS = (0, 1)
_EXIT_NOT_HELD = 1
_EXIT_NOT_MEASURED = 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", type=click.IntRange(100), default=MANY, show_default=True)
@click.option(
    "--all-stored",
    is_flag=True,
    help="Make every row an image to store. This is the hardest case, and slow.",
)
@click.option("--workers", type=click.IntRange(1), default=64, show_default=True)
def command(rows: int, all_stored: bool, workers: int) -> None:
    """Run the uploader twice over a table of many rows, and print its peak memory.

    Most rows need no download: their format is not accepted, their URL is not usable, or it leads
    nowhere. The others share a few tiny images, which are already stored in the second run.

    \b
    Exit codes:
      0  both runs stayed below 500 MB
      1  a run did not
      2  it could not be measured
    """
    shares = _ALL_STORED if all_stored else _MIXED
    try:
        with tempfile.TemporaryDirectory(prefix="paintings-memory-") as folder:
            memory = measure_memory(Path(folder), rows, workers, shares)
    except BenchmarkError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(_EXIT_NOT_MEASURED)
    click.echo(memory.table())
    sys.exit(0 if memory.aim().holds else _EXIT_NOT_HELD)


@dataclass(frozen=True)
class Run:
    """One run of the uploader.

    Attributes
    ----------
    peak_bytes
        The peak memory of all its processes together.
    seconds
        How long it took.
    requests
        The number of requests that the web server answered.
    """

    peak_bytes: int
    seconds: float
    requests: int


@dataclass(frozen=True)
class Memory:
    """Two runs over one table.

    Attributes
    ----------
    kinds
        The number of rows of each kind.
    runs
        The first run into an empty folder, and the second into the same folder.
    """

    kinds: Mapping[str, int]
    runs: tuple[Run, Run]

    def table(self) -> str:
        """The measurements, in words and numbers."""
        rows = ", ".join(f"{count:,} {kind}" for kind, count in self.kinds.items())
        lines = [
            (name, f"{run.peak_bytes / _MB:,.0f}", f"{run.seconds:,.0f}", f"{run.requests:,}")
            for name, run in zip(("first", "again"), self.runs, strict=True)
        ]
        return f"Rows: {rows}.\n\n{table(('run', 'peak MB', 'seconds', 'requests'), lines)}"

    def aim(self) -> Aim:
        """The target for memory."""
        peak = max(run.peak_bytes for run in self.runs) / _MB
        text = f"memory over {sum(self.kinds.values()):,} rows: below {_LIMIT_MB} MB"
        return Aim(text, f"{peak:,.0f} MB", peak < _LIMIT_MB)


def measure_memory(
    folder: Path, rows: int, workers: int, shares: Mapping[str, int] = _MIXED
) -> Memory:
    """Make a table of `rows` in `folder`, and run the uploader over it twice.

    Raises
    ------
    BenchmarkError
        When it did not store exactly the rows that it should.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images, measured, paintings = folder / "images", folder / "images.csv", folder / "paintings.csv"
    make_images(images, _IMAGES, TINY)
    measure_images(images, measured)
    with serve_with_nginx(images) as server, tempfile.TemporaryDirectory(dir=folder) as stored:
        kinds = _write_rows(paintings, with_address(measured, server.address), rows, shares)
        environment = build(folder, paintings, _LEVEL)

        def run() -> Run:
            server.forget()
            watched = watch(upload_command(stored, workers), environment)
            files = sum(1 for _ in Path(stored).rglob("*.jpeg"))
            if watched.exit_code not in _EXITS or files != kinds["stored"]:
                raise BenchmarkError(
                    f"exit code {watched.exit_code}, {files:,} of {kinds['stored']:,} stored:\n"
                    f"{watched.output[-2000:]}"
                )
            return Run(watched.peak_bytes, watched.seconds, server.answer_count())

        return Memory(kinds, (run(), run()))


def _write_rows(path: Path, rows: str, count: int, shares: Mapping[str, int]) -> Counter[str]:
    """Write `count` rows made from those of the CSV text `rows`; return how many of each kind."""
    reader = csv.DictReader(rows.splitlines())
    originals = list(reader)
    # A fixed seed; nothing here is secret.
    source = random.Random(_SEED)  # noqa: S311
    kinds = source.choices(list(shares), list(shares.values()), k=count)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames or ())
        writer.writeheader()
        for kind in kinds:
            row = dict(originals[source.randrange(len(originals))])
            # As `dhash` writes it: two halves, each padded to at least as many digits.
            halves = (source.getrandbits(_HALF_BITS) for _ in range(2))
            row[f"DHashHex{_LEVEL}"] = "".join(f"{half:0{_HALF_BITS // 4}x}" for half in halves)
            if kind == "missing":
                row["URL"] += ".gone"
            elif kind == "unusable address":
                row["URL"] = row["URL"].replace("http://", "ftp://")
            elif kind == "format not accepted":
                row["EncodingFormat"] = "webp"
            writer.writerow(row)
    return Counter(kinds)


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.uploader.memory")
