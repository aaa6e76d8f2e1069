"""Let each contender store all images of a table once, and check that it did."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from azure.storage.blob import BlobServiceClient

from benchmarks.uploader.commands import THIS, BenchmarkError, Checkout, Finished, run
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
from tools.azurite import run_azurite

_IMAGES = (".jpeg",)
# The output of img2dataset: files, or tar files.
_IMG2DATASET = (".jpg", ".tar")


@dataclass(frozen=True)
class Measured:
    """One run of one contender.

    Attributes
    ----------
    images
        The number of images stored within `seconds`.
    seconds
        From the web server's first answer to the last image in the store, without what a program
        does only once, at its start and end.
    command_seconds
        From the start of the command to its end.
    cpu_seconds
        Processor time of the command, without web server and store.
    """

    images: int
    seconds: float
    command_seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.images / self.seconds


Contender = Callable[[], Measured]


@dataclass(frozen=True)
class Site:
    """A web server with images, their table, and a folder for the results.

    `checkout` contains our uploader, and has built the table.

    Nothing is deleted before the end, because ext4 without a journal creates files slowly for
    minutes afterwards.
    """

    server: WebServer
    table: Table
    stored: Path
    checkout: Checkout = THIS

    def ours_to_folder(self, workers: int) -> Contender:
        """This project's uploader into a new folder, with `workers` images in flight."""
        environment = self.table.environment
        return lambda: self._to_folder(
            lambda folder: upload_command(str(folder), workers, self.checkout), environment
        )

    def ours_on_spark(self, workers: int, cores: int) -> Contender:
        """The same on Spark, with `workers` images in flight at each of so many cores."""
        spark = ["--engine", "spark", "--master", f"local[{cores}]"]
        return lambda: self._to_folder(
            lambda folder: [*upload_command(str(folder), workers, self.checkout), *spark],
            self.table.environment,
        )

    def sequential_to_folder(self) -> Contender:
        """The plain loop into a new folder."""
        return lambda: self._to_folder(lambda folder: self._sequential(str(folder)), {})

    def img2dataset_to_folder(self, program: Path, settings: Settings) -> Contender:
        """Img2dataset into a new folder."""
        urls, rows = self.table.urls, self.table.rows
        return lambda: self._to_folder(
            lambda folder: img2dataset_command(program, settings, urls, rows, folder),
            ENVIRONMENT,
            _IMG2DATASET,
            count_stored,
        )

    def ours_to_azurite(self, workers: int) -> Contender:
        """This project's uploader into a new Azurite, with `workers` images in flight."""
        command = upload_command("azure", workers, self.checkout)
        return lambda: self._to_azurite(command, self.table.environment, workers)

    def sequential_to_azurite(self) -> Contender:
        """The plain loop into a new Azurite."""
        return lambda: self._to_azurite(self._sequential("azure"), {}, 1)

    def _sequential(self, destination: str) -> list[str]:
        module = "benchmarks.uploader.sequential"
        return [sys.executable, "-m", module, str(self.table.urls), destination]

    def _to_folder(
        self,
        command: Callable[[Path], list[str]],
        environment: Mapping[str, str],
        suffixes: tuple[str, ...] = _IMAGES,
        count: Callable[[Path], int] | None = None,
    ) -> Measured:
        destination = Path(tempfile.mkdtemp(dir=self.stored)) / "stored"
        self.server.forget()
        finished = run(command(destination), environment, self.checkout.root).require_success()
        written = [
            path.stat().st_mtime for path in destination.rglob("*") if path.suffix in suffixes
        ]
        self._require_all(count(destination) if count else len(written), finished)
        return _measured(self.table.rows, self.server.answers()[0], max(written), finished)

    def _to_azurite(
        self, command: list[str], environment: Mapping[str, str], in_flight: int
    ) -> Measured:
        # A new one for each run, because it becomes slower as it fills.
        with run_azurite() as connection:
            sign_in = {"AZURE_STORAGE_CONNECTION_STRING": connection}
            self.server.forget()
            finished = run(
                command, {**environment, **sign_in}, self.checkout.root
            ).require_success()
            self._require_all(_count_blobs(connection), finished)
        # The timestamps of Azurite have a resolution of one second. When the last image has been
        # downloaded, all but those in progress are stored, so this is a lower bound.
        return _measured(self.table.rows - in_flight, *self.server.answers(), finished)

    def _require_all(self, stored: int, finished: Finished) -> None:
        if stored != self.table.rows:
            raise BenchmarkError(
                f"{stored:,} of {self.table.rows:,} images were stored, so the speed is meaningless"
                f":\n{finished.output[-2000:]}"
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
            return _measured(_count_blobs(connection), 0, seconds, finished)

    return contend


def _measured(images: int, began: float, ended: float, finished: Finished) -> Measured:
    whole = finished.ended - finished.began
    return Measured(images, ended - began, whole, finished.cpu_seconds)


def _count_blobs(connection: str) -> int:
    # Azurite is on this machine, so a proxy in the environment does not apply.
    with BlobServiceClient.from_connection_string(connection, use_env_settings=False) as service:
        names = service.get_container_client(CONTAINER).list_blob_names()
        return sum(name.endswith(_IMAGES) for name in names)
