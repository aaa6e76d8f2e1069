"""A blob without a row is always reported, and deleted only if it is ours and --prune is given."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient

from tests.uploader.conftest import Command, Gallery, Project, Run, upload_options
from tests.uploader.samples import FILES, PREFIX, blob_name, md5, names
from uploader.stores import Store, StoredBlob
from uploader.stores.folder import FolderStore
from uploader.table.painting import Painting

OURS = {FILES.text, FILES.table, FILES.results}
# Somebody else's, in the container, in a folder beside and in our very folders.
FOREIGN = {
    "notes.txt",
    "Other/Train/Claude Monet/1.jpeg",
    f"{PREFIX}Train/Claude Monet/foreign.jpeg",
    f"{PREFIX}Trainings/Claude Monet/1.jpeg",
    f"{PREFIX}readme.txt",
}


@pytest.fixture
def upload(project: Project, command: Command, destination: list[str]) -> Command:
    return lambda *options: command(*upload_options(project, *destination), *options)


@pytest.fixture
def rows(gallery: Gallery) -> list[Painting]:
    """To keep, to drop, and to move from Train to Test."""
    return [gallery.painting(f"/{'x' * n}.jpg", hash=f"{n}", random=0.1 + n / 10) for n in range(3)]


def _stale(kind: str, name: str) -> str:
    return f"stale, {kind}: {name}"


async def _add_foreign(store: Store) -> None:
    for name in FOREIGN:
        await store.put(name, b"foreign", "text/plain", md5(b"foreign"))


async def _images(store: Store) -> set[str]:
    return set(await names(store)) - OURS - {FILES.lock}


def test_exactly_our_stale_images_are_deleted(
    run: Run, project: Project, store: Store, upload: Command, rows: list[Painting]
) -> None:
    keep, drop, move = rows
    moved = replace(move, random=0.9)
    old = {blob_name(row) for row in (drop, move)}
    new = {blob_name(row) for row in (keep, moved)}
    foreign = f"{PREFIX}Train/Claude Monet/foreign.jpeg"

    run(_add_foreign(store))
    project.fill(*rows)
    first = upload("--prune")
    assert first.code == 0, first.err
    assert run(_images(store)) == {blob_name(row) for row in rows} | FOREIGN

    # Without being asked, they are reported.
    project.fill(keep, moved)
    reporting = upload()
    assert reporting.code == 0, reporting.err
    told = reporting.err.splitlines()
    assert {_stale("of an earlier manifest", name) for name in old} <= set(told)
    assert (
        "2 stale images of an earlier manifest are in the store. Delete them with --prune." in told
    )
    assert _stale("in no manifest of ours", foreign) in told
    assert run(_images(store)) == old | new | FOREIGN

    # That manifest does not name them any more; still they are known to be ours.
    listing = upload("--prune", "--dry-run")
    assert listing.code == 0
    would = {line for line in listing.out.splitlines() if line.startswith("would ")}
    assert would == {f"would delete {name}" for name in old}
    assert run(_images(store)) == old | new | FOREIGN

    pruning = upload("--prune")
    assert pruning.code == 0, pruning.err
    assert run(_images(store)) == new | FOREIGN
    deleted = {line for line in pruning.err.splitlines() if line.startswith("deleted ")}
    assert deleted == {f"deleted {name}" for name in old}
    assert _stale("in no manifest of ours", foreign) in pruning.err


def test_what_cannot_be_deleted_is_named_and_stays_ours(
    project: Project,
    command: Command,
    azure_store: Store,
    azurite: str,
    service: BlobServiceClient,
    container_name: str,
    rows: list[Painting],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Another program holds a lease on one of two stale images."""
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    options = upload_options(project, "--to", "azure", "--container", container_name)
    summary = tmp_path / "run.json"

    def prune() -> tuple[int, str, dict[str, Any]]:
        ended = command(*options, "--prune", "--summary", str(summary))
        return ended.code, ended.err, json.loads(summary.read_text())

    project.fill(*rows)
    assert command(*options).code == 0
    project.fill(rows[0])
    held = blob_name(rows[1])
    lease = service.get_blob_client(container_name, held).acquire_lease()
    code, told, found = prune()
    assert code == 1
    assert f"not deleted: cannot delete {held}: " in told
    assert _stale("of an earlier manifest", held) in told
    assert "1 stale image could not be deleted. Run again." in told
    assert found["deleted"] == {"deleted": 1, "failed": 1}
    assert found["stale"] == {"earlier": 1, "others": 0}
    lease.release()
    code, told, found = prune()
    assert code == 0, told
    assert found["deleted"] == {"deleted": 1, "failed": 0}
    assert found["stale"] == {"earlier": 0, "others": 0}


def test_an_interrupted_run_begins_no_more_deletions(
    run: Run,
    project: Project,
    command: Command,
    folder_store: FolderStore,
    gallery: Gallery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = upload_options(project, "--to", str(tmp_path / "my blobs #1"))
    rows = [gallery.painting(f"/{n}.jpg", hash=f"{n}", random=n / 60) for n in range(40)]
    project.fill(*rows)
    assert command(*options).code == 0
    project.fill(rows[0])
    begun: list[str] = []
    delete = FolderStore.delete

    async def interrupted(store: FolderStore, blob: StoredBlob) -> None:
        if not begun:
            os.kill(os.getpid(), signal.SIGINT)
        begun.append(blob.name)
        # The event loop hears of the signal.
        await asyncio.sleep(0.01)
        await delete(store, blob)

    monkeypatch.setattr(FolderStore, "delete", interrupted)
    ended = command(*options, "--prune", "--max-dropped", "39")
    assert ended.code == 130
    assert len(begun) < 39
    left = {blob_name(row) for row in rows} - set(begun)
    assert run(_images(folder_store)) == left
    stale = len(left) - 1
    assert f"{stale} stale images of an earlier manifest are in the store." in ended.err


def test_nothing_is_deleted_by_a_run_that_published_nothing(
    run: Run, project: Project, store: Store, upload: Command, gallery: Gallery
) -> None:
    """The old manifest stands, and what it names with it."""
    old = gallery.painting("/a.jpg", hash="1")
    project.fill(old)
    assert upload().code == 0
    project.fill(gallery.painting("/gone", hash="2"))
    ended = upload("--prune", "--max-dropped", "100%")
    assert ended.code == 1
    assert "Nothing could be uploaded, so the manifest is unchanged." in ended.err
    assert run(_images(store)) == {blob_name(old)}


def test_the_image_of_a_row_that_failed_stays(
    run: Run, project: Project, store: Store, upload: Command, rows: list[Painting]
) -> None:
    project.fill(*rows)
    assert upload().code == 0
    keep, fails, _ = rows
    project.fill(keep, replace(fails, url=fails.url.replace("/x", "/gone")))
    ended = upload("--prune")
    assert ended.code == 1
    assert "1 eligible row is not in the store: 1 failed." in ended.err
    assert run(_images(store)) == {blob_name(keep), blob_name(fails)}
