"""Build the command line of this project's uploader."""

from __future__ import annotations

from functools import cache

from benchmarks.uploader.commands import THIS, Checkout, run


def upload_command(destination: str, workers: int, checkout: Checkout = THIS) -> list[str]:
    """The uploader as a user would call it, processing `workers` images at a time.

    Parameters
    ----------
    destination
        A folder, or ``azure``.
    workers
        The number of images processed at a time, and of requests to the single host.
    checkout
        The checkout with the uploader; this one by default.
    """
    command = [checkout.python, "-m", "uploader", "--to", destination, "--create-container"]
    command += ["--target", "dev", "--workers", str(workers)]
    # Older uploaders have no limits per host.
    if "--per-host" in _help(checkout):
        command += ["--per-host", str(workers), "--allow-private-hosts", "127.0.0.0/8"]
    return command


@cache
def _help(checkout: Checkout) -> str:
    program = [checkout.python, "-m", "uploader"]
    return "".join(
        run([*program, *arguments, "--help"], folder=checkout.root).output
        for arguments in (["upload"], [])
    )
