"""Run one step of the demo as the command that a user would type."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.terminal import say

ROOT = Path(__file__).parent.parent
_LOOPBACK = "127.0.0.1,localhost"
_LEADS_AWAY = ("DBT_PROJECT_DIR", "DBT_TARGET")


class StepError(UserError):
    """A step failed; the message names it and its exit code."""

    def __init__(self, command: str, exit_code: int) -> None:
        super().__init__(f"The demo ends here: `{command}` failed with exit code {exit_code}.")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Step:
    """A command of the project, to run in its folder.

    Attributes
    ----------
    title
        What the step does.
    words
        The command; the first word is ``python`` or a program of the same environment. It is shown
        with its path, so that the line runs in any shell, in the folder of the project.
    environment
        Variables to set for it.
    secrets
        Variables to set for it that are shown as their names only.
    """

    title: str
    words: Sequence[str]
    environment: Mapping[str, str]
    secrets: Mapping[str, str]

    def command(self) -> str:
        """The step as a line for a shell."""
        shown = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        hidden = [f'{name}="..."' for name in self.secrets]
        program, *arguments = self.words
        return " ".join([*shown, *hidden, shlex.join([short(_executable(program)), *arguments])])

    def run(self, console: Console, accepted: Sequence[int] = (0,)) -> None:
        """Print the heading and the command, then run it with its output shown.

        Raises
        ------
        StepError
            When the command ends with an exit code that is not `accepted`.
        """
        heading(console, self.title)
        say(console, f"$ {self.command()}")
        console.print()
        program, *arguments = self.words
        # Only programs of this environment, with the arguments built in demo/run.py.
        finished = subprocess.run(
            [str(_executable(program)), *arguments],
            cwd=ROOT,
            env={**_environment(), **self.environment, **self.secrets},
            check=False,
        )
        if finished.returncode not in accepted:
            raise StepError(self.command(), finished.returncode)


def _executable(program: str) -> Path:
    """The path of ``python``, or of a program of the same environment."""
    python = Path(sys.executable)
    return python if program == "python" else python.parent / program


def short(path: Path) -> str:
    """The path as seen from the project's folder, where the steps run."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def heading(console: Console, title: str) -> None:
    """Print the title of a step."""
    console.print()
    console.rule(f"[bold]{title}", align="left")


def _environment() -> dict[str, str]:
    """The variables of this process, except those that would lead the demo off this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _LEADS_AWAY and not name.startswith("AZURE_STORAGE_")
    }
    excepted = [os.environ.get("no_proxy"), os.environ.get("NO_PROXY"), _LOOPBACK]
    no_proxy = ",".join(filter(None, excepted))
    return {**kept, "NO_PROXY": no_proxy, "no_proxy": no_proxy}
