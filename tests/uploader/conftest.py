"""The stores, the account and the dbt project to upload with."""

from __future__ import annotations

import asyncio
import datetime
import itertools
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from azure.storage.blob import (
    AccountSasPermissions,
    BlobServiceClient,
    ResourceTypes,
    generate_account_sas,
)

from tests.helpers.dbt_manifest import Change, write_manifest_json
from tests.helpers.http_server import Reply, serving
from tests.uploader.faults.scene import BUILD
from tests.uploader.samples import hash_of, painting, picture
from tools.azurite import run_azurite
from uploader.cli import main
from uploader.ledger.ledger import Ledger
from uploader.stores import Store
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore
from uploader.table.painting import Painting

Run = Callable[[Coroutine[Any, Any, Any]], Any]
_numbers = itertools.count()


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """The connection string of a storage account."""
    with run_azurite() as connection_string:
        yield connection_string


@pytest.fixture(scope="session")
def account(azurite: str) -> dict[str, str]:
    """The parts of the connection string: BlobEndpoint, AccountName, AccountKey."""
    return dict(part.split("=", 1) for part in azurite.strip(";").split(";"))


@pytest.fixture
def sas(account: dict[str, str]) -> str:
    """Return credentials for the account that are valid for an hour."""
    return generate_account_sas(
        account["AccountName"],
        account["AccountKey"],
        ResourceTypes(container=True, object=True),
        AccountSasPermissions(read=True, write=True, list=True, create=True, delete=True),
        datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1),
    )


@pytest.fixture(scope="session")
def service(azurite: str) -> Iterator[BlobServiceClient]:
    """The account, to look at and to meddle with."""
    with BlobServiceClient.from_connection_string(azurite) as client:
        yield client


@pytest.fixture
def run() -> Iterator[Run]:
    """Run a coroutine to its end, all those of a test on one event loop."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def container_name() -> str:
    """A name that no other test uses."""
    return f"images{next(_numbers)}"


@pytest.fixture
def azure_store(azurite: str, container_name: str, run: Run) -> Iterator[AzureStore]:
    """An empty, private container."""
    account = connect(None, {"AZURE_STORAGE_CONNECTION_STRING": azurite})
    store = AzureStore(account, container_name, create=True)
    run(store.prepare())
    yield store
    run(store.close())


@pytest.fixture
def folder_store(tmp_path: Path, run: Run) -> FolderStore:
    """An empty folder, under a path that is not plain itself."""
    store = FolderStore(tmp_path / "my blobs #1", "images")
    run(store.prepare())
    return store


@pytest.fixture(params=["folder", "azure"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each kind of store in turn, empty."""
    kind: Store = request.getfixturevalue(f"{request.param}_store")
    return kind


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Empty books."""
    made = Ledger()
    yield made
    made.close()


class Project:
    """A dbt project as dbt leaves it: profile, manifest.json, UniquePaintings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "paintings.duckdb"
        (folder / "target").mkdir(parents=True)
        (folder / "dbt_project.yml").write_text("name: tiny\nprofile: tiny\n")
        # A relative path begins in the project folder, as it does for dbt.
        (folder / "profiles.yml").write_text(
            "tiny:\n"
            "  target: dev\n"
            "  outputs:\n"
            f"    dev: {{type: duckdb, path: '{folder / 'paintings.duckdb'}'}}\n"
            f"    broken: {{type: duckdb, path: '{folder / 'no/such/folder/paintings.duckdb'}'}}\n"
        )
        self.write_manifest()

    def write_manifest(self, change: Change | None = None) -> Path:
        """Write target/manifest.json, changed by `change`."""
        path = self.folder / "target" / "manifest.json"
        write_manifest_json(path, self.database, change)
        return path

    def fill(self, *rows: Painting) -> None:
        """Make UniquePaintings of `rows`."""
        with duckdb.connect(self.database) as connection:
            connection.execute(BUILD)
            connection.execute(
                'create or replace table "UniquePaintings" (Artist varchar, ArtistNumber integer, '
                "EncodingFormat varchar, URL varchar, DHashHex8 varchar, DHashHex3 varchar, "
                "Random double)"
            )
            for row in rows:
                connection.execute(
                    'insert into "UniquePaintings" values (?, ?, ?, ?, ?, ?, ?)',
                    [
                        row.artist,
                        row.artist_number,
                        row.encoding_format,
                        row.url,
                        row.finest_hash,
                        row.hash,
                        row.random,
                    ],
                )

    def execute(self, sql: str) -> None:
        """Run SQL in the database."""
        with duckdb.connect(self.database) as connection:
            connection.execute(sql)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose table UniquePaintings does not exist yet."""
    return Project(tmp_path / "project")


@dataclass(frozen=True)
class Ended:
    """The exit code of a command, and its output."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


class Gallery:
    """A web site of paintings: a picture at each path but those that start with /gone."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.all_gone = False

    def answer(self, path: str) -> Reply:
        self.asked.append(path)
        if self.all_gone or path.startswith("/gone"):
            return Reply(status=404)
        return Reply(self.picture(path))

    def picture(self, path: str) -> bytes:
        """What is shown at a path: other bytes for each length, a PNG where it says so."""
        return picture("PNG" if path.endswith("png") else "JPEG", len(path))

    def painting(self, path: str, **other: Any) -> Painting:
        """A row that was hashed from what is shown there."""
        other.setdefault("finest_hash", hash_of(self.picture(path)))
        return painting(url=f"{self.url}{path}", **other)


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    made = Gallery()
    with serving(made.answer) as made.url:
        yield made


@pytest.fixture
def three(gallery: Gallery) -> list[Painting]:
    """Two rows to upload, one to skip."""
    return [
        gallery.painting("/a.jpg", random=0.1, hash="0a1", artist_number=1),
        gallery.painting(
            "/bb.png", artist="Élodie #1", random=0.8, hash="0b2", encoding_format="png"
        ),
        gallery.painting("/c.webp", artist="Monet", hash="0c3", encoding_format="webp"),
    ]


@pytest.fixture
def command(project: Project, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line without a process, which takes seconds to start."""

    def end(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        captured = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ended(code, captured.out, captured.err)

    return end


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    """A folder to upload to; it is not there yet."""
    return tmp_path / "blobs"


@pytest.fixture
def upload(command: Command, project: Project, blobs: Path) -> Command:
    """Upload into the folder."""
    return lambda *options: command(*upload_options(project, "--to", str(blobs)), *options)


def upload_options(project: Project, *destination: str) -> list[str]:
    """What the tests say to each upload: without the last, it would not ask their own server."""
    folder = str(project.folder)
    return ["--project-dir", folder, *destination, "--allow-private-hosts", "127.0.0.1"]


@pytest.fixture
def destination(
    store: Store,
    tmp_path: Path,
    azurite: str,
    container_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """The options that lead to `store`."""
    if isinstance(store, FolderStore):
        return ["--to", str(tmp_path / "my blobs #1")]
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    return ["--to", "azure", "--container", container_name]
