"""Run other programs, each in a process of its own and all in one environment of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.near_duplicates.dbt import ROOT
from benchmarks.near_duplicates.peers.programs import PEERS
from benchmarks.near_duplicates.scoring import Link
from paintings_dedupe.common.terminal import say

NAMES = tuple(PEERS)
# Some need other versions of our packages, and one another build of OpenCV. CONTRIBUTING.md says
# how the file is written.
_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_MOST_SECONDS = 3600
_REASON_LENGTH = 100


@dataclass(frozen=True)
class Measured:
    """What a program said.

    Attributes
    ----------
    version
        Its version.
    cpu_seconds
        What it used by default, on all cores together, decoding included.
    default, limit
        Its default setting, and the largest distance of a copy.
    settings
        By setting, how far pairs of images are apart; a pair that is not there was not found.
    """

    version: str
    cpu_seconds: float
    default: str
    limit: float
    settings: Mapping[str, Sequence[Link]]


@dataclass(frozen=True)
class Skipped:
    """Why a program could not be measured."""

    reason: str


def environment(folder: Path, console: Console) -> Path | Skipped:
    """The Python of the environment in a folder, which is made if it is not there or is old."""
    python, ready = folder / "bin" / "python", folder / "requirements.txt"
    wanted = _REQUIREMENTS.read_bytes()
    if ready.exists() and ready.read_bytes() == wanted:
        return python
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        return Skipped("uv is needed to make the environment of the peers")
    say(console, f"Installing other programs into {folder}, once")
    install = ("pip", "install", "--quiet", "--python", str(python))
    for arguments in (
        ("venv", "--quiet", "--clear", "--python", sys.executable, str(folder)),
        # Without what the packages ask for: the file lists it all, but for PyTorch.
        (*install, "--no-deps", "--require-hashes", "--requirements", str(_REQUIREMENTS)),
    ):
        finished = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
        if finished.returncode:
            return Skipped(f"cannot be installed: {_last_line(finished.stderr)}")
    ready.write_bytes(wanted)
    return python


def measure_peers(
    names: Iterable[str],
    files: Sequence[Path],
    artists: Sequence[str],
    folder: Path,
    python: Path,
) -> Iterator[tuple[str, Measured | Skipped]]:
    """Run programs.

    Parameters
    ----------
    names
        Some of `NAMES`.
    files, artists
        All images of a folder, and the artist of each.
    folder
        For what is written.
    python
        That of the environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    request = folder / "request.json"
    request.write_text(json.dumps({"files": list(map(str, files)), "artists": list(artists)}))
    for name in names:
        yield name, _measured(python, name, request, folder)


def _measured(python: Path, name: str, request: Path, folder: Path) -> Measured | Skipped:
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    command = [python, "-W", "ignore", "-m", f"{__package__}.measure", name, request, answer]
    try:
        finished = subprocess.run(
            list(map(str, command)),
            # Some write caches and logs where they are started.
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "HOME": str(folder),
                # Otherwise it lists the machine's fonts for every program.
                "MPLCONFIGDIR": str(python.parent.parent / "matplotlib"),
            },
            capture_output=True,
            text=True,
            timeout=_MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Skipped(f"it took more than {_MOST_SECONDS} s")
    if finished.returncode or not answer.exists():
        return Skipped(_last_line(finished.stderr) or f"exit code {finished.returncode}")
    said = json.loads(answer.read_text(encoding="utf-8"))
    said["settings"] = {
        setting: [(distance, int(one), int(other)) for distance, one, other in links]
        for setting, links in said["settings"].items()
    }
    return Measured(**said)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:_REASON_LENGTH] if lines else ""
