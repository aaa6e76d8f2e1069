"""Keep blobs as files of a folder: the embedded default."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from filelock import FileLock, Timeout

from uploader.stores import Lock, StoreBusyError, StoredBlob, StoreError

_FILES_A_STEP = 1_000
_CHUNK_BYTES = 1024 * 1024


class FolderStore:
    """The folder `root`/`container`; a blob's name is its path below that.

    What a blob service keeps beside the bytes (content type, MD5, metadata) is kept in the folder
    `root`/.`container`, as one small JSON file a blob.
    """

    def __init__(self, root: Path, container: str) -> None:
        self._folder = (root / container).resolve()
        self._properties = self._folder.parent / f".{container}" / "properties"
        self._unfinished = self._folder.parent / f".{container}" / "unfinished"
        self._locks = self._folder.parent / f".{container}" / "locks"
        self._url = self._folder.as_uri()
        self._numbers = itertools.count()

    async def prepare(self) -> None:
        """Make the folder.

        Raises
        ------
        StoreError
            When it cannot be made.
        """
        folder = self._folder
        try:
            for needed in (self._folder, self._properties, self._unfinished, self._locks):
                folder = needed
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {folder}: {error.strerror}") from error

    @asynccontextmanager
    async def lock(self, name: str, force: bool = False) -> AsyncIterator[Lock]:
        """Hold a lock file, which the operating system releases when its holder dies.

        Raises
        ------
        StoreBusyError
            When another process holds it, `force` or not: its holder is alive.
        StoreError
            When the file cannot be made.
        """
        path = self._locks / (name.replace("/", "_") or "lock")
        file_lock = FileLock(path, timeout=0)
        try:
            file_lock.acquire()
        except Timeout as error:
            raise StoreBusyError(
                f"another run is writing to {self._folder}: wait until it has ended"
            ) from error
        except OSError as error:
            raise StoreError(f"cannot lock {self._folder}: {error.strerror}") from error
        try:
            self._drop_unfinished()
            yield _HeldLock()
        finally:
            file_lock.release()

    def _drop_unfinished(self) -> None:
        """Delete what a run that is dead by now left half-written."""
        try:
            shutil.rmtree(self._unfinished)
            self._unfinished.mkdir()
        except OSError as error:
            raise StoreError(f"cannot empty {self._unfinished}: {error.strerror}") from error

    async def put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write a file, replacing an older one in one step.

        Raises
        ------
        StoreError
            When the file system refuses.
        """
        arguments = (name, data, content_type, md5, metadata or {})
        if isinstance(data, bytes) and len(data) <= _CHUNK_BYTES:
            # On the event loop, since a thread would cost several times what it takes to hand so
            # few bytes to the operating system.
            self._put(*arguments)
        else:
            await asyncio.to_thread(self._put, *arguments)

    def _put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str],
    ) -> None:
        temporary = f"{self._unfinished}/{next(self._numbers)}"
        try:
            # By plain text instead of pathlib: a thousand times a second.
            with open(temporary, "wb") as file:
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    shutil.copyfileobj(data, file, _CHUNK_BYTES)
                file.flush()
                status = os.fstat(file.fileno())
            properties = {
                "content_type": content_type,
                "md5": md5.hex(),
                "metadata": dict(metadata),
                # Renaming keeps them, so they tell whether these are the properties of a file.
                "size": status.st_size,
                "modified": status.st_mtime_ns,
            }
            # Properties first: without its file, or torn, they mean nothing.
            _write(f"{self._properties}/{name}.json", json.dumps(properties).encode())
            _rename(temporary, f"{self._folder}/{name}")
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)
            raise StoreError(f"cannot write the file: {error.strerror}") from error

    async def list_blobs(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Yield the files whose names begin with `prefix`.

        Raises
        ------
        StoreError
            When the folder cannot be read.
        """
        found = self._walk(prefix)
        try:
            while step := await asyncio.to_thread(list, itertools.islice(found, _FILES_A_STEP)):
                for blob in step:
                    yield blob
        except OSError as error:
            raise StoreError(f"cannot list the folder: {error.strerror}") from error

    def _walk(self, prefix: str) -> Iterator[StoredBlob]:
        # No folder outside the one that the prefix ends in can hold a match.
        for path in (self._folder / prefix.rpartition("/")[0]).rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            if name.startswith(prefix) and path.is_file():
                yield self._blob(name, path.stat())

    def _blob(self, name: str, status: os.stat_result) -> StoredBlob:
        version = f"{status.st_size} {status.st_mtime_ns}"
        try:
            properties = json.loads((self._properties / f"{name}.json").read_bytes())
            if version != f"{properties['size']} {properties['modified']}":
                return StoredBlob(name, status.st_size, None, {}, version)
            md5 = bytes.fromhex(properties["md5"])
            return StoredBlob(
                name,
                status.st_size,
                md5,
                properties["metadata"],
                version,
                properties["content_type"],
            )
        except (FileNotFoundError, KeyError, TypeError, ValueError):
            # Written by something else, or changed since: known by its size only.
            return StoredBlob(name, status.st_size, None, {}, version)

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a file, in chunks; nothing where there is none.

        Raises
        ------
        StoreError
            When it cannot be read.
        """
        try:
            with (self._folder / name).open("rb") as file:
                while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"cannot read the file: {error.strerror}") from error

    async def delete(self, blob: StoredBlob) -> None:
        """Delete a file and its properties, unless it was written again since.

        Raises
        ------
        StoreError
            When it was, or when the file system refuses.
        """
        path = self._folder / blob.name
        try:
            if self._blob(blob.name, path.stat()).version != blob.version:
                raise StoreError(f"{blob.name} was written again since it was listed")
            path.unlink()
            (self._properties / f"{blob.name}.json").unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"cannot delete the file: {error.strerror}") from error

    def url(self, name: str) -> str:
        """The file's address, ``file:///...``."""
        # As Path.as_uri would write the file's path, a million times over.
        return f"{self._url}/{quote(os.fsencode(name))}"

    async def close(self) -> None:
        """Nothing to let go of."""


class _HeldLock:
    async def ensure(self) -> None:
        """The operating system takes it from no one."""


def _write(path: str, data: bytes) -> None:
    try:
        with open(path, "wb") as file:
            file.write(data)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        _write(path, data)


def _rename(temporary: str, path: str) -> None:
    try:
        os.replace(temporary, path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.replace(temporary, path)
