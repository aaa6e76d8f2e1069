"""Get by with the file descriptors that this process may open."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress

# For the store, decoders, names and files, beside a connection for each image in flight.
_FOR_THE_REST = 24
_OUT_OF_THEM = (errno.EMFILE, errno.ENFILE)

REMEDY = "this machine is out of file descriptors: raise the limit (`ulimit -n`) or lower --workers"


def room_for(connections: int) -> int:
    """Return how many of `connections` can be open at a time, after raising the limit if need be.

    An image in flight takes two: one for its host, and one for its place in the store.
    """
    try:
        import resource  # noqa: PLC0415 (not on every platform)
    except ImportError:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_now = _open_now()
    wanted = open_now + _FOR_THE_REST + 2 * connections
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft = raised
    return max(1, min(connections, (soft - open_now - _FOR_THE_REST) // 2))


def ran_out(error: BaseException | None = None) -> bool:
    """Whether `error` says so or, without one, whether no further one can be opened now."""
    if error is not None:
        return isinstance(error, OSError) and error.errno in _OUT_OF_THEM
    try:
        socket.socket().close()
    except OSError as failure:
        return failure.errno in _OUT_OF_THEM
    return False


def _open_now() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return _FOR_THE_REST
