"""Keep blobs as files of a folder: the embedded default."""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from uploader.stores import Lock, StoredBlob, StoreError
from uploader.stores.folder_lock import HeldFolder, hold_folder

_FILES_A_STEP = 1_000
# A file of ours has some hundred.
_LONGEST_PROPERTIES = 64 * 1024
_MD5_BYTES = 16
_CHUNK_BYTES = 1024 * 1024
# Why a file may have no properties of ours. The name of a foreign file may leave no room for
# ".json" behind it.
_NOT_THERE = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
        *(errno.ENAMETOOLONG, errno.ELOOP),
    }
)


class FolderStore:
    """The folder `root`/`container`; a blob's name is its path below that.

    What a blob service keeps beside the bytes (content type, MD5, metadata) is kept in the folder
    `root`/.`container`, as one small JSON file a blob. They are written before the file moves into
    its place, and say its size and time: a file without matching ones, such as after a kill
    between the two, is known by its size only, and is uploaded again.

    Raises
    ------
    StoreError
        For a container that is no name of a folder, or that of a hidden one.
    """

    def __init__(self, root: Path, container: str) -> None:
        if not container.strip(".") or not {"/", "\\", "\0"}.isdisjoint(container):
            raise StoreError(f"{container!r} is not a valid folder name")
        if container.startswith("."):
            raise StoreError(
                f"the container {container} begins with a dot, which is reserved for hidden folders"
            )
        try:
            # Resolved first: whatever way leads here, the hidden folder is the same.
            self._folder = (root / container).resolve()
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"{root / container} is not a valid path of a folder: {error}"
            ) from error
        self._hidden = self._folder.parent / f".{self._folder.name}"
        self._properties = self._hidden / "properties"
        self._url = self._folder.as_uri()
        self._numbers = itertools.count()
        # Of whoever writes without a lock.
        self._work = str(self._hidden / "unfinished" / f"none-{uuid.uuid4().hex}")
        self._held: HeldFolder | None = None

    async def prepare(self) -> None:
        """Make the folder.

        Raises
        ------
        StoreError
            If it cannot be made.
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
            If another process holds them, `force` or not: it is alive.
        StoreError
            If they cannot be made.
        """
        with hold_folder(self._folder, self._hidden, name, folders) as held:
            before, self._work, self._held = self._work, held.work, held
            try:
                yield held
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
        """Write a file, replacing an older one in one step.

        Raises
        ------
        StoreError
            If the file system refuses.
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
        temporary = f"{self._work}/{next(self._numbers)}"
        try:
            # By plain text instead of pathlib: a thousand times a second.
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
        """Raise LockLostError where that is why a rename failed."""
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
        # No folder outside the one that the prefix ends in can hold a match.
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
                        # What something else deletes meanwhile is not there.
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
        # No JSON, or none of ours.
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return unknown
        known = written == version and len(md5) == _MD5_BYTES and all(map(_is_ascii, texts))
        return (
            StoredBlob(name, status.st_size, md5, metadata, version, texts[0]) if known else unknown
        )

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a file, in chunks; nothing where there is none.

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
        """Delete a file and its properties, unless it was written again since.

        Raises
        ------
        StoreError
            If it was, or when the file system refuses.
        """
        path = self._folder / blob.name
        try:
            if self._blob(blob.name, path.stat()).version != blob.version:
                raise StoreError(f"{blob.name} was changed after it was listed")
            # Out of the store in one step, which fails once another run has taken over.
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
        """The file's address, ``file:///...``."""
        # As Path.as_uri would write the file's path, a million times over.
        return f"{self._url}/{quote(os.fsencode(name))}"

    async def close(self) -> None:
        """Nothing to let go of."""


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError as error:
        # A link that leads to itself, where one that leads nowhere is no error.
        if error.errno != errno.ELOOP:
            raise
        return False


def _spelled(name: str) -> str:
    """Write what is not UTF-8 in a foreign file's name as escapes: no blob of ours has any."""
    return os.fsencode(name).decode(errors="backslashreplace")


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
