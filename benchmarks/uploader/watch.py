"""Watch the memory and processor time of a running command and its descendants."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from benchmarks.uploader.commands import ROOT, clean_environment

_EVERY_SECONDS = 0.2
_WORDS_SHOWN = 4


@dataclass(frozen=True)
class Watched:
    """A finished command.

    Attributes
    ----------
    exit_code
        0 if it succeeded.
    seconds
        How long it took.
    peak_bytes
        The peak memory of all its processes together. Memory shared by several processes counts
        once: it is the sum of their PSS, read five times a second.
    cpu_seconds
        Processor time, user and system, of each process that was ever seen, by its command line
        and number.
    output
        Its output, both streams.
    """

    exit_code: int
    seconds: float
    peak_bytes: int
    cpu_seconds: Mapping[str, float]
    output: str


def watch(command: Sequence[str], environment: Mapping[str, str]) -> Watched:
    """Run `command` in the project's folder and watch it."""
    peak = 0
    cpu_seconds: dict[str, float] = {}
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean_environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process:
            root = psutil.Process(process.pid)
            while process.poll() is None:
                held = 0
                for one in _family(root):
                    try:
                        cpu_seconds[_name(one)] = sum(one.cpu_times()[:2])
                        held += one.memory_full_info().pss
                    except psutil.Error:
                        # It ended while it was read.
                        continue
                peak = max(peak, held)
                time.sleep(_EVERY_SECONDS)
        seconds = time.monotonic() - began
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Watched(process.returncode, seconds, peak, cpu_seconds, text)


def _family(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _name(process: psutil.Process) -> str:
    return f"{' '.join(process.cmdline()[1:][:_WORDS_SHOWN])} ({process.pid})"
