"""Fit the number of images in flight to the number of files that this process may open."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import replace

from common.errors import UserError
from uploader.flow.limits import Limits

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

# Connections, pipes and files, each with room to spare. For all images together,
_BASE = 32
# for each process that decodes, of which there is one a core,
_A_CORE = 8
# and for each image: a connection to its host, one or two to the store.
_AN_IMAGE = 3
_OUT_OF_THEM = (errno.EMFILE, errno.ENFILE)

REMEDY = "out of file descriptors: raise the limit (`ulimit -n`) or lower --workers"


class TooFewFilesError(UserError):
    """Not even one image could be in flight; the message says what to do."""


def fit_to_files(limits: Limits) -> Limits:
    """Return `limits` with no more workers than can open what they need.

    First, the process asks for as many files as they need, as far as the system lets it.

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
    """Whether `error` says so or, without one, whether no further file can be opened now."""
    if error is not None:
        return isinstance(error, OSError) and error.errno in _OUT_OF_THEM
    try:
        socket.socket().close()
    except OSError as failure:
        return failure.errno in _OUT_OF_THEM
    return False
