"""Let each contender store all images of a table once, and see that it did."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from azure.storage.blob import BlobServiceClient

from benchmarks.uploader.commands import BenchmarkError, Finished, run
from benchmarks.uploader.img2dataset import (
    ENVIRONMENT,
    Settings,
    count_stored,
    img2dataset_command,
)
from benchmarks.uploader.nginx import WebServer
from benchmarks.uploader.ours import upload_command
from benchmarks.uploader.sequential import CONTAINER
from benchmarks.uploader.table import Table
from demo.azurite import run_azurite

_SUFFIX = ".jpeg"


@dataclass(frozen=True)
class Measured:
    """One run of one contender.

    Attributes
    ----------
    images
        How many it stored.
    seconds
        From the first answer of the web server to the end of the command, so without the start
        of the program, but with all that it does at its end.
    command_seconds
        From its start to its end.
    cpu_seconds
        Processor time of the command, without web server and store.
    """

    images: int
    seconds: float
    command_seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Images a second."""
        return self.images / self.seconds


Contender = Callable[[], Measured]


@dataclass(frozen=True)
class Site:
    """A web server with images, and the table of them."""

    server: WebServer
    table: Table

    def ours_to_folder(self, workers: int) -> Contender:
        """This project's uploader into a new folder."""
        return lambda: self._to_folder(
            lambda folder: upload_command(str(folder), workers), self.table.environment
        )

    def sequential_to_folder(self) -> Contender:
        """The plain loop into a new folder."""
        return lambda: self._to_folder(lambda folder: self._sequential(str(folder)))

    def img2dataset_to_folder(self, settings: Settings) -> Contender:
        """Img2dataset into a new folder."""
        return lambda: self._to_folder(
            lambda folder: img2dataset_command(settings, self.table.urls, self.table.rows, folder),
            ENVIRONMENT,
            count_stored,
        )

    def ours_to_azurite(self, workers: int) -> Contender:
        """This project's uploader into a new Azurite."""
        return lambda: self._to_azurite(upload_command("azure", workers), self.table.environment)

    def sequential_to_azurite(self) -> Contender:
        """The plain loop into a new Azurite."""
        return lambda: self._to_azurite(self._sequential("azure"))

    def _sequential(self, destination: str) -> list[str]:
        module = "benchmarks.uploader.sequential"
        return [sys.executable, "-m", module, str(self.table.urls), destination]

    def _to_folder(
        self,
        command: Callable[[Path], list[str]],
        environment: Mapping[str, str] | None = None,
        count: Callable[[Path], int] | None = None,
    ) -> Measured:
        with tempfile.TemporaryDirectory(prefix="stored-") as folder:
            destination = Path(folder) / "stored"
            self.server.forget()
            finished = run(command(destination), environment).require_success()
            return self._measured(finished, (count or _count_files)(destination))

    def _to_azurite(
        self, command: list[str], environment: Mapping[str, str] | None = None
    ) -> Measured:
        # A new one for each run: it grows slower as it fills.
        with ExitStack() as running:
            connection = running.enter_context(run_azurite())
            sign_in = {"AZURE_STORAGE_CONNECTION_STRING": connection}
            self.server.forget()
            finished = run(command, {**(environment or {}), **sign_in}).require_success()
            return self._measured(finished, _count_blobs(connection))

    def _measured(self, finished: Finished, stored: int) -> Measured:
        if stored != self.table.rows:
            raise BenchmarkError(
                f"{stored:,} of {self.table.rows:,} images were stored, so the speed means nothing"
                f":\n{finished.output[-2000:]}"
            )
        return Measured(
            stored,
            finished.ended - self.server.first_answer(),
            finished.ended - finished.began,
            finished.cpu_seconds,
        )


def sdk_alone(images: Path, way: str, concurrency: int) -> Contender:
    """The Azure SDK alone, from memory into a new Azurite."""
    module = "benchmarks.uploader.put_blobs"
    command = [sys.executable, "-m", module, str(images), way, str(concurrency)]

    def contend() -> Measured:
        with run_azurite() as connection:
            sign_in = {"AZURE_STORAGE_CONNECTION_STRING": connection}
            finished = run(command, sign_in).require_success()
            seconds = float(finished.output.splitlines()[-1])
            stored = _count_blobs(connection)
            whole = finished.ended - finished.began
            return Measured(stored, seconds, whole, finished.cpu_seconds)

    return contend


def _count_files(folder: Path) -> int:
    return sum(name.endswith(_SUFFIX) for _, _, names in os.walk(folder) for name in names)


def _count_blobs(connection: str) -> int:
    # Azurite is on this machine: whatever proxy the environment names is not for it.
    with BlobServiceClient.from_connection_string(connection, use_env_settings=False) as service:
        names = service.get_container_client(CONTAINER).list_blob_names()
        return sum(name.endswith(_SUFFIX) for name in names)
