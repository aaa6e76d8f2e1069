"""Keep blobs as files of a folder: the embedded default."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from uploader.stores import StoredBlob, StoreError


class FolderStore:
    """The folder `root`/`container`; a blob's name is its path below that."""

    def __init__(self, root: Path, container: str) -> None:
        self._folder = (root / container).resolve()

    def prepare(self) -> None:
        """Make the folder.

        Raises
        ------
        StoreError
            When it cannot be made.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot make the folder {self._folder}: {error.strerror}") from error

    def put(self, name: str, data: bytes, content_type: str, md5: bytes) -> None:
        """Write a file, replacing an older one in one step; content type and MD5 are not kept.

        Raises
        ------
        StoreError
            When the file system refuses.
        """
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Readers see the old file or the new one, never half of one.
            temporary = path.with_name(f".uploading-{uuid.uuid4().hex}")
            try:
                temporary.write_bytes(data)
                os.replace(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"cannot write the file: {error.strerror}") from error

    def list_blobs(self, prefix: str) -> Iterator[StoredBlob]:
        """Yield the files below the folder `prefix`, without their MD5.

        Raises
        ------
        StoreError
            When the folder cannot be read.
        """
        try:
            for path in (self._folder / prefix).rglob("*"):
                if path.is_file():
                    name = path.relative_to(self._folder).as_posix()
                    yield StoredBlob(name, path.stat().st_size, md5=None)
        except OSError as error:
            raise StoreError(f"cannot list the folder: {error.strerror}") from error

    def url(self, name: str) -> str:
        """The file's address, ``file:///...``."""
        slash = "" if name and not name.endswith("/") else "/"
        return (self._folder / name).as_uri() + slash
