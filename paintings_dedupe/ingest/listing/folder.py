"""List the image files of a folder with one subfolder per artist."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from urllib.parse import quote

from paintings_dedupe.common.text import clean
from paintings_dedupe.ingest.listing.candidates import Candidate, Listing, UnreadableError
from paintings_dedupe.ingest.skip import Skip

# Folders that file servers, operating systems and cameras create. The images in them are
# thumbnails, deleted files and earlier versions.
_SYSTEM_NAMES = (
    # Synology, QNAP, NetApp and others
    r"@eaDir|@__thumb|@Recently-Snapshot|@Recycle|@sharebin|@snapshot|@syno\w*|@tmp|@Transcode",
    r"#recycle|#snapshot|#tmp|~snapshot|lost\+found|aquota\.(?:user|group)",
    # Windows
    r"\$RECYCLE\.BIN|RECYCLER|RECYCLED|System Volume Information|found\.\d{3}",
    r"Thumbs\.db(?::encryptable)?|ehthumbs(?:_vista)?\.db|desktop\.ini",
    # macOS
    r"__MACOSX|Icon\r|Network Trash Folder|Temporary Items|TheVolumeSettingsFolder",
    r"Desktop D[BF]|resource\.frk",
    # Android
    r"LOST\.DIR",
)
_SYSTEM_NAME = re.compile("|".join(_SYSTEM_NAMES), re.IGNORECASE)


def list_folder(root: Path, url_prefix: str, max_bytes: int) -> Listing:
    """List every file below `root`, sorted by path, without reading any of them.

    Parameters
    ----------
    root
        A folder of ``Artist name/.../file``.
    url_prefix
        The URL under which `root` is served; each URL consists of this, "/" and the percent-encoded
        path below `root`.
    max_bytes
        The maximum size of a file that a candidate loads.
    """
    real_root = os.path.realpath(root)
    candidates: list[Candidate] = []
    skipped: list[Skip] = []
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as scan:
                entries = list(scan)
        except OSError as error:
            where = _printable(folder.relative_to(root))
            skipped.append(Skip(where, f"folder cannot be read: {error.strerror}"))
            continue
        for entry in entries:
            path = Path(entry.path)
            relative = path.relative_to(root)
            if reason := _unwanted(entry, real_root):
                skipped.append(Skip(_printable(relative), reason))
            elif entry.is_dir():
                pending.append(path)
            elif len(relative.parts) == 1:
                skipped.append(
                    Skip(str(relative), "not in an artist's folder: move it into DIR/ARTIST/")
                )
            elif not (artist := clean(relative.parts[0])):
                skipped.append(Skip(relative.as_posix(), "the artist's folder has a blank name"))
            else:
                candidates.append(
                    Candidate(
                        where=relative.as_posix(),
                        artist=artist,
                        name=path.stem,
                        url=f"{url_prefix.rstrip('/')}/{quote(relative.as_posix(), safe='/')}",
                        load=partial(_read, path, max_bytes),
                    )
                )
    # File systems list their entries in an arbitrary order.
    return Listing(
        tuple(sorted(candidates, key=lambda candidate: candidate.where)),
        tuple(sorted(skipped, key=lambda skip: skip.where)),
    )


def _unwanted(entry: os.DirEntry[str], real_root: str) -> str | None:
    """The reason not to read a file or folder at all, if there is one."""
    if entry.name.startswith("."):
        return "hidden"
    if _SYSTEM_NAME.fullmatch(entry.name):
        return f"made by the system or a file server: {entry.name}"
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return "the name is not valid UTF-8"
    if entry.is_symlink() and (fault := _link_fault(entry, real_root)):
        return fault
    # Opening a pipe would wait for a writer.
    return None if entry.is_dir() or entry.is_file() else "not a regular file"


def _link_fault(entry: os.DirEntry[str], real_root: str) -> str | None:
    """The reason not to follow a link, if there is one."""
    target = os.path.realpath(entry.path)
    if not Path(target).is_relative_to(real_root):
        return "a link that leaves the folder"
    if not os.path.exists(target):
        return "a broken link"
    # Its target is listed at its own place, and following links could loop for ever.
    return "a link to a folder" if os.path.isdir(target) else None


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > max_bytes:
                raise UnreadableError(f"larger than {max_bytes:,} bytes")
            return file.read()
    except OSError as error:
        raise UnreadableError(f"file cannot be read: {error.strerror}") from error


def _printable(relative: Path) -> str:
    """The path as text that can be encoded as UTF-8, whatever bytes it contains."""
    return os.fsencode(relative.as_posix()).decode(errors="backslashreplace")
