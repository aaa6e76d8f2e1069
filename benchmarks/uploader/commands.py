"""Run a command to its end, and measure elapsed and processor time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_LOOPBACK = "127.0.0.1,localhost"
_LAST_LINES = 20


class BenchmarkError(Exception):
    """A measurement failed; the message gives the reason and a remedy."""


@dataclass(frozen=True)
class Finished:
    """A finished command.

    Attributes
    ----------
    exit_code
        0 if it succeeded.
    began, ended
        When, in seconds since the epoch.
    cpu_seconds
        Of the command and its descendants, user and system.
    output
        Its output, both streams.
    """

    exit_code: int
    began: float
    ended: float
    cpu_seconds: float
    output: str

    def require_success(self) -> Finished:
        """Return itself.

        Raises
        ------
        BenchmarkError
            When the exit code is not 0; with the last lines of the output.
        """
        if self.exit_code:
            last = "\n".join(self.output.splitlines()[-_LAST_LINES:])
            raise BenchmarkError(f"exit code {self.exit_code}:\n{last}")
        return self


@dataclass(frozen=True)
class Checkout:
    """A copy of this project with the environment that `make setup` created in it.

    Attributes
    ----------
    root
        Its folder.
    programs
        Where its ``python`` and ``dbt`` are.
    """

    root: Path
    programs: Path

    @classmethod
    def at(cls, root: Path) -> Checkout:
        """The copy in the folder `root`.

        Raises
        ------
        BenchmarkError
            When it has no environment.
        """
        programs = root.resolve() / ".venv" / "bin"
        if not (programs / "python").exists():
            raise BenchmarkError(f"{root} has no .venv/bin/python. Run `make setup` there.")
        return cls(root.resolve(), programs)

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.programs / "python")


THIS = Checkout(ROOT, Path(sys.executable).parent)


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
) -> Finished:
    """Run `command` in a folder.

    Parameters
    ----------
    command
        Program and arguments.
    environment
        Variables to set besides `clean_environment`.
    folder
        Where; the project's own unless given.
    """
    with tempfile.TemporaryFile() as output:
        began = time.time()
        # Only commands that are built by this package.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**clean_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            # Unlike Popen.wait, it reports the resources used by the process and those it waited
            # for.
            _, status, usage = os.wait4(process.pid, 0)
            ended = time.time()
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            raise
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Finished(process.returncode, began, ended, usage.ru_utime + usage.ru_stime, text)


def clean_environment() -> dict[str, str]:
    """The variables of this process, except those that would lead a benchmark off this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "DBT_TARGET" and not name.startswith("AZURE_STORAGE_")
    }
    return {**kept, "NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK, "PYTHONUNBUFFERED": "1"}
