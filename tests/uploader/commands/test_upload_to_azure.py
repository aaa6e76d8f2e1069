"""The command line and Azure: where images go, and what is said of secrets."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest

from tests.uploader.commands.left import (
    ELODIE,
    MONET,
    run_process,
    table_of,
)
from tests.uploader.conftest import Command, Gallery, Project, Run
from tests.uploader.samples import FILES, PREFIX, content, listed, names, painting
from uploader.stores.azure import AzureStore
from uploader.table.painting import Painting

WRONG_KEY = "d3JvbmcgYnV0IHdlbGwgZm9ybWVkIGtleQ=="


def test_a_wrong_key_ends_the_run_and_is_not_told(
    project: Project, process: list[str], account: dict[str, str], three: list[Painting]
) -> None:
    project.fill(*three)
    run = run_process(
        *process, "--to", account["BlobEndpoint"], "--create-container", AZURE_STORAGE_KEY=WRONG_KEY
    )
    assert run.code == 2
    assert run.err.startswith("Error: cannot create the container 'images': HTTP 403 ")
    assert WRONG_KEY not in run.err + run.out
    assert len(run.err.splitlines()) == 1


def test_the_images_go_to_azure(
    run: Run,
    project: Project,
    upload: Command,
    monkeypatch: pytest.MonkeyPatch,
    azurite: str,
    azure_store: AzureStore,
    container_name: str,
    three: list[Painting],
) -> None:
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    ended = upload("--to", "azure", "--container", container_name)
    assert ended.code == 0, ended.err
    assert f"Manifest: {azure_store.url(FILES.text)}" in ended.out
    assert set(run(names(azure_store))) == {
        MONET,
        ELODIE,
        FILES.text,
        FILES.table,
        FILES.results,
        FILES.lock,
    }


def test_secrets_are_told_nowhere(
    run: Run,
    project: Project,
    process: list[str],
    account: dict[str, str],
    azure_store: AzureStore,
    container_name: str,
    gallery: Gallery,
    sas: str,
) -> None:
    """A signature is in every source URL, and another one signs in to the store."""
    signed = "sv=2024-01-01&sp=r&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"
    secrets = ["c2VjcmV0LXNpZ25hdHVyZQ", "passw0rd", re.findall("sig=([^&]+)", sas)[0]]
    secrets.append(unquote(secrets[-1]))
    address = gallery.url.replace("http://", "http://user:passw0rd@")
    project.fill(
        replace(gallery.painting("/a.jpg", hash="1"), url=f"{address}/a.jpg?{signed}"),
        painting(url=f"{address}/gone?{signed}", hash="2"),
        painting(url=f"{address}/not%zz an image?{signed}", hash="3", encoding_format="png"),
        painting(url=f"http://user:passw0rd@[::1/?{signed}", hash="4"),
    )
    to_azure = ["--to", account["BlobEndpoint"], "--container", container_name]
    told = ""
    for options in (["--dry-run"], []):
        ended = run_process(*process, *to_azure, *options, AZURE_STORAGE_SAS_TOKEN=sas)
        assert ended.code == (0 if options else 1)
        told += ended.out + ended.err
    # What was asked for was signed.
    assert f"/a.jpg?{signed}" in gallery.asked
    for name in run(names(azure_store)):
        data = run(content(azure_store, name))
        told += name + data.decode(errors="replace")
        if name.endswith(".parquet"):
            # There it may be compressed.
            told += str(pq.read_table(io.BytesIO(data)).to_pylist())
    told += str(table_of(project))
    assert told.count("redacted=") > 4
    assert [secret for secret in secrets if secret in told] == []
    (blob,) = run(listed(azure_store, f"{PREFIX}Train/"))
    assert [s for s in secrets for value in blob.metadata.values() if s in value] == []
