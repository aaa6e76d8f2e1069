"""Run a command, and tell what it used, together with all processes that it left behind."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Of Linux: sys/prctl.h.
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Used:
    """What a command used.

    Attributes
    ----------
    code
        Its exit code.
    seconds, cpu_seconds
        By the clock, and of all cores together.
    gigabytes
        The most memory that one of its processes had.
    """

    code: int
    seconds: float
    cpu_seconds: float
    gigabytes: float


def measured(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    accepted: Sequence[int] = (0,),
) -> Used:
    """Run a command in a folder.

    Raises
    ------
    subprocess.CalledProcessError
        When its exit code is not `accepted`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "usage.json")
        # A process of its own, because it waits for all of its children.
        words = [sys.executable, "-m", "benchmarks.near_duplicates.measured", str(report), *command]
        done = subprocess.run(words, cwd=folder, env=dict(environment), check=False)
        if done.returncode not in accepted:
            done.check_returncode()
        used = json.loads(report.read_text(encoding="utf-8"))
    return Used(done.returncode, **used)


def main() -> int:
    """Run the command after the first argument, write to that file, and return its exit code."""
    report, *command = sys.argv[1:]
    if sys.platform == "linux":
        # Processes whose parent ends become children of this one, which can then wait for them.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    start = time.monotonic()
    process = subprocess.Popen(command)
    seconds = cpu_seconds = gigabytes = 0.0
    code = 0
    while True:
        try:
            ended, status, usage = os.wait3(0)
        except ChildProcessError:
            break
        if ended == process.pid:
            seconds = time.monotonic() - start
            code = process.returncode = os.waitstatus_to_exitcode(status)
        cpu_seconds += usage.ru_utime + usage.ru_stime
        # Linux counts it in kibibytes.
        gigabytes = max(gigabytes, usage.ru_maxrss * 1024 / 1e9)
    used = {"seconds": seconds, "cpu_seconds": cpu_seconds, "gigabytes": gigabytes}
    Path(report).write_text(json.dumps(used), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
