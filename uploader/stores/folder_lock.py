"""Keep a folder for one run at a time, with unfinished files that no other run touches."""

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
    """The right to write, which lasts as long as the run's own folder of unfinished files.

    Everything gets into the store, or out of it, by a rename from or to that folder. Whoever takes
    over takes the folder away first, so that the file system itself refuses all later renames.

    Attributes
    ----------
    work
        That folder.
    """

    def __init__(self, work: str) -> None:
        self.work = work

    async def ensure(self) -> None:
        """Return at once: the renames find out by themselves."""

    async def confirm(self) -> None:
        """Return while the lock is held.

        Raises
        ------
        LockLostError
            If another run has taken over.
        """
        self.check()

    def check(self) -> None:
        """Do `confirm`, without an event loop."""
        if not os.path.isdir(self.work):
            raise LockLostError(_LOST.format(folder=self.work))


@contextmanager
def hold_folder(
    container: Path, hidden: Path, name: str, folders: Sequence[str]
) -> Iterator[HeldFolder]:
    """Hold the lock `name` and every one of `folders` until the block ends.

    The operating system releases the locks when their holder dies, and keeps them while it is
    suspended.

    Parameters
    ----------
    container, hidden
        Where blobs are, and where what belongs to them is.
    name
        Of the lock, a blob's name.
    folders
        Names of folders. They are locked themselves, so that another way to them, by a symbolic
        link or in another case, leads to the same lock.

    Raises
    ------
    StoreBusyError
        If another process holds one of them.
    StoreError
        If something cannot be made.
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


def _hold(held: ExitStack, folder: str) -> None:
    """Lock a folder, where the file system can do that."""
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
        # Network file systems lock no folders; there, the lock file has to do.
        if error.errno not in (errno.EBADF, errno.ENOSYS, errno.ENOLCK, errno.EINVAL):
            raise


def _take_over(unfinished: Path) -> str:
    """Make a folder of our own, and delete those of earlier holders of the lock."""
    own = unfinished / uuid.uuid4().hex
    (own / "old").mkdir(parents=True)
    for old in unfinished.iterdir():
        if old != own:
            # In one step, so that from now on nothing of the earlier holder gets into the store.
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
    """Who holds the lock, as far as can be told."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        about = json.loads(path.read_text(encoding="utf-8"))
        return f" (process {about['process']} on {about['host']})"
    return ""
