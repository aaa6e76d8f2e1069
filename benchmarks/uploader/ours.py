"""Give the command line of this project's uploader."""

from __future__ import annotations

import sys
from functools import cache

from benchmarks.uploader.commands import run


def upload_command(destination: str, workers: int) -> list[str]:
    """The uploader as a user would call it, with `workers` images in flight.

    Parameters
    ----------
    destination
        A folder, or ``azure``.
    workers
        How many images are in flight, and how many requests the one host gets.
    """
    command = [sys.executable, "-m", "uploader", "--to", destination, "--create-container"]
    command += ["--target", "dev", "--workers", str(workers)]
    # An older uploader, to compare with, knows no limits of hosts.
    if "--per-host" in _help():
        command += ["--per-host", str(workers), "--allow-private-hosts", "127.0.0.0/8"]
    return command


@cache
def _help() -> str:
    return run([sys.executable, "-m", "uploader", "upload", "--help"]).output + (
        run([sys.executable, "-m", "uploader", "--help"]).output
    )
