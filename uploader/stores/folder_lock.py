"""Lock a folder for one run at a time, and give it a private folder for unfinished files."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from uploader.stores import LockLostError, StoreBusyError, StoreError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOST = (
    "the lock of the destination was lost: its folder of unfinished files, {folder}, is gone. "
    "Another run has taken over, or something has deleted the folder. Run again"
)


class HeldFolder:
    """The lock, which is held as long as the run's own folder of unfinished files exists.

    Files enter and leave the store by a rename from or to that folder. A run that takes over
    removes the folder first, so that the file system refuses all later renames.

    Attributes
    ----------
    work
        The path of that folder.
    """

    def __init__(self, work: str) -> None:
        self.work = work

    @property
    def key(self) -> str:
        """The path of that folder, in which a borrower makes a folder of its own."""
        return self.work

    async def ensure(self) -> None:
        """Do nothing: renames fail by themselves once the lock is lost."""

    async def confirm(self) -> None:
        """Check that the lock is held.

        Raises
        ------
        LockLostError
            If another run has taken over.
        """
        self.check()

    def check(self) -> None:
        """Do the same as `confirm`, without an event loop."""
        if not os.path.isdir(self.work):
            raise LockLostError(_LOST.format(folder=self.work))


@contextmanager
def hold_folder(
    container: Path, hidden: Path, name: str, folders: Sequence[str]
) -> Iterator[HeldFolder]:
    """Hold the lock `name`, and a lock on each of `folders`, until the block ends.

    The operating system releases the locks when their holder dies, and keeps them while it is
    suspended.

    Parameters
    ----------
    container, hidden
        The folder of the blobs, and the folder of their properties and locks.
    name
        The name of the lock, a blob name.
    folders
        Folders in the container. They are locked themselves, so that other paths to them, through
        a symbolic link or in another case, lead to the same lock.

    Raises
    ------
    StoreBusyError
        If another process holds one of the locks.
    StoreError
        If a lock or a folder cannot be created.
    """
    digest = hashlib.sha256(os.path.normcase(name).encode()).hexdigest()[:32]
    holder = hidden / "locks" / f"{digest}.json"
    with ExitStack() as held:
        try:
            held.enter_context(FileLock(hidden / "locks" / digest, timeout=0).acquire())
            for folder in sorted({str((container / folder).resolve()) for folder in folders}):
                _hold(held, folder)
            _write_holder(holder, name)
            work = _take_over(hidden / "unfinished" / digest)
        except Timeout as error:
            raise _busy(container, _holder(holder)) from error
        except BlockingIOError as error:
            raise _busy(container, "") from error
        except OSError as error:
            raise StoreError(f"cannot lock {container}: {error.strerror or error}") from error
        try:
            yield HeldFolder(work)
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def borrow_folder(key: str) -> Iterator[HeldFolder]:
    """Hold the lock as a part of the process that holds it, until the block ends.

    The folder of unfinished files is in that of the holder, so that both go together.

    Raises
    ------
    LockLostError
        If another run has taken over.
    StoreError
        If the folder of the holder cannot be seen from here.
    """
    work = f"{key}/{uuid.uuid4().hex}"
    try:
        os.mkdir(work)
    except FileNotFoundError as error:
        if os.path.isdir(os.path.dirname(key)):
            raise LockLostError(_LOST.format(folder=key)) from error
        raise StoreError(
            f"the folder {key} is not on {socket.gethostname()}: every executor must see the "
            "destination at the same path, on one machine or on a shared file system. Otherwise, "
            "upload to Azure"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot create the folder {work}: {error.strerror or error}") from error
    try:
        yield HeldFolder(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _hold(held: ExitStack, folder: str) -> None:
    """Lock a folder, if the file system supports it."""
    os.makedirs(folder, exist_ok=True)
    if fcntl is None:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        # Network file systems cannot lock folders; there, the lock file must suffice.
        if error.errno not in (errno.EBADF, errno.ENOSYS, errno.ENOLCK, errno.EINVAL):
            raise


def _take_over(unfinished: Path) -> str:
    """Create our own folder, and delete those of earlier holders of the lock."""
    own = unfinished / uuid.uuid4().hex
    (own / "old").mkdir(parents=True)
    for old in unfinished.iterdir():
        if old != own:
            # The rename is atomic; after it, the earlier holder can no longer change the store.
            old.rename(own / "old" / old.name)
    shutil.rmtree(own / "old", ignore_errors=True)
    return str(own)


def _busy(container: Path, who: str) -> StoreBusyError:
    return StoreBusyError(
        f"another run is writing to {container}{who}: wait until it ends, or end it. "
        "--break-lock has no effect here, because the lock of a folder lives as long as its process"
    )


def _write_holder(path: Path, name: str) -> None:
    about = {"lock": name, "host": socket.gethostname(), "process": os.getpid()}
    path.write_text(json.dumps(about), encoding="utf-8")


def _holder(path: Path) -> str:
    """Describe the holder of the lock, or return empty text if it is unknown."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        about = json.loads(path.read_text(encoding="utf-8"))
        return f" (process {about['process']} on {about['host']})"
    return ""
