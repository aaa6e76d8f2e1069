"""Run an Azurite that keeps its blobs on disk, so that it can be killed and come back."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.uploader.faults.scene import PATIENCE_SECONDS, ROOT
from tools.azurite import AzuriteError, wait_for_address

_PROGRAM = ROOT / "node_modules" / ".bin" / "azurite-blob"
_ACCOUNT = "devstoreaccount1"
# The emulator's fixed key, published in Microsoft's documentation; it opens nothing else.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class LastingAzurite:
    """One account on one port, with its blobs in `folder`, whether it runs or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = "0"
        self._process: subprocess.Popen[bytes] | None = None
        self.connection_string = ""

    def start(self) -> None:
        """Start it, and wait until it listens: at first at any port, later at the same one."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while not (address := self._listen()):
            # Meanwhile, another program may have taken its port.
            assert time.monotonic() < patience, "Azurite does not start"
            time.sleep(0.5)
        self._port = address.rpartition(":")[2]
        self.connection_string = (
            f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};"
            f"BlobEndpoint={address}/{_ACCOUNT};"
        )

    def _listen(self) -> str:
        printed = self._folder.with_suffix(".out")
        options = ["--location", str(self._folder), "--blobPort", self._port]
        flags = ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
        with printed.open("wb") as output:
            self._process = subprocess.Popen(
                [_PROGRAM, *options, *flags],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
            )
        try:
            return wait_for_address(self._process, printed)
        except AzuriteError:
            self.kill()
            return ""

    def kill(self) -> None:
        """End it at once."""
        if self._process:
            self._process.kill()
            self._process.wait()
