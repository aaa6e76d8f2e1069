"""Run Azurite, the emulator of Azure Blob Storage, while a block is open."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROGRAM = Path(__file__).parent.parent / "node_modules" / ".bin" / "azurite-blob"
_ACCOUNT = "devstoreaccount1"
# The fixed key of the emulator, published in Microsoft's documentation. It protects nothing.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
# What it prints once clients can connect.
_LISTENS = re.compile(rb"listens on (https?://\S+)\s")
_START_SECONDS = 120.0
_STOP_SECONDS = 5.0


class AzuriteError(Exception):
    """Azurite could not be started; the message gives the reason and a remedy."""


@contextmanager
def run_azurite(certificate: Path | None = None) -> Iterator[str]:
    """Start an empty, in-memory Azurite on a free port and yield its connection string.

    The process is ended when the block is left, however that happens.

    Parameters
    ----------
    certificate
        A PEM file with a private key and its certificate. If given, use TLS and also accept tokens.

    Raises
    ------
    AzuriteError
        When Node.js or Azurite is not installed, or Azurite does not answer.
    """
    _require_installed()
    command = [
        str(_PROGRAM),
        "--inMemoryPersistence",
        # Client libraries often use a newer API version than Azurite supports.
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--silent",
        "--blobHost",
        "127.0.0.1",
        # Any port that is free.
        "--blobPort",
        "0",
    ]
    if certificate:
        command += ["--oauth", "basic", "--cert", str(certificate), "--key", str(certificate)]
    # The command is constant, and the program is the one that `npm ci` installed here.
    with (
        tempfile.TemporaryDirectory() as folder,
        (printed := Path(folder, "printed")).open("wb") as output,
        subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        ) as process,
    ):
        try:
            address = wait_for_address(process, printed)
            yield (
                f"DefaultEndpointsProtocol={address.partition(':')[0]};AccountName={_ACCOUNT};"
                f"AccountKey={_KEY};BlobEndpoint={address}/{_ACCOUNT};"
            )
        finally:
            _end(process)


def _require_installed() -> None:
    if shutil.which("node") is None:
        raise AzuriteError("Azurite needs Node.js. Install it from nodejs.org, then run `npm ci`.")
    if not _PROGRAM.exists():
        raise AzuriteError("Azurite is not installed. Run `npm ci` in the project's folder.")


def wait_for_address(process: subprocess.Popen[bytes], printed: Path) -> str:
    """Return the address at which Azurite listens, as it prints it into a file.

    Another program at a port that was free a moment ago is not taken for it.

    Raises
    ------
    AzuriteError
        When it ends, or does not listen.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not (found := _LISTENS.search(printed.read_bytes())):
        if process.poll() is not None:
            raise AzuriteError(
                f"Azurite ended at once with exit code {process.returncode}. "
                "Run `npm ci` and try again."
            )
        if time.monotonic() > deadline:
            raise AzuriteError(
                f"Azurite did not start within {_START_SECONDS:.0f} seconds. "
                "Run `npm ci` and try again."
            )
        time.sleep(0.05)
    return found[1].decode()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
