"""Run Azurite, the emulator of Azure Blob Storage, while a block is open."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azure.core.exceptions import AzureError
from azure.storage.blob import BlobServiceClient

_PROGRAM = Path(__file__).parent.parent / "node_modules" / ".bin" / "azurite-blob"
_ACCOUNT = "devstoreaccount1"
# The fixed key of the emulator, published in Microsoft's documentation. It protects nothing.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_START_SECONDS = 30.0
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
    port = _free_port()
    command = [
        str(_PROGRAM),
        "--inMemoryPersistence",
        # Client libraries often use a newer API version than Azurite supports.
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--silent",
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
    ]
    scheme = "http"
    if certificate:
        command += ["--oauth", "basic", "--cert", str(certificate), "--key", str(certificate)]
        scheme = "https"
    connection_string = (
        f"DefaultEndpointsProtocol={scheme};AccountName={_ACCOUNT};AccountKey={_KEY};"
        f"BlobEndpoint={scheme}://127.0.0.1:{port}/{_ACCOUNT};"
    )
    # The command is constant, and the program is the one that `npm ci` installed here.
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_until_it_answers(process, connection_string, certificate)
            yield connection_string
        finally:
            _end(process)


def _require_installed() -> None:
    if shutil.which("node") is None:
        raise AzuriteError("Azurite needs Node.js. Install it from nodejs.org, then run `npm ci`.")
    if not _PROGRAM.exists():
        raise AzuriteError("Azurite is not installed. Run `npm ci` in the project's folder.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(
    process: subprocess.Popen[bytes], connection_string: str, certificate: Path | None
) -> None:
    deadline = time.monotonic() + _START_SECONDS
    # Azurite is on this machine, so a proxy in the environment does not apply.
    with BlobServiceClient.from_connection_string(
        connection_string,
        retry_total=0,
        use_env_settings=False,
        connection_verify=str(certificate) if certificate else True,
    ) as client:
        while True:
            if process.poll() is not None:
                raise AzuriteError(
                    f"Azurite ended at once with exit code {process.returncode}. "
                    "Run `npm ci` and try again."
                )
            try:
                client.get_service_properties()
                return
            except AzureError as error:
                if time.monotonic() > deadline:
                    raise AzuriteError(
                        f"Azurite did not answer within {_START_SECONDS:.0f} seconds. "
                        "Run `npm ci` and try again."
                    ) from error
                time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
