"""Azurite keeps what it is given, and goes when it is told."""

from __future__ import annotations

import os
import subprocess

import pytest
from azure.storage.blob import BlobServiceClient

from tools.azurite import run_azurite

# What the names of artists and paintings on the web do to paths and URLs.
NASTY_NAMES = [
    "Image/DataSets/Élodie Carré/Study #1.jpg",
    "100% Blue?.jpg",
    "already%2Fencoded.jpg",
    "Ann O'Dell/a+b & c=d;e.jpg",
    "日本/波.png",
]


def _children() -> list[str]:
    """The Azurite processes that this one started; a zombie would be one, too."""
    listing = subprocess.run(
        ["ps", "-eo", "ppid=,args="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.split(maxsplit=1) for line in listing.stdout.splitlines())
    return [args for ppid, args in pairs if ppid == str(os.getpid()) and "node" in args]


def test_blobs_come_back_under_their_own_names() -> None:
    with (
        run_azurite() as connection_string,
        BlobServiceClient.from_connection_string(connection_string) as client,
    ):
        container = client.create_container("images")
        for name in NASTY_NAMES:
            container.upload_blob(name, name.encode())

        assert set(container.list_blob_names()) == set(NASTY_NAMES)
        for name in NASTY_NAMES:
            assert container.download_blob(name).readall() == name.encode()


def _fail_while_it_runs() -> None:
    before = len(_children())
    with run_azurite():
        assert len(_children()) == before + 1
        raise ZeroDivisionError


def test_no_process_is_left_when_the_block_fails() -> None:
    # Another test of this process may have one running.
    before = _children()
    with pytest.raises(ZeroDivisionError):
        _fail_while_it_runs()
    assert _children() == before
