"""Read images from a folder whose files are, or will be, served under a URL."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True)
class FolderSource:
    """The files of a folder, by their URLs.

    Attributes
    ----------
    folder
        The folder.
    url_prefix
        The URL under which its files are served, as `paintings-ingest folder` was given it.
    """

    folder: Path
    url_prefix: str

    def path_of(self, url: str) -> Path | None:
        """The file of a URL; None if the URL is elsewhere, or the file would be."""
        prefix = self.url_prefix.rstrip("/") + "/"
        if not url.startswith(prefix):
            return None
        names = [unquote(name) for name in url[len(prefix) :].split("/")]
        # An encoded slash is a part of a name, which no file has.
        if any("/" in name for name in names):
            return None
        # Of a name that is too long, or has a null character.
        with suppress(OSError, ValueError):
            path = self.folder.joinpath(*names).resolve()
            if path.is_relative_to(self.folder.resolve()) and path.is_file():
                return path
        return None

    def has_any(self, urls: Iterable[str]) -> bool:
        """Whether the folder has the file of any of the URLs."""
        return any(self.path_of(url) for url in urls)


class UnreadableFileError(Exception):
    """A file cannot be read; the message gives the reason."""


def read_file(path: Path, max_bytes: int) -> bytes:
    """The bytes of a file.

    Raises
    ------
    UnreadableFileError
        When it cannot be read, or is larger than `max_bytes`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from error
    if len(data) > max_bytes:
        raise UnreadableFileError(f"larger than {max_bytes:,} bytes")
    return data
