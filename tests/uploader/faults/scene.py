"""What the tests of faults are made of: pictures, rows, a project, and runs of the command."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
from azure.storage.blob import BlobServiceClient
from PIL import Image

from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.hashing import finest_hash
from tests.helpers.dbt_manifest import write_manifest_json
from tests.helpers.warm_uploader import Limits, UploaderProcess

ROOT = Path(__file__).parents[3]
PREFIX = "Image/DataSets/Paintings/"
# What the project's hook notes when it builds UniquePaintings.
BUILD = (
    "create or replace table \"TableBuilds\" as select 1 as ModelVersion, 'dbt-1' as InvocationId, "
    "'2026-01-01T00:00:00Z' as BuiltAt, '{\"hash_level\": 3, \"train_share\": 0.8}' as Vars"
)
# No process of ours may take longer; a test that waits so long has failed.
PATIENCE_SECONDS = 120


def picture(seed: int, image_format: str = "JPEG", cells: int = 8) -> bytes:
    """The bytes of a picture that has a hash of its own: random squares of grey."""
    grey = np.random.default_rng(seed).integers(0, 256, (cells, cells), np.uint8)
    image = Image.fromarray(grey).resize((8 * cells, 8 * cells), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()


def hash_of(data: bytes) -> str:
    """The hash at level 8 that the table says of these bytes."""
    return finest_hash(decode(data).image)


def md5_hex(data: bytes) -> str:
    """The digest of `data`, in hex."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Row:
    """A row of UniquePaintings; `number` tells which, whatever the others say."""

    number: int
    url: str
    finest_hash: str | None = None
    artist: str = "Claude Monet"
    encoding_format: str | None = "jpeg"
    hash: str | None = None
    random: float | None = None


class Project:
    """A dbt project as dbt leaves it: profile, manifest.json, UniquePaintings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "target").mkdir(parents=True)
        (folder / "dbt_project.yml").write_text("name: tiny\nprofile: tiny\n")
        (folder / "profiles.yml").write_text(
            "tiny:\n  target: dev\n  outputs:\n"
            f"    dev: {{type: duckdb, path: '{folder / 'paintings.duckdb'}'}}\n"
        )
        write_manifest_json(folder / "target" / "manifest.json", folder / "paintings.duckdb")

    def fill(self, *rows: Row) -> None:
        """Make UniquePaintings of `rows`."""
        with duckdb.connect(self.folder / "paintings.duckdb") as connection:
            connection.execute(BUILD)
            connection.execute(
                'create or replace table "UniquePaintings" (Artist varchar, ArtistNumber integer, '
                "EncodingFormat varchar, URL varchar, DHashHex3 varchar, DHashHex8 varchar, "
                "Random double)"
            )
            connection.executemany(
                'insert into "UniquePaintings" values (?, ?, ?, ?, ?, ?, ?)',
                [
                    [
                        row.artist,
                        row.number,
                        row.encoding_format,
                        row.url,
                        f"{row.number:05x}" if row.hash is None else row.hash,
                        row.finest_hash,
                        row.number % 100 / 100 if row.random is None else row.random,
                    ]
                    for row in rows
                ],
            )

    def table(self, name: str) -> list[tuple[Any, ...]]:
        """All rows of a table."""
        with duckdb.connect(self.folder / "paintings.duckdb", read_only=True) as connection:
            return connection.execute(f'select * from "{name}"').fetchall()


@dataclass(frozen=True)
class Destination:
    """A store, looked at from outside the uploader.

    Attributes
    ----------
    to
        The value of --to.
    folder
        Its folder; None: it is `azurite`.
    azurite
        A connection string.
    """

    to: str
    folder: Path | None = None
    azurite: str | None = None

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to sign in."""
        return {"AZURE_STORAGE_CONNECTION_STRING": self.azurite} if self.azurite else {}

    def blobs(self) -> dict[str, bytes]:
        """Everything that a reader of the store can see, by name."""
        if self.folder is not None:
            folder = self.folder / "images"
            return {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        with BlobServiceClient.from_connection_string(str(self.azurite)) as service:
            container = service.get_container_client("images")
            if not container.exists():
                return {}
            names = list(container.list_blob_names())
            return {name: container.download_blob(name).readall() for name in names}


def images(blobs: dict[str, bytes]) -> dict[str, bytes]:
    """The images among `blobs`."""
    folders = (f"{PREFIX}Train/", f"{PREFIX}Test/")
    return {name: data for name, data in blobs.items() if name.startswith(folders)}


def manifest(blobs: dict[str, bytes]) -> str | None:
    """The text manifest, if there is one."""
    text = blobs.get(f"{PREFIX}transferimages.txt")
    return None if text is None else text.decode("ascii")


def results(blobs: dict[str, bytes]) -> dict[int, dict[str, Any]]:
    """The rows of the results file, by the number of the row."""
    found = pq.read_table(io.BytesIO(blobs[f"{PREFIX}transferimages.results.parquet"])).to_pylist()
    by_number = {row["ArtistNumber"]: row for row in found}
    assert len(by_number) == len(found), "a row has more than one outcome"
    return by_number


def row_for(server: str, number: int, data: bytes) -> Row:
    """The row of a picture that the server at that address has at ``/{number}``."""
    return Row(number, f"{server}/{number}", hash_of(data))


def _arguments(project: Project, destination: Destination, *options: str) -> list[str]:
    arguments = ["upload", f"--to={destination.to}"]
    if destination.azurite:
        arguments.append("--create-container")
    arguments += ["--project-dir", str(project.folder), "--profiles-dir", str(project.folder)]
    return [*arguments, *options]


def _environ(destination: Destination) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    return {**environ, **destination.environ}


def start(
    project: Project, destination: Destination, *options: str, **settings: Any
) -> subprocess.Popen[str]:
    """Begin ``python -m uploader`` in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "uploader", *_arguments(project, destination, *options)],
        cwd=ROOT,
        env=_environ(destination),
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings},
    )


@dataclass(frozen=True)
class Ended:
    """How a run of the command ended, and what it printed on both outputs."""

    code: int
    output: str


def end_of(
    process: subprocess.Popen[str] | UploaderProcess, patience: float = PATIENCE_SECONDS
) -> Ended:
    """Wait until the process has ended."""
    try:
        output, errors = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        raise AssertionError(f"the uploader did not end:\n{output}{errors}") from None
    return Ended(process.returncode, (output or "") + (errors or ""))


def run(project: Project, destination: Destination, *options: str, **settings: Any) -> Ended:
    """Do ``python -m uploader``."""
    return end_of(start(project, destination, *options, **settings))


def start_forked(
    project: Project, destination: Destination, *options: str, limits: Limits | None = None
) -> UploaderProcess:
    """Begin the uploader in a fork of a process that has imported it, which saves a second.

    Where a variable matters while modules are imported, use `start`.
    """
    arguments = _arguments(project, destination, *options)
    return UploaderProcess(arguments, _environ(destination), limits)


def run_forked(
    project: Project, destination: Destination, *options: str, limits: Limits | None = None
) -> Ended:
    """Run the uploader in such a fork."""
    return end_of(start_forked(project, destination, *options, limits=limits))
