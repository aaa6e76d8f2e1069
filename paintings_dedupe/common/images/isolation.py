"""Confine a process that reads untrusted bytes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from contextlib import suppress
from typing import Any

# Address space per process: several times what the largest accepted image needs.
MEMORY_BYTES = 4 * 1024**3


def process_context(*preload: str) -> Any:
    """Return a context that starts processes without a copy of this one's threads or memory.

    Parameters
    ----------
    preload
        Modules that all of them need, loaded once.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


def confine_process() -> None:
    """Limit the memory of this process, and end it with its parent. Call this first."""
    # Ctrl-C is sent to every process of the terminal; the first one decides what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 (not on every platform)

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent() -> None:
    """End this process if the run was killed, because a hanging process would not notice."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
