"""A step that fails ends the demo; one whose exit code is expected does not."""

from __future__ import annotations

import os
import subprocess

import pytest
from rich.console import Console

from demo.steps import ROOT, Step, StepError


@pytest.mark.parametrize(
    ("code", "accepted", "goes_on"), [(0, (0,), True), (1, (0, 1), True), (2, (0, 1), False)]
)
def test_a_step_goes_on_after_the_exit_codes_that_it_accepts(
    code: int, accepted: tuple[int, ...], goes_on: bool
) -> None:
    step = Step("Leave", ["python", "-c", f"raise SystemExit({code})"], {}, {})
    if goes_on:
        step.run(Console(quiet=True), accepted)
        return
    with pytest.raises(StepError, match="failed with exit code 2") as raised:
        step.run(Console(quiet=True), accepted)
    assert raised.value.exit_code == code


def test_a_command_runs_as_it_is_shown() -> None:
    """In the folder of the project, by a shell that knows nothing of its environment."""
    words = [
        "python",
        "-c",
        "import os, rich; print(os.environ['NAME'], *os.sys.argv[1:])",
        "a b",
        "$c",
    ]
    command = Step("Show", words, {"NAME": "it's"}, {}).command()
    shell = ["sh", "-c", command]
    bare = {"PATH": os.defpath}
    shown = subprocess.run(shell, cwd=ROOT, env=bare, capture_output=True, text=True, check=True)
    assert shown.stdout == "it's a b $c\n"
