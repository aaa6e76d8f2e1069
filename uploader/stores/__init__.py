"""Define the interface of a store of blobs. Each kind of store has its own modules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import IO, Protocol

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.exit_codes import EXIT_BUSY


class StoreError(UserError):
    """An operation of the store failed. The message gives the cause."""


class SignInError(StoreError):
    """The store refuses whoever asks. The message gives the cause."""


class StoreBusyError(StoreError):
    """Another run holds the lock."""

    exit_code = EXIT_BUSY


class LockLostError(StoreError):
    """The lock was lost, so nothing more may be written. The message gives the cause."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A blob in the listing of a store.

    Attributes
    ----------
    name
        The name in the container.
    size
        The size in bytes.
    md5
        The MD5 digest of the bytes, 16 bytes, or None if unknown.
    metadata
        The metadata of the blob: ASCII text by lower-case name.
    version
        A value that changes with every write.
    content_type
        The content type, such as ``"image/jpeg"``. Empty if unknown.
    content_encoding
        The encoding that readers decode, such as ``"gzip"``. Empty if there is none.
    is_archived
        Whether the blob is in the archive tier, in which it cannot be read.
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

    @property
    def key(self) -> str:
        """What other processes of the same run need for `Store.borrow`."""

    async def ensure(self) -> None:
        """Raise LockLostError if the lock is known to be lost.

        This is cheap enough to be called before each image.
        """

    async def confirm(self) -> None:
        """Ask the store whether the lock is held; raise LockLostError if it is not."""


class Store(Protocol):
    """A container of blobs. Every method raises StoreError if it fails."""

    async def prepare(self) -> None:
        """Check that the container exists and can be reached."""

    def lock(
        self,
        name: str,
        force: bool = False,
        folders: Sequence[str] = (),
        files: Sequence[str] = (),
    ) -> AbstractAsyncContextManager[Lock]:
        """Hold the lock `name`, a blob name, until the block ends.

        The lock expires soon after its holder dies. Once another run has taken it over, `put` and
        `delete` change nothing and raise LockLostError. If the lock is lost, the block may be
        cancelled and then raises LockLostError.

        Parameters
        ----------
        name
            The name, which is the same for all runs that must not run at the same time.
        force
            Whether to take over the lock of another run.
        folders
            The names of the folders to which the holder writes blobs.
        files
            The names of the blobs that the holder publishes. Earlier holders of the lock can no
            longer replace them.

        Raises
        ------
        StoreBusyError
            If another run holds it, unless `force` takes it away.
        """

    def borrow(self, name: str, key: str) -> AbstractAsyncContextManager[Lock]:
        """Write images under a lock that another process of the same run holds.

        That process keeps the lock; a borrower only asks whether it is still held. Once it is not,
        `put` changes nothing and raises LockLostError.

        Parameters
        ----------
        name
            As for `lock`.
        key
            The `key` of the lock.

        Raises
        ------
        LockLostError
            If the lock is no longer held.
        """

    async def put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write a blob with its MD5, replacing an older one atomically.

        A remote service refuses bytes that do not match `md5`.
        """

    def list_blobs(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Yield the blobs whose names begin with `prefix`, without folders."""

    def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a blob in chunks, or nothing if the blob does not exist."""

    async def delete(self, blob: StoredBlob) -> None:
        """Delete a blob, unless it was changed after it was listed."""

    def url(self, name: str) -> str:
        """Return the percent-encoded URL of the blob `name`, without secrets."""

    async def close(self) -> None:
        """Close all connections."""
