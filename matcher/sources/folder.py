"""Read images from a folder whose files are, or will be, served under a URL."""

from __future__ import annotations

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
        The URL under which its files are served, as `python -m ingest folder` was given it.
    """

    folder: Path
    url_prefix: str

    def path_of(self, url: str) -> Path | None:
        """The file of a URL; None if the URL is elsewhere, or the file would be."""
        prefix = self.url_prefix.rstrip("/") + "/"
        if not url.startswith(prefix):
            return None
        path = (self.folder / unquote(url[len(prefix) :])).resolve()
        return path if path.is_relative_to(self.folder.resolve()) and path.is_file() else None
