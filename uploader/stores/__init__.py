"""Keep blobs: what a store can do. One module for each kind of store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import IO, Protocol

from common.errors import UserError


class StoreError(UserError):
    """The store did not do as asked; the message says why."""


class StoreBusyError(StoreError):
    """Another run holds the lock."""


class LockLostError(StoreError):
    """The lock is not ours any more, so nothing more may be written; the message says why."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What a store says of one blob.

    Attributes
    ----------
    name
        The blob's name in the container.
    size
        In bytes.
    md5
        Digest of its bytes, 16 bytes; None where the store does not know.
    metadata
        What was stored with it, by names in lower case; ASCII.
    version
        Changes with every write of the blob.
    content_type
        What it was stored as, such as ``"image/jpeg"``; empty where the store does not know.
    content_encoding
        By what readers unpack it; empty: by nothing.
    is_archived
        Whether nobody can read it until it is brought back.
    """

    name: str
    size: int
    md5: bytes | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    content_type: str = ""
    content_encoding: str = ""
    is_archived: bool = False


class Lock(Protocol):
    """Exclusive use of a destination."""

    async def ensure(self) -> None:
        """Return while the lock is held, as far as is known; raise LockLostError once it is lost.

        It costs little, and so stands before each image.
        """

    async def confirm(self) -> None:
        """Ask the store itself whether the lock is held; raise LockLostError when it is not."""


class Store(Protocol):
    """One container of blobs. Every method raises StoreError when it fails."""

    async def prepare(self) -> None:
        """Make sure that the container is there and can be reached."""

    def lock(
        self,
        name: str,
        force: bool = False,
        folders: Sequence[str] = (),
        files: Sequence[str] = (),
    ) -> AbstractAsyncContextManager[Lock]:
        """Hold the lock `name`, a blob's name, until the block ends.

        It ends by itself soon after its holder died. While it is held, `put` and `delete` raise
        LockLostError, and change nothing, once another run has taken it over. A lock that is
        lost cancels what the block does, which then raises LockLostError.

        Parameters
        ----------
        name
            What runs that could get into each other's way have in common.
        force
            Whether to take the lock away from a run that holds it.
        folders
            The names of the folders that the holder writes blobs to.
        files
            The names of the blobs that it publishes. From now on, none that held the lock before
            can replace them.

        Raises
        ------
        StoreBusyError
            If another run holds it, unless `force` takes it away.
        """

    async def put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write one blob, replacing an older one in one step, and keep `md5` with it.

        Where bytes travel to a service, it refuses those that are not of that MD5.
        """

    def list_blobs(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Yield the blobs whose names begin with `prefix`, but no folders."""

    def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a blob, in chunks; nothing at all where there is no such blob."""

    async def delete(self, blob: StoredBlob) -> None:
        """Delete a blob, unless it was changed after it was listed."""

    def url(self, name: str) -> str:
        """The address of the blob `name`, percent-encoded, without any secret."""

    async def close(self) -> None:
        """Let go of connections."""
