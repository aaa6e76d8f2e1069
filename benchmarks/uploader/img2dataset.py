"""Build command lines for img2dataset, which has a separate environment."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.uploader.commands import BenchmarkError, run

# Its dependencies conflict with ours. `uv pip compile` wrote the file from img2dataset.in.
_REQUIREMENTS = Path(__file__).with_name("img2dataset.txt")
ENCODING, DECODING, NOT_DECODING = "encoding anew", "decoding", "not decoding"
# It needs a module that Python 3.13 does not have.
_PYTHON = ">=3.11,<3.13"
# One of its libraries asks the internet for newer versions.
ENVIRONMENT = {"NO_ALBUMENTATIONS_UPDATE": "1"}


@dataclass(frozen=True)
class Settings:
    """The settings of img2dataset that affect its speed without resizing.

    Attributes
    ----------
    processes, threads
        How many processes, and threads in each.
    output_format
        ``files`` or ``webdataset``, which is tar files.
    work
        What is done with each image: ``decoding`` as a check, ``encoding anew`` as well (the
        default), or ``not decoding``, which stores the bytes unchanged.
    """

    processes: int
    threads: int
    output_format: str
    work: str

    def __str__(self) -> str:
        way = f"{self.processes} processes x {self.threads} threads"
        return f"{self.work}, {self.output_format}, {way}"


def grid(processes: tuple[int, ...], threads: tuple[int, ...]) -> Iterator[Settings]:
    """All settings to try."""
    formats, works = ("files", "webdataset"), (ENCODING, DECODING)
    for values in itertools.product(processes, threads, formats, works):
        yield Settings(*values)


def install_img2dataset(folder: Path) -> Path:
    """Create its environment in `folder`, if it does not exist, and return its program.

    Raises
    ------
    BenchmarkError
        When it cannot be installed, or does not run.
    """
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise BenchmarkError("uv is needed to create the environment of img2dataset. Install it.")
    program = folder / "bin" / "img2dataset"
    if not program.exists():
        run([uv, "venv", "--clear", "--python", _PYTHON, str(folder)]).require_success()
        install = [uv, "pip", "install", "--python", str(folder), "--compile-bytecode"]
        run([*install, "--requirements", str(_REQUIREMENTS)]).require_success()
    run([str(program), "--help"], ENVIRONMENT).require_success()
    return program


def img2dataset_command(
    program: Path, settings: Settings, urls: Path, rows: int, folder: Path
) -> list[str]:
    """Download the `rows` addresses in the text file `urls` into `folder`, without resizing."""
    options = {
        "url_list": urls,
        "input_format": "txt",
        "output_folder": folder,
        "output_format": settings.output_format,
        "resize_mode": "no",
        "skip_reencode": settings.work != ENCODING,
        "disable_all_reencoding": settings.work == NOT_DECODING,
        "processes_count": settings.processes,
        "thread_count": settings.threads,
        # One shard per process, so that none waits for another or starts again.
        "number_sample_per_shard": -(-rows // settings.processes),
        # Options that cost time and are not needed here.
        "compute_hash": None,
        "extract_exif": False,
    }
    return [str(program)] + [f"--{name}={value}" for name, value in options.items()]


def count_stored(folder: Path) -> int:
    """The number of images that a run has stored, as reported for each shard."""
    reports = [json.loads(path.read_text()) for path in folder.glob("*_stats.json")]
    return sum(report["successes"] for report in reports)
