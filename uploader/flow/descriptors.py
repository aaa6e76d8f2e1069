"""Fit the number of concurrent images to the number of files that this process may open."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import replace

from paintings_dedupe.common.errors import UserError
from uploader.flow.limits import Limits

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

# Generous numbers of connections, pipes and files: for all images together,
_BASE = 32
# for each decoder process, of which there is one per core,
_A_CORE = 8
# and for each image, with one connection to its host and one or two to the store.
_AN_IMAGE = 3
_OUT_OF_THEM = (errno.EMFILE, errno.ENFILE)

REMEDY = "out of file descriptors: raise the limit (`ulimit -n`) or lower --workers"


class TooFewFilesError(UserError):
    """The file limit is too low for even one image. The message gives the remedy."""


def fit_to_files(limits: Limits) -> Limits:
    """Return `limits` with as many workers as the file limit allows.

    The soft limit of the process is raised first, if necessary and as far as possible.

    Raises
    ------
    TooFewFilesError
        If there are not enough files for one image.
    """
    if resource is None:
        return limits
    base = _BASE + _A_CORE * (os.cpu_count() or 1)
    needed = base + _AN_IMAGE * limits.workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return limits
    workers = (soft - base) // _AN_IMAGE
    if workers < 1:
        raise TooFewFilesError(
            f"this process may open {soft} files at a time, but it needs at least "
            f"{base + _AN_IMAGE} ({needed} for {limits.workers} images at a time). Raise the "
            f"limit, for example with `ulimit -n {needed}`"
        )
    return replace(limits, workers=workers)


def ran_out(error: BaseException | None = None) -> bool:
    """Whether `error` means that no file could be opened; without it, whether none can be now."""
    if error is not None:
        return isinstance(error, OSError) and error.errno in _OUT_OF_THEM
    try:
        socket.socket().close()
    except OSError as failure:
        return failure.errno in _OUT_OF_THEM
    return False
