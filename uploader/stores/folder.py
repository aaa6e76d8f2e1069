"""Store blobs as files in a folder. This is the default store."""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from uploader.stores import Lock, StoredBlob, StoreError
from uploader.stores.folder_lock import HeldFolder, borrow_folder, hold_folder

_FILES_A_STEP = 1_000
# Our own files have a few hundred bytes.
_LONGEST_PROPERTIES = 64 * 1024
_MD5_BYTES = 16
_CHUNK_BYTES = 1024 * 1024
# Errors that mean that a file has no properties of ours. The name of a foreign file may be too
# long for a ".json" after it.
_NOT_THERE = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
        *(errno.ENAMETOOLONG, errno.ELOOP),
    }
)


class FolderStore:
    """The folder `root`/`container`, in which a blob's name is its path.

    The folder `root`/.`container` has a small JSON file for each blob with its properties: content
    type, MD5, metadata, and the size and time of the file. It is written before the file is moved
    into place. If size or time do not match, for example after the process was killed in between,
    the properties are ignored, and the file is uploaded again.

    Raises
    ------
    StoreError
        If `container` is not a valid folder name or begins with a dot.
    """

    def __init__(self, root: Path, container: str) -> None:
        if not container.strip(".") or not {"/", "\\", "\0"}.isdisjoint(container):
            raise StoreError(f"{container!r} is not a valid folder name")
        if container.startswith("."):
            raise StoreError(
                f"the container {container} begins with a dot, which is reserved for hidden folders"
            )
        try:
            # Resolved, so that every path to this folder leads to the same hidden folder.
            self._folder = (root / container).resolve()
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"{root / container} is not a valid path of a folder: {error}"
            ) from error
        self._hidden = self._folder.parent / f".{self._folder.name}"
        self._properties = self._hidden / "properties"
        self._url = self._folder.as_uri()
        self._numbers = itertools.count()
        # For writes without a lock.
        self._work = str(self._hidden / "unfinished" / f"none-{uuid.uuid4().hex}")
        self._held: HeldFolder | None = None

    async def prepare(self) -> None:
        """Create the folder.

        Raises
        ------
        StoreError
            If it cannot be created.
        """
        folder = self._folder
        try:
            for needed in (self._folder, self._properties, self._hidden / "locks"):
                folder = needed
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot create the folder {folder}: {error.strerror}") from error

    @asynccontextmanager
    async def lock(
        self,
        name: str,
        force: bool = False,
        folders: Sequence[str] = (),
        files: Sequence[str] = (),
    ) -> AsyncIterator[Lock]:
        """Hold locks that the operating system releases when their holder dies.

        Raises
        ------
        StoreBusyError
            If another process holds them. `force` has no effect, because that process is alive.
        StoreError
            If they cannot be created.
        """
        with hold_folder(self._folder, self._hidden, name, folders) as held, self._under(held):
            yield held

    @asynccontextmanager
    async def borrow(self, name: str, key: str) -> AsyncIterator[Lock]:
        """Write under the lock of another process, which must be able to see the same folder.

        Raises
        ------
        LockLostError
            If another run has taken over.
        StoreError
            If the folder is not on this machine.
        """
        with borrow_folder(key) as held, self._under(held):
            yield held

    @contextmanager
    def _under(self, held: HeldFolder) -> Iterator[None]:
        before, self._work, self._held = self._work, held.work, held
        try:
            yield
        finally:
            self._work, self._held = before, None

    async def put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write a file, replacing an older one atomically.

        Raises
        ------
        StoreError
            If the file cannot be written.
        """
        arguments = (name, data, content_type, md5, metadata or {})
        if isinstance(data, bytes) and len(data) <= _CHUNK_BYTES:
            # On the event loop: for so few bytes, a thread would cost several times as much as the
            # write itself.
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
        temporary = f"{self._work}/{next(self._numbers)}"
        try:
            # Plain strings are faster than pathlib: this runs a thousand times a second.
            with self._open(temporary) as file:
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
                # Renaming keeps both, so they show whether these properties belong to a file.
                "size": status.st_size,
                "modified": status.st_mtime_ns,
            }
            # Properties first: they are ignored if incomplete or without a matching file.
            _write(f"{self._properties}/{name}.json", json.dumps(properties).encode())
            _rename(temporary, f"{self._folder}/{name}")
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)
            self._check()
            raise StoreError(f"cannot write the file: {error.strerror}") from error

    def _open(self, temporary: str) -> IO[bytes]:
        try:
            return open(temporary, "wb")
        except FileNotFoundError:
            if self._held:
                raise
            os.makedirs(self._work, exist_ok=True)
            return open(temporary, "wb")

    def _check(self) -> None:
        """Raise LockLostError if the loss of the lock is why a rename failed."""
        if self._held:
            self._held.check()

    async def list_blobs(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Yield the files whose names begin with `prefix`.

        Raises
        ------
        StoreError
            If the folder cannot be read.
        """
        found = self._walk(prefix)
        try:
            while step := await asyncio.to_thread(list, itertools.islice(found, _FILES_A_STEP)):
                for blob in step:
                    yield blob
        except OSError as error:
            reason = f"{error.strerror}: {_spelled(os.fsdecode(error.filename or ''))}"
            raise StoreError(f"cannot list the folder: {reason}") from error

    def _walk(self, prefix: str) -> Iterator[StoredBlob]:
        # Only the folder part of the prefix can contain matches.
        folders = [prefix.rpartition("/")[0]]
        while folders:
            folder = folders.pop()
            try:
                entries = os.scandir(f"{self._folder}/{folder}")
            except (FileNotFoundError, NotADirectoryError):
                continue
            with entries:
                for entry in entries:
                    name = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(name)
                    elif name.startswith(prefix) and _is_file(entry):
                        # Another program may delete the file meanwhile.
                        with suppress(FileNotFoundError):
                            yield self._blob(name, entry.stat())

    def _blob(self, name: str, status: os.stat_result) -> StoredBlob:
        version = f"{status.st_size} {status.st_mtime_ns}"
        unknown = StoredBlob(_spelled(name), status.st_size, None, {}, version)
        try:
            with open(f"{self._properties}/{name}.json", "rb") as file:
                properties = json.loads(file.read(_LONGEST_PROPERTIES))
            written = f"{properties['size']} {properties['modified']}"
            md5, metadata = bytes.fromhex(properties["md5"]), properties["metadata"]
            texts = (properties["content_type"], *metadata.values())
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
            return unknown
        # The file is not JSON, or not one of ours.
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return unknown
        known = (
            written == version
            and len(md5) == _MD5_BYTES
            and all(map(_is_ascii, texts))
            and unknown.name == name
        )
        return (
            StoredBlob(name, status.st_size, md5, metadata, version, texts[0]) if known else unknown
        )

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a file in chunks, or nothing if it does not exist.

        Raises
        ------
        StoreError
            If it cannot be read.
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
        """Delete a file and its properties, unless it was changed after it was listed.

        Raises
        ------
        StoreError
            If it was changed or cannot be deleted.
        """
        path = self._folder / blob.name
        try:
            if self._blob(blob.name, path.stat()).version != blob.version:
                raise StoreError(f"{blob.name} was changed after it was listed")
            # A rename is atomic, and fails once another run has taken over.
            grave = f"{self._work}/{next(self._numbers)}"
            if not self._held:
                os.makedirs(self._work, exist_ok=True)
            os.rename(path, grave)
            os.unlink(grave)
            (self._properties / f"{blob.name}.json").unlink(missing_ok=True)
        except FileNotFoundError:
            self._check()
        except OSError as error:
            raise StoreError(f"cannot delete the file: {error.strerror}") from error

    def url(self, name: str) -> str:
        """Return the URL of the file, ``file:///...``."""
        # The same as Path.as_uri, but faster, since this may run a million times.
        return f"{self._url}/{quote(os.fsencode(name))}"

    async def close(self) -> None:
        """Do nothing: there are no connections."""


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError as error:
        # A symbolic link to itself raises an error, while a broken link does not.
        if error.errno != errno.ELOOP:
            raise
        return False


def _spelled(name: str) -> str:
    """Escape bytes of a foreign file's name that are not UTF-8, and backslashes.

    So no two names become the same. Our own names have neither.
    """
    return os.fsencode(name.replace("\\", r"\\")).decode(errors="backslashreplace")


def _is_ascii(found: object) -> bool:
    return isinstance(found, str) and found.isascii()


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
