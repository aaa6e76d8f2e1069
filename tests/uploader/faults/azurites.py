"""Run an Azurite that keeps its blobs on disk, so that it can be killed and come back."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import requests

from tests.uploader.faults.scene import PATIENCE_SECONDS, ROOT, free_port

_PROGRAM = ROOT / "node_modules" / ".bin" / "azurite-blob"
_ACCOUNT = "devstoreaccount1"
# The emulator's fixed key, published in Microsoft's documentation; it opens nothing else.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class LastingAzurite:
    """One account on one port, with its blobs in `folder`, whether it runs or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._address = f"http://127.0.0.1:{self._port}/{_ACCOUNT}"
        self._process: subprocess.Popen[bytes] | None = None
        self.connection_string = (
            f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};"
            f"BlobEndpoint={self._address};"
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--location", str(self._folder), "--blobPort", str(self._port)]
        flags = ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
        self._process = subprocess.Popen(
            [_PROGRAM, *options, *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, "Azurite does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            # That the request is not signed does not matter.
            return requests.get(self._address, timeout=5).status_code > 0
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """End it at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
