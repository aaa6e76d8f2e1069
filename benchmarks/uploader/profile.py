"""Show where the uploader spends its time: ``python -m benchmarks.uploader.profile``."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import psutil

from benchmarks.uploader.commands import BenchmarkError
from benchmarks.uploader.images import make_images
from benchmarks.uploader.nginx import serve_with_nginx
from benchmarks.uploader.ours import upload_command
from benchmarks.uploader.report import table
from benchmarks.uploader.table import make_table, measure_images
from benchmarks.uploader.watch import watch
from tools.azurite import run_azurite

_SAMPLES_A_SECOND = 200
_FRAME = re.compile(r"(?P<function>.+) \((?P<file>[^()]+):\d+\)$")
_PROCESS = re.compile(r"(?:^|;)process (\d+)")
_IMPORT = "_find_and_load ("


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--to", type=click.Choice(["folder", "azurite"]), default="folder", show_default=True)
@click.option("--images", "count", type=click.IntRange(1), default=2_000, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=64, show_default=True)
@click.option("--top", type=click.IntRange(1), default=15, show_default=True, help="Lines shown.")
@click.option(
    "--sampled/--unsampled",
    default=True,
    show_default=True,
    help="Sample the function of each thread with py-spy, or measure processor time only.",
)
@click.option("--gil", is_flag=True, help="Sample only the threads that hold the interpreter lock.")
def command(  # noqa: PLR0913, PLR0917 (one parameter an option)
    to: str, count: int, workers: int, top: int, sampled: bool, gil: bool
) -> None:
    """Upload once, and print the processor time of each process and of each function.

    py-spy ignores waiting threads as far as it can detect them. It counts some waits as work, such
    as that of a thread pool for its next task. --gil ignores these as well, but also everything
    that runs without the interpreter lock, such as Pillow's decoding. Time in a C function counts
    for the Python function that called it.
    """
    with tempfile.TemporaryDirectory(prefix="paintings-profile-") as name, ExitStack() as running:
        folder = Path(name)
        images, measured = folder / "images", folder / "images.csv"
        make_images(images, count)
        measure_images(images, measured)
        server = running.enter_context(serve_with_nginx(images))
        paintings = make_table(folder / "table", measured, server.address)
        environment, destination = dict(paintings.environment), str(folder / "blobs")
        services = {"nginx": psutil.Process(server.pid)}
        if to == "azurite":
            environment["AZURE_STORAGE_CONNECTION_STRING"] = running.enter_context(run_azurite())
            destination = "azure"
            services["Azurite"] = _azurite()
        before = {name: _cpu_seconds(process) for name, process in services.items()}
        stacks = folder / "stacks.txt"
        sampler = _sampler(stacks, gil) if sampled else []
        watched = watch([*sampler, *upload_command(destination, workers)], environment)
        if watched.exit_code != 0:
            raise BenchmarkError(watched.output[-2000:])
        first, last = server.answers()
        click.echo(f"{count:,} images: {watched.seconds:.1f} s, of which {last - first:.1f} s from")
        click.echo("the first download to the last; the rest is the start and the end.\n")
        click.echo("| process | CPU s |\n|---|---:|")
        for service, process in services.items():
            click.echo(f"| {service} | {_cpu_seconds(process) - before[service]:.1f} |")
        for process_name, seconds in watched.cpu_seconds.items():
            click.echo(f"| {process_name} | {seconds:.1f} |")
        if sampled:
            _print_top(stacks, top)


def _print_top(stacks: Path, top: int) -> None:
    """For each process, print the packages and functions in which it was sampled most often."""
    by_process: dict[str, Counter[tuple[str, str]]] = {}
    for process, file, function, samples in _samples(stacks):
        by_process.setdefault(process, Counter())[file, function] += samples
    for process, functions in by_process.items():
        packages: Counter[str] = Counter()
        for (file, _), samples in functions.items():
            packages[file.partition("/")[0]] += samples
        click.echo(f"\nProcess {process}: {functions.total() / _SAMPLES_A_SECOND:.1f} s\n")
        named = Counter({f"{function} ({file})": n for (file, function), n in functions.items()})
        click.echo(_shares("package", packages, top))
        click.echo(f"\n{_shares('function', named, top)}")


def _shares(heading: str, counts: Counter[str], top: int) -> str:
    lines = [(name, f"{count / counts.total():.1%}") for name, count in counts.most_common(top)]
    return table((heading, "share"), lines)


def _samples(stacks: Path) -> Iterator[tuple[str, str, str, int]]:
    """Process, file, innermost function and number of samples of each line that py-spy wrote."""
    for line in stacks.read_text(encoding="utf-8").splitlines():
        stack, _, samples = line.rpartition(" ")
        processes = _PROCESS.findall(stack)
        innermost = _FRAME.match(stack.rpartition(";")[2])
        # Threads without Python are not ours, and imports end before the work begins.
        if innermost and _IMPORT not in stack:
            process = processes[-1] if processes else "?"
            yield process, innermost["file"], innermost["function"], int(samples)


def _sampler(stacks: Path, gil: bool) -> list[str]:
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which(
        "py-spy"
    )
    if program is None:
        raise BenchmarkError("py-spy is needed to sample the processes. `make bench` installs it.")
    options = ["--subprocesses", "--rate", str(_SAMPLES_A_SECOND), "--format", "raw"]
    if gil:
        options.append("--gil")
    return [program, "record", *options, "--output", str(stacks), "--"]


def _azurite() -> psutil.Process:
    """The Azurite that this process has just started."""
    for process in psutil.Process().children(recursive=True):
        if any("azurite" in word for word in process.cmdline()):
            return process
    raise BenchmarkError("Azurite is not among the processes that were started")


def _cpu_seconds(process: psutil.Process) -> float:
    """User and system time of a process and its descendants."""
    family = [process, *process.children(recursive=True)]
    return float(sum(sum(one.cpu_times()[:2]) for one in family))


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.uploader.profile")
