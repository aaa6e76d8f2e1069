"""Write to a container so that a run whose lock was taken over changes nothing any more.

No request can be made conditional on a lease of another blob, so that each carries a condition on
the blob that it writes to, and every blob that a later run relies on is changed by that run first,
or cannot be changed by an earlier one:

- The published files get a new ETag from each holder of the lock, with the same content. Whoever
  held the lock before knows the old ETag only. Where there is no file yet, an earlier holder can
  make one: it looks at the lock afterwards, and takes away what it has made if that is lost.
- A new blob is written where there is none.
- A blob is replaced or deleted in three steps: its metadata is taken away, by which it is an image
  of unknown source to whoever lists it from then on; the service confirms the lock; the blob
  is replaced or deleted as it was left by the first step. A run that takes the lock after the
  second step has not yet listed the blob, and will not rely on it; one that took it before makes
  the second step fail, and the bytes stay.
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

from uploader.stores import LockLostError, StoreError
from uploader.stores.azure_errors import is_conflict
from uploader.stores.lease import HeldLease

# How often to look again, when something else writes to the same blob.
_TRIES = 4


@dataclass(frozen=True)
class Content:
    """What a blob is to hold."""

    content_type: str
    md5: bytes
    metadata: Mapping[str, str]

    def is_in(self, found: BlobProperties) -> bool:
        """Whether a blob holds it, such as when the answer to an earlier try was lost."""
        settings = found.content_settings
        return (
            bytes(settings.content_md5 or b"") == self.md5
            and settings.content_type == self.content_type
            and {key.lower(): value for key, value in (found.metadata or {}).items()}
            == {key.lower(): value for key, value in self.metadata.items()}
        )


# Writes the content if the blob has this ETag; None: if there is no blob. Returns the new ETag.
Write = Callable[[str | None], Awaitable[str]]


class Fence:
    """The writes of one holder of the lock."""

    def __init__(self, container: ContainerClient, lock: HeldLease) -> None:
        self._container = container
        self._lock = lock
        self._published: dict[str, str | None] = {}

    async def claim(self, names: Iterable[str]) -> None:
        """Make sure that no earlier holder of the lock can write the blobs `names` any more.

        One that is not there may still be made by an earlier holder, but not over ours, and it
        does not stay.

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
        """Whether it is one of the blobs that were claimed."""
        return name in self._published

    async def publish(self, name: str, content: Content, write: Write) -> None:
        """Write a claimed blob, unless something else has written it since.

        Raises
        ------
        StoreError
            If something has; a LockLostError, when another run has taken over.
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
        """Write a blob that was not there; take it away again if the lock is lost by then."""
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
        """Take what is there for ours, unless it changes meanwhile.

        If another run has made it, which looks at its lock by now, it is not taken away any more.
        """
        try:
            self._published[name] = await self._touch(name, found.etag, found.metadata or {})
        except AzureError as error:
            if not is_conflict(error):
                raise
            return False
        return True

    async def put(self, name: str, content: Content, write: Write) -> None:
        """Write a blob, in place of an older one.

        Raises
        ------
        StoreError, azure.core.exceptions.AzureError
            As `publish` does.
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
        """Delete a blob that has this ETag.

        Raises
        ------
        LockLostError
            If another run has taken over.
        azure.core.exceptions.AzureError
            If it has another one, or the service refuses or cannot be reached.
        """
        etag = await self._release(name, etag)
        await self._container.delete_blob(
            name, etag=etag, match_condition=MatchConditions.IfNotModified
        )

    async def _release(self, name: str, etag: str) -> str:
        """Do the first two steps to replace or delete a blob; return its new ETag."""
        # A run that has been replaced for long does not even take the metadata away.
        await self._lock.ensure()
        etag = await self._touch(name, etag, {})
        await self._lock.confirm()
        return etag

    async def _touch(self, name: str, etag: str, metadata: Mapping[str, str]) -> str:
        """Set the metadata of a blob that has this ETag; return its new one."""
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
    """Do work that must not be left half done, also when its task is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        # Else the event loop would say that nobody has looked at its fault.
        if not task.cancelled():
            task.exception()
        raise
