"""The stores, the account and the dbt project to upload with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from azure.storage.blob import BlobServiceClient

from common.download import new_session
from demo.azurite import run_azurite
from uploader.rows import Painting
from uploader.stores import Store
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore

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


@pytest.fixture(scope="session")
def service(azurite: str) -> Iterator[BlobServiceClient]:
    """The account, signed in as the uploader signs in."""
    with connect(None, {"AZURE_STORAGE_CONNECTION_STRING": azurite}, 4) as client:
        yield client


@pytest.fixture
def container_name() -> str:
    """A name that no other test uses."""
    return f"images{next(_numbers)}"


@pytest.fixture
def azure_store(service: BlobServiceClient, container_name: str) -> AzureStore:
    """An empty, private container."""
    store = AzureStore(service, container_name, create=True)
    store.prepare()
    return store


@pytest.fixture
def folder_store(tmp_path: Path) -> FolderStore:
    """An empty folder, under a path that is not plain itself."""
    store = FolderStore(tmp_path / "my blobs #1", "images")
    store.prepare()
    return store


@pytest.fixture(params=["folder", "azure"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each kind of store in turn, empty."""
    kind: Store = request.getfixturevalue(f"{request.param}_store")
    return kind


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Download without trying again."""
    with new_session(connections=2, retries=0) as made:
        yield made


class Project:
    """A dbt project as `dbt build` leaves it: profile, manifest.json, UniquePaintings.

    manifest.json is written by hand, with no more in it than the uploader reads. The tests in
    tests/end_to_end run against the one that dbt itself writes.
    """

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
            "    dev: {type: duckdb, path: paintings.duckdb}\n"
            "    broken: {type: duckdb, path: no/such/folder/paintings.duckdb}\n"
        )
        self.write_manifest()

    def write_manifest(self, change: Callable[[Any], object] = lambda artifact: None) -> Path:
        """Write target/manifest.json, changed by `change`."""
        model = "model.tiny.unique_paintings"
        artifact: dict[str, Any] = {
            "metadata": {"adapter_type": "duckdb"},
            "nodes": {model: {"relation_name": '"paintings"."main"."UniquePaintings"'}},
            "exposures": {
                "exposure.tiny.paintings_image_set": {
                    "name": "paintings_image_set",
                    "depends_on": {"macros": [], "nodes": [model]},
                    "config": {
                        "meta": {
                            "container": "images",
                            "prefix": "Image/DataSets/Paintings/",
                            "manifest": "transferimages.txt",
                            "hash_column": "DHashHex3",
                            "train_share": "0.8",
                        }
                    },
                }
            },
        }
        change(artifact)
        path = self.folder / "target" / "manifest.json"
        path.write_text(json.dumps(artifact), encoding="utf-8")
        return path

    def fill(self, *rows: Painting) -> None:
        """Make UniquePaintings of `rows`."""
        with duckdb.connect(self.database) as connection:
            connection.execute(
                'create or replace table "UniquePaintings" (Artist varchar, ArtistNumber integer, '
                "EncodingFormat varchar, URL varchar, DHashHex3 varchar, Random double)"
            )
            for row in rows:
                connection.execute(
                    'insert into "UniquePaintings" values (?, ?, ?, ?, ?, ?)',
                    [
                        row.artist,
                        row.artist_number,
                        row.encoding_format,
                        row.url,
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
    """A project whose UniquePaintings is not there yet."""
    return Project(tmp_path / "project")
