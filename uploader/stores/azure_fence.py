"""Write to a container so that a run that has lost its lock can no longer change anything.

A request cannot depend on the lease of another blob. Each request therefore has a condition on the
ETag of the blob that it writes, and a run makes sure that earlier holders of the lock cannot change
the blobs on which it relies:

- Each holder of the lock gives the published files a new ETag, with the same content. Earlier
  holders know only the old ETag. If a file does not exist yet, an earlier holder can still create
  it, but it then checks the lock and deletes the file if the lock is lost.
- A new blob is only written if no blob of that name exists.
- A blob is replaced or deleted in three steps. First, its metadata is removed, so that any later
  listing shows an image of unknown source. Second, the service confirms the lock. Third, the blob
  is replaced or deleted, on the condition that it is unchanged since the first step. A run that
  takes the lock after the second step lists the blob later and does not rely on it. If another run
  took the lock earlier, the second step fails, and the bytes stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import ContainerClient

from uploader.stores import Lock, LockLostError, StoreError
from uploader.stores.azure_errors import is_conflict

# Maximum number of tries while another program writes to the same blob.
_TRIES = 4


@dataclass(frozen=True)
class Content:
    """The content type, MD5 and metadata of a blob to write."""

    content_type: str
    md5: bytes
    metadata: Mapping[str, str]

    def is_in(self, found: BlobProperties) -> bool:
        """Whether a blob has this content already: the response to a try may have been lost."""
        settings = found.content_settings
        return (
            bytes(settings.content_md5 or b"") == self.md5
            and settings.content_type == self.content_type
            and {key.lower(): value for key, value in (found.metadata or {}).items()}
            == {key.lower(): value for key, value in self.metadata.items()}
        )


# Writes the content if the blob has this ETag (None: if it does not exist); returns the new ETag.
Write = Callable[[str | None], Awaitable[str]]


class Fence:
    """Writes blobs for one holder of the lock, or for a process that borrows it."""

    def __init__(self, container: ContainerClient, lock: Lock) -> None:
        self._container = container
        self._lock = lock
        self._published: dict[str, str | None] = {}

    async def claim(self, names: Iterable[str]) -> None:
        """Make sure that earlier holders of the lock can no longer write the blobs `names`.

        If a blob does not exist, an earlier holder may still create it, but it cannot overwrite
        ours and deletes its blob again.

        Raises
        ------
        azure.core.exceptions.AzureError
            If the service refuses the request or cannot be reached.
        """

        async def one(name: str) -> None:
            self._published[name] = await self._claim(name)

        await asyncio.gather(*map(one, names))

    async def _claim(self, name: str) -> str | None:
        for tries in range(_TRIES):
            found = await self._look(name)
            if not found:
                return None
            try:
                return await self._touch(name, found.etag, found.metadata or {})
            except AzureError as error:
                if not is_conflict(error) or tries == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def publishes(self, name: str) -> bool:
        """Whether `claim` was called for this blob."""
        return name in self._published

    async def publish(self, name: str, content: Content, write: Write) -> None:
        """Write a claimed blob, unless something else has written it since.

        Raises
        ------
        StoreError
            If something has written it; a LockLostError if another run has taken over.
        azure.core.exceptions.AzureError
            If the service refuses the request or cannot be reached.
        """
        etag = self._published[name]
        for _ in range(_TRIES):
            try:
                making = write(etag) if etag else _to_the_end(self._make(name, write))
                self._published[name] = await making
                return
            except AzureError as error:
                if not is_conflict(error):
                    raise
                await self._lock.confirm()
                found = await self._look(name)
                if found and content.is_in(found):
                    if await self._adopt(name, found):
                        return
                elif found or etag:
                    raise StoreError(
                        f"{name} was changed by another program since this run began, and is left "
                        "unchanged. Run again"
                    ) from error
        raise StoreError(f"cannot store the blob: another program keeps changing {name}")

    async def _make(self, name: str, write: Write) -> str:
        """Create a blob, and delete it again if the lock has been lost meanwhile."""
        etag = await write(None)
        try:
            await self._lock.confirm()
        except LockLostError:
            with suppress(AzureError):
                await self._container.delete_blob(
                    name, etag=etag, match_condition=MatchConditions.IfNotModified
                )
            raise
        return etag

    async def _adopt(self, name: str, found: BlobProperties) -> bool:
        """Adopt an existing blob with our content; return whether it was unchanged.

        The new ETag also prevents an earlier holder, if it created the blob, from deleting it.
        """
        try:
            self._published[name] = await self._touch(name, found.etag, found.metadata or {})
        except AzureError as error:
            if not is_conflict(error):
                raise
            return False
        return True

    async def put(self, name: str, content: Content, write: Write) -> None:
        """Write a blob, replacing an older one.

        Raises
        ------
        StoreError, azure.core.exceptions.AzureError
            As `publish`.
        """
        etag = None
        for _ in range(_TRIES):
            try:
                await write(etag)
                return
            except AzureError as error:
                if not is_conflict(error):
                    raise
            found = await self._look(name)
            if found and content.is_in(found):
                return
            try:
                etag = await self._release(name, found.etag) if found else None
            except AzureError as error:
                if not is_conflict(error):
                    raise
        raise StoreError(f"cannot store the blob: another program keeps changing {name}")

    async def delete(self, name: str, etag: str) -> None:
        """Delete a blob if it has this ETag.

        Raises
        ------
        LockLostError
            If another run has taken over.
        azure.core.exceptions.AzureError
            If it has another ETag, or the service refuses the request or cannot be reached.
        """
        etag = await self._release(name, etag)
        await self._container.delete_blob(
            name, etag=etag, match_condition=MatchConditions.IfNotModified
        )

    async def _release(self, name: str, etag: str) -> str:
        """Do the first two steps of replacing or deleting a blob; return its new ETag."""
        # If the loss of the lock is already known, leave the metadata alone, too.
        await self._lock.ensure()
        etag = await self._touch(name, etag, {})
        await self._lock.confirm()
        return etag

    async def _touch(self, name: str, etag: str, metadata: Mapping[str, str]) -> str:
        """Set the metadata of a blob if it has this ETag; return the new ETag."""
        changed = await self._container.get_blob_client(name).set_blob_metadata(
            dict(metadata), etag=etag, match_condition=MatchConditions.IfNotModified
        )
        return str(changed["etag"])

    async def _look(self, name: str) -> BlobProperties | None:
        try:
            return await self._container.get_blob_client(name).get_blob_properties()
        except ResourceNotFoundError:
            return None


async def _to_the_end(work: Coroutine[Any, Any, str]) -> str:
    """Finish `work` before passing on a cancellation, so that it is not left half done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        # Otherwise, the event loop would log an exception that was never retrieved.
        if not task.cancelled():
            task.exception()
        raise
