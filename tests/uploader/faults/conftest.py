"""A project, an account and a server for each test that breaks something."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobLeaseClient, BlobServiceClient

from tests.uploader.faults.scene import PREFIX, Destination, Project
from tools.azurite import run_azurite


@pytest.fixture(scope="session", autouse=True)
def linux_only() -> None:
    """Elsewhere, there is neither 127.0.0.2 nor /proc."""
    if sys.platform != "linux":
        pytest.skip("it looks at processes and uses loopback addresses as Linux has them")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose table UniquePaintings does not exist yet."""
    return Project(tmp_path / "project")


@pytest.fixture
def folder(tmp_path: Path) -> Destination:
    """A folder that is not there yet."""
    return Destination(str(tmp_path / "blobs"), folder=tmp_path / "blobs")


@pytest.fixture(scope="session")
def account() -> Iterator[str]:
    """The connection string of an Azurite."""
    with run_azurite() as connection_string:
        yield connection_string


@pytest.fixture
def azurite_store(account: str) -> Iterator[Destination]:
    """The container that the uploader makes in it; gone after the test."""
    yield Destination("azure", azurite=account)
    with BlobServiceClient.from_connection_string(account) as service:
        lock = service.get_blob_client("images", f"{PREFIX}transferimages.lock")
        if lock.exists() and lock.get_blob_properties().lease.state == "leased":
            BlobLeaseClient(lock).break_lease(0)
        service.delete_container("images")


@pytest.fixture(params=["folder", "azurite_store"])
def destination(request: pytest.FixtureRequest) -> Destination:
    """Each kind of store in turn, empty."""
    kind: Destination = request.getfixturevalue(request.param)
    return kind
