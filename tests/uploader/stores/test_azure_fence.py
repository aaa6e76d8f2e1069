"""What a run may still do in a container after another one has taken its lock: nothing that counts.

The runs hold one lease after the other, and the first has not noticed that it lost it.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobLeaseClient, BlobServiceClient

from tests.uploader.conftest import Run
from tests.uploader.samples import content, listed, md5
from uploader.stores import LockLostError, StoredBlob, StoreError
from uploader.stores.azure import AzureStore
from uploader.stores.azure_fence import Content, Fence
from uploader.stores.lease import LEASE_SECONDS, HeldLease

TEXT, TABLE = PUBLISHED = ("list.txt", "list.parquet")

TakeLock = Callable[[], Awaitable[AzureStore]]


@asynccontextmanager
async def _holders(azurite: str, container_name: str) -> AsyncIterator[TakeLock]:
    """Return a function that returns a store which holds the lock, whoever held it before."""
    stores: list[AzureStore] = []
    async with BlobServiceClient.from_connection_string(azurite) as service:
        container = service.get_container_client(container_name)
        lock = container.get_blob_client("lock")
        await lock.upload_blob(b"")

        async def take() -> AzureStore:
            if stores:
                await BlobLeaseClient(lock).break_lease(0)
            # As `AzureStore.lock` does, but without the task that renews the lease.
            lease = await lock.acquire_lease(LEASE_SECONDS)

            async def ask() -> bool:
                await lease.renew(retry_total=0)
                return True

            held = HeldLease(lease.id, ask, 0)
            account = BlobServiceClient.from_connection_string(azurite)
            stores.append(AzureStore(account, container_name))
            stores[-1]._fence = Fence(container, held)
            await stores[-1]._fence.claim(PUBLISHED)
            return stores[-1]

        try:
            yield take
        finally:
            for store in stores:
                await store.close()


async def _put(store: AzureStore, name: str, data: bytes, **metadata: str) -> None:
    await store.put(name, data, "image/png", md5(data), {"source": "s"} | metadata)


async def _publish(store: AzureStore, name: str, data: bytes) -> None:
    await store.put(name, io.BytesIO(data), "text/plain", md5(data))


async def _blob(store: AzureStore, name: str) -> StoredBlob:
    (blob,) = await listed(store, name)
    return blob


def test_what_one_run_writes(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """As without a fence: new blobs, older ones replaced and deleted, files published twice."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            for old, new in ((b"", b"first"), (b"first", b"second")):
                store = await take()
                assert await content(store, "a.png") == old
                await _put(store, "a.png", new, width="3")
                for name in PUBLISHED:
                    await _publish(store, name, new)
                    assert await content(store, name) == new
                blob = await _blob(store, "a.png")
                assert (blob.md5, blob.content_type) == (md5(new), "image/png")
                assert blob.metadata == {"source": "s", "width": "3"}
            await store.delete(blob)
            assert await content(store, "a.png") == b""

    run(play())


def test_a_replaced_run_publishes_nothing_over_anything(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """Not even before the run that replaced it has published something itself."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            for name in PUBLISHED:
                await _publish(azure_store, name, b"earlier")
            first = await take()
            second = await take()
            with pytest.raises(LockLostError, match="another run has taken it over"):
                await _publish(first, TABLE, b"late")
            await _publish(second, TABLE, b"right")
            with pytest.raises(LockLostError):
                await _publish(first, TABLE, b"late")
            assert await content(azure_store, TEXT) == b"earlier"
            assert await content(azure_store, TABLE) == b"right"

    run(play())


def test_a_file_that_the_other_run_made_first_is_not_replaced(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """Without a file, there was nothing to claim."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            first, second = await take(), await take()
            await _publish(second, TEXT, b"right")
            with pytest.raises(LockLostError):
                await _publish(first, TEXT, b"late")
            # As the first would leave it if it ended before it looked at its lock.
            await _publish(azure_store, TABLE, b"late")
            with pytest.raises(StoreError, match=r"list.parquet was changed by another program"):
                await _publish(second, TABLE, b"right")
            # The next run begins with what it finds.
            await _publish(await take(), TABLE, b"right")
            assert await content(azure_store, TEXT) == b"right"
            assert await content(azure_store, TABLE) == b"right"

    run(play())


def test_a_file_that_a_replaced_run_makes_does_not_stay(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """The run does not delete a blob that the other one created or adopted, either."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            first, second = await take(), await take()
            with pytest.raises(LockLostError):
                await _publish(first, TABLE, b"late")
            assert await content(azure_store, TABLE) == b""
            await _publish(second, TABLE, b"right")
            assert await content(azure_store, TABLE) == b"right"

            # The other one finds what it was about to write itself.
            fence = first._fence
            assert fence
            etag = ""

            async def write(condition: str | None) -> str:
                nonlocal etag
                late = Content("text/plain", md5(b"same"), {})
                etag = await first._write(TEXT, io.BytesIO(b"same"), late, {"If-None-Match": "*"})
                await _publish(second, TEXT, b"same")
                return etag

            with pytest.raises(LockLostError):
                await fence._make(TEXT, write)
            assert etag
            assert await content(azure_store, TEXT) == b"same"
            # What it made its own, it may replace.
            await _publish(second, TEXT, b"more")
            assert await content(azure_store, TEXT) == b"more"

    run(play())


def test_a_run_that_is_cancelled_takes_away_what_it_made(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """Such as by the news that its lock is lost, while the file is on its way."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            first, _ = await take(), await take()
            fence, arrived = first._fence, asyncio.Event()
            assert fence

            async def write(condition: str | None) -> str:
                late = Content("text/plain", md5(b"late"), {})
                etag = await first._write(TABLE, io.BytesIO(b"late"), late, {"If-None-Match": "*"})
                arrived.set()
                await asyncio.sleep(0.1)
                return etag

            late = Content("text/plain", md5(b"late"), {})
            publishing = asyncio.create_task(fence.publish(TABLE, late, write))
            await arrived.wait()
            publishing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await publishing
            assert await content(azure_store, TABLE) == b""

    run(play())


def test_a_replaced_run_takes_no_image_away(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """The run that replaced it relies on what it listed."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            for name in ("kept.png", "replaced.png"):
                await _put(azure_store, name, b"old")
            first = await take()
            stale = await _blob(first, "kept.png")
            second = await take()
            relied_on = [await _blob(second, name) for name in ("kept.png", "replaced.png")]
            with pytest.raises(LockLostError):
                await first.delete(stale)
            with pytest.raises(LockLostError):
                await _put(first, "replaced.png", b"late")
            for blob in relied_on:
                assert await content(second, blob.name) == b"old"
                now = await _blob(second, blob.name)
                assert (now.size, now.md5) == (blob.size, blob.md5)

    run(play())


def test_what_is_about_to_be_replaced_is_nothing_to_rely_on(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """A run was suspended between its look at the lock and the last step."""

    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            await _put(azure_store, "a.png", b"old")
            first = await take()
            fence = first._fence
            assert fence
            etag = await fence._release("a.png", (await _blob(first, "a.png")).version)
            second = await take()
            seen = await _blob(second, "a.png")
            assert seen.metadata == {}
            assert seen.version == etag
            # Whichever comes first, the other one fails.
            await _put(second, "a.png", b"right")
            late = Content("image/png", md5(b"late"), {})
            with pytest.raises(HttpResponseError, match="ConditionNotMet"):
                await first._write("a.png", b"late", late, {"If-Match": etag})
            assert await content(second, "a.png") == b"right"

    run(play())


def test_a_new_image_of_a_replaced_run_gives_way(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    async def play() -> None:
        async with _holders(azurite, container_name) as take:
            first, second = await take(), await take()
            await _put(second, "a.png", b"right")
            with pytest.raises(LockLostError):
                await _put(first, "a.png", b"late")
            await _put(first, "b.png", b"late")
            await _put(second, "b.png", b"right")
            for name in ("a.png", "b.png"):
                assert await content(second, name) == b"right"
            # The same bytes with the same metadata are no harm.
            await _put(first, "a.png", b"right")

    run(play())
