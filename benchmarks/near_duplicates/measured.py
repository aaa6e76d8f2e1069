"""Run a command, and write what it used, together with all processes that it left behind.

``python -m benchmarks.near_duplicates.measured USAGE.json COMMAND ...``
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path

# Of Linux: sys/prctl.h.
_PR_SET_CHILD_SUBREAPER = 36


def main() -> int:
    """Run it, and return its exit code."""
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
