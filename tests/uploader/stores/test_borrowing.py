"""Other processes of a run write under its lock, and no longer once it is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobLeaseClient

from tests.uploader.conftest import Run
from tests.uploader.samples import content, md5, names
from uploader.stores import LockLostError, Store, StoreError
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore

LOCK = "some/images.lock"


@pytest.fixture
def other(store: Store, tmp_path: Path, azurite: str, container_name: str) -> Store:
    """The same destination, as another process opens it."""
    if isinstance(store, FolderStore):
        return FolderStore(tmp_path / "my blobs #1", "images")
    return AzureStore(connect(None, {"AZURE_STORAGE_CONNECTION_STRING": azurite}), container_name)


async def _put(store: Store, name: str, data: bytes) -> None:
    await store.put(name, data, "image/png", md5(data), {"source": "s"})


def test_two_write_under_one_lock(run: Run, store: Store, other: Store) -> None:
    async def play() -> None:
        async with store.lock(LOCK) as lock, other.borrow(LOCK, lock.key) as borrowed:
            await borrowed.ensure()
            await _put(store, "a.png", b"one")
            await _put(other, "b.png", b"two")
            await _put(other, "a.png", b"three")
            await borrowed.confirm()
        assert await content(store, "a.png") == b"three"
        assert await content(store, "b.png") == b"two"
        await other.close()

    run(play())


def test_nothing_is_replaced_once_the_lock_is_lost(run: Run, store: Store, other: Store) -> None:
    """The holder has ended, and another run may have begun."""

    async def play() -> None:
        async with store.lock(LOCK) as lock:
            key = lock.key
            await _put(store, "a.png", b"one")
            borrowing = other.borrow(LOCK, key)
            borrowed = await borrowing.__aenter__()
        async with store.lock(LOCK):
            with pytest.raises(LockLostError):
                await _put(other, "a.png", b"two")
            with pytest.raises(LockLostError):
                await borrowed.confirm()
            await borrowing.__aexit__(None, None, None)
            with pytest.raises(LockLostError):
                async with other.borrow(LOCK, key):
                    pass
        assert await content(store, "a.png") == b"one"
        assert [name for name in await names(store) if name != LOCK] == ["a.png"]
        await other.close()

    run(play())


@pytest.mark.parametrize("store", ["azure"], indirect=True)
def test_a_lock_that_is_being_broken_is_lost(run: Run, store: Store, other: Store) -> None:
    """Whoever breaks it waits only as long as its holder needs to notice."""
    assert isinstance(store, AzureStore)

    async def play() -> None:
        blob = store._container.get_blob_client(LOCK)
        await blob.upload_blob(b"")
        lease = await blob.acquire_lease(30)
        async with other.borrow(LOCK, lease.id) as borrowed:
            await BlobLeaseClient(blob).break_lease(20)
            with pytest.raises(LockLostError):
                await borrowed.confirm()
        await other.close()

    run(play())


def test_a_folder_that_this_machine_does_not_have(run: Run, tmp_path: Path) -> None:
    async def play() -> None:
        store = FolderStore(tmp_path, "images")
        async with store.borrow(LOCK, str(tmp_path / ".images" / "unfinished" / "a" / "b")):
            pass

    with pytest.raises(StoreError, match="every executor must see the destination"):
        run(play())
