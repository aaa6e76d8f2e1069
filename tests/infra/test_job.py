"""The job's one command: its exit codes, its last line, and what a scheduler's signal does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT

# What the alerts look for: first that of a failure, then that of a success.
LINES = re.findall(r"line: '(.+)'", (ROOT / "infra/job.bicep").read_text())
STEPS = ["dbt build", "paintings-upload --to a b"]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start the job with programs that stand for dbt and the uploader, which the image has."""

    def start(dbt: str, uploader: str, *arguments: str) -> subprocess.Popen[str]:
        for name, body in (("dbt", dbt), ("paintings-upload", uploader)):
            program = tmp_path / name
            program.write_text(f'#!/bin/sh\necho {name} "$@"\n{body}\n')
            program.chmod(0o755)
        return subprocess.Popen(
            [ROOT / "infra/job.sh", *arguments],
            env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


@pytest.mark.parametrize(
    ("dbt", "uploader", "code", "said"),
    [
        (0, 0, 0, [*STEPS, LINES[1]]),
        (1, 0, 1, [STEPS[0], f"{LINES[0]}: dbt ended with exit code 1"]),
        (0, 3, 3, [*STEPS, f"{LINES[0]}: paintings-upload ended with exit code 3"]),
    ],
)
def test_the_first_failure_ends_the_job(
    start: Start, dbt: int, uploader: int, code: int, said: list[str]
) -> None:
    job = start(f"exit {dbt}", f"exit {uploader}", "--to", "a b")
    output, _ = job.communicate(timeout=60)
    assert job.returncode == code
    assert output.splitlines() == said


def test_no_step_begins_after_a_signal(start: Start) -> None:
    """dbt may have finished all its work when the signal comes."""
    job = start("trap '' TERM\nkill -s TERM $PPID\nexit 0", "exit 0", "--to", "a b")
    output, _ = job.communicate(timeout=60)
    assert job.returncode == 130
    told = "it was told to end before paintings-upload began"
    assert output.splitlines() == [STEPS[0], f"{LINES[0]}: {told}"]


def test_a_signal_reaches_the_running_command_which_may_finish(start: Start) -> None:
    # It waits in the background, so that the shell of this program handles the signal at once.
    waiting = "trap 'echo finished; exit 130' TERM\necho ready\nsleep 60 & wait"
    job = start("exit 0", waiting)
    while job.stdout.readline() != "ready\n":
        assert job.poll() is None
    job.send_signal(signal.SIGTERM)
    rest = job.stdout.readline(), job.stdout.readline()
    assert job.wait(timeout=60) == 130
    assert rest == ("finished\n", f"{LINES[0]}: paintings-upload ended with exit code 130\n")
    job.stdout.close()
