"""Compare everything in one run: ``python -m benchmarks.uploader``."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import click

from benchmarks.uploader.ceilings import decoding_alone, server_alone
from benchmarks.uploader.commands import BenchmarkError, Checkout
from benchmarks.uploader.contenders import Contender, Site, sdk_alone
from benchmarks.uploader.images import make_images
from benchmarks.uploader.img2dataset import (
    DECODING,
    ENCODING,
    NOT_DECODING,
    Settings,
    grid,
    install_img2dataset,
)
from benchmarks.uploader.memory import FEW, MANY, measure_memory
from benchmarks.uploader.nginx import serve_with_nginx
from benchmarks.uploader.report import Aim, aims_table, ratio_aim, speed_table
from benchmarks.uploader.rounds import run_rounds
from benchmarks.uploader.slow_server import HOSTS, serve_slowly
from benchmarks.uploader.table import make_table, measure_images
from tools.azurite import AzuriteError

_OURS = "this uploader"
_OTHER = "the other version"
_LOOP = "plain loop"
_LATENCY_SECONDS = 0.05
_PARTS = ("folder", "azurite", "latency", "spark", "memory")
_CORES = (1, 2, 4)
_FOLDER_AIM, _AZURITE_AIM, _LATENCY_AIM = 1.5, 0.7, 10.0
_EXIT_NOT_HELD = 1
_EXIT_NOT_MEASURED = 2


@dataclass(frozen=True)
class Size:
    """The size of the benchmark.

    Attributes
    ----------
    images
        The number of images in the table.
    slow_images
        How many of these the plain loop downloads from the slow server.
    rounds
        The number of runs of each contender.
    load_seconds
        How long the load tool runs, in seconds.
    many_rows
        The number of rows in the table for the memory part.
    processes, threads
        The settings of img2dataset to try.
    tries
        How often each of these is tried; the median counts.
    """

    images: int
    slow_images: int
    rounds: int
    load_seconds: int
    many_rows: int
    processes: tuple[int, ...]
    threads: tuple[int, ...]
    tries: int


_FULL = Size(3_000, 200, 5, 5, MANY, (2, 3), (8, 32, 128), 3)
_QUICK = Size(600, 60, 1, 2, FEW, (2,), (32,), 1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Make a quick estimate, in less than three minutes.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=64,
    show_default=True,
    help="Number of images that our uploader processes at a time.",
)
@click.option(
    "--only",
    type=click.Choice(_PARTS),
    multiple=True,
    help="Measure only this part. Can be given several times.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps images and tables for the next time.  [default: a temporary one]",
)
@click.option(
    "--beside",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also measure the uploader of this checkout of another version, set up with `make setup`.",
)
def command(
    quick: bool, workers: int, only: tuple[str, ...], work: Path | None, beside: Path | None
) -> None:
    """Compare the uploader with a plain loop, img2dataset and the limits of the machine.

    Everything runs on this machine: nginx serves generated JPEGs of 44 KB on the loopback address,
    and Azurite stores blobs. The result is printed as Markdown.

    \b
    Exit codes:
      0  every target is met
      1  a target is not met
      2  the speed could not be measured
    """
    size = _QUICK if quick else _FULL
    parts = only or _PARTS
    try:
        with _folder(work) as folder:
            other = Checkout.at(beside) if beside else None
            aims = Benchmark(folder, size, workers, other).run(parts)
    except (BenchmarkError, AzuriteError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(_EXIT_NOT_MEASURED)
    sys.exit(0 if all(aim.holds for aim in aims) else _EXIT_NOT_HELD)


@dataclass(frozen=True)
class Benchmark:
    """One run of the whole benchmark, with its files in `folder`.

    `other` is a second version of this project, to measure beside this one.
    """

    folder: Path
    size: Size
    workers: int
    other: Checkout | None = None

    def run(self, parts: tuple[str, ...]) -> list[Aim]:
        """Measure the `parts`, print the results, and return the targets."""
        size = self.size
        images = self.folder / f"images-{size.images}"
        csv_file = self.folder / f"images-{size.images}.csv"
        if not csv_file.exists():
            _say(f"making {size.images:,} images")
            make_images(images, size.images)
            measure_images(images, csv_file)
        click.echo(_machine(size))
        aims: list[Aim] = []
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="stored-") as stored:
            if not {"folder", "azurite"}.isdisjoint(parts):
                aims += self._quickly_served(parts, images, csv_file, Path(stored))
            if "latency" in parts:
                aims += self._with_latency(images, csv_file, Path(stored))
            if "spark" in parts:
                self._on_spark(images, csv_file, Path(stored))
        if "memory" in parts:
            aims += self._memory()
        click.echo(f"\n## Aims\n\n{aims_table(aims)}")
        return aims

    def _quickly_served(
        self, parts: tuple[str, ...], images: Path, csv_file: Path, stored: Path
    ) -> list[Aim]:
        aims: list[Aim] = []
        with serve_with_nginx(images) as server:
            table = make_table(self.folder / "fast", csv_file, server.address)
            site = Site(server, table, stored)
            beside = self._beside(site, csv_file)
            if "folder" in parts:
                aims += self._into_folder(site, images, beside)
            if "azurite" in parts:
                aims += self._into_azurite(site, images, beside)
        return aims

    def _beside(self, site: Site, csv_file: Path) -> dict[str, Site]:
        """The same for the other version, with a table that it built itself."""
        if self.other is None:
            return {}
        folder = self.folder / "beside"
        table = make_table(folder, csv_file, site.server.address, checkout=self.other)
        return {_OTHER: replace(site, table=table, checkout=self.other)}

    def _into_folder(self, site: Site, images: Path, beside: dict[str, Site]) -> list[Aim]:
        contenders: dict[str, Contender] = {
            _OURS: site.ours_to_folder(self.workers),
            **{name: other.ours_to_folder(self.workers) for name, other in beside.items()},
            _LOOP: site.sequential_to_folder(),
        }
        rivals = []
        try:
            _say("installing img2dataset in an environment of its own")
            program = install_img2dataset(self.folder / "img2dataset")
            for settings in self._best_settings(site, program):
                name = f"img2dataset ({settings})"
                contenders[name] = site.img2dataset_to_folder(program, settings)
                # The target refers to img2dataset without resizing and without further options.
                if settings.work == ENCODING:
                    rivals.append(name)
        except BenchmarkError as error:
            click.echo(f"\nimg2dataset could not be measured: {error}")
        seconds = self.size.load_seconds
        contenders["nginx alone, under wrk"] = server_alone(site.server, site.table.urls, seconds)
        contenders["Pillow alone, decoding on all cores"] = decoding_alone(images)
        rounds = run_rounds(contenders, self.size.rounds, _say)
        click.echo(f"\n## Into a folder\n\n{speed_table(rounds, _OURS)}")
        return [
            ratio_aim(f"into a folder, {name}", rounds.ratio(_OURS, name), _FOLDER_AIM)
            for name in rivals
        ]

    def _best_settings(self, site: Site, program: Path) -> list[Settings]:
        """The fastest settings of img2dataset for each way of processing an image.

        The variant that does not decode, and therefore checks nothing, uses the best settings for
        decoding.
        """
        rates: dict[Settings, float] = {}
        for settings in grid(self.size.processes, self.size.threads):
            contend = site.img2dataset_to_folder(program, settings)
            rates[settings] = statistics.median(contend().rate for _ in range(self.size.tries))
            _say(f"img2dataset, {settings}: {rates[settings]:,.0f} images/s")
        encoding, decoding = (
            max(
                (settings for settings in rates if settings.work == work),
                key=lambda settings: rates[settings],
            )
            for work in (ENCODING, DECODING)
        )
        return [encoding, decoding, replace(decoding, work=NOT_DECODING)]

    def _into_azurite(self, site: Site, images: Path, beside: dict[str, Site]) -> list[Aim]:
        alone = {
            f"the SDK alone from memory, {way} x {concurrency}": sdk_alone(images, way, concurrency)
            for way, concurrency in (("async", 16), ("async", 64), ("threads", 16))
        }
        contenders = {
            _OURS: site.ours_to_azurite(self.workers),
            **{name: other.ours_to_azurite(self.workers) for name, other in beside.items()},
            _LOOP: site.sequential_to_azurite(),
            **alone,
        }
        rounds = run_rounds(contenders, self.size.rounds, _say)
        click.echo(f"\n## Into Azurite\n\n{speed_table(rounds, _OURS)}")
        best = max(alone, key=lambda name: rounds.rate(name).median)
        return [ratio_aim(f"into Azurite, {best}", rounds.ratio(_OURS, best), _AZURITE_AIM)]

    def _with_latency(self, images: Path, csv_file: Path, stored: Path) -> list[Aim]:
        with serve_slowly(images, _LATENCY_SECONDS) as server:
            whole = make_table(self.folder / "slow", csv_file, server.address)
            part = whole.only_urls(self.size.slow_images)
            contenders = {
                _OURS: Site(server, whole, stored).ours_to_folder(self.workers),
                _LOOP: Site(server, part, stored).sequential_to_folder(),
            }
            rounds = run_rounds(contenders, self.size.rounds, _say)
        click.echo(f"\n## Into a folder, each answer {_milliseconds()} late\n")
        click.echo(speed_table(rounds, _OURS))
        ratio = rounds.ratio(_OURS, _LOOP)
        return [ratio_aim(f"answers {_milliseconds()} late, {_LOOP}", ratio, _LATENCY_AIM)]

    def _on_spark(self, images: Path, csv_file: Path, stored: Path) -> None:
        """Without an aim: on one machine, Spark only adds to what the loop does."""
        if not (find_spec("pyspark") and shutil.which("java")):
            click.echo("\nSpark could not be measured: it needs Java and `make setup EXTRA=spark`")
            return
        with serve_slowly(images, _LATENCY_SECONDS) as server:
            port = server.address.rpartition(":")[2]
            addresses = [f"http://{host}:{port}" for host in HOSTS]
            site = Site(server, make_table(self.folder / "hosts", csv_file, *addresses), stored)
            contenders = {_OURS: site.ours_to_folder(self.workers)}
            for cores in _CORES:
                name = f"with --engine spark, {cores} core{'s' * (cores > 1)}"
                contenders[name] = site.ours_on_spark(self.workers, cores)
            rounds = run_rounds(contenders, self.size.rounds, _say)
        click.echo(f"\n## On {len(HOSTS)} hosts, each answer {_milliseconds()} late\n")
        click.echo(speed_table(rounds, _OURS))

    def _memory(self) -> list[Aim]:
        memory = measure_memory(self.folder / "memory", self.size.many_rows, self.workers)
        click.echo(f"\n## Memory\n\n{memory.table()}")
        return [memory.aim()]


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
        yield work.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="paintings-benchmark-") as temporary:
            yield Path(temporary)


def _machine(size: Size) -> str:
    return (
        f"{size.images:,} JPEGs, {size.rounds} round(s), {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; "
        f"load of the machine before: {os.getloadavg()[0]:.1f}"
    )


def _milliseconds() -> str:
    return f"{1000 * _LATENCY_SECONDS:.0f} ms"


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.uploader")
