"""End on SIGTERM as on Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def interrupt_on_sigterm() -> None:
    """Raise KeyboardInterrupt on SIGTERM, which schedulers and `docker stop` send.

    Otherwise what cleans up after itself could not, and the process 1 of a container would not even
    notice.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def signals_held() -> Iterator[None]:
    """Obey SIGINT and SIGTERM only at the end of the block, which must be a short one."""
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread is interrupted.
        yield
        return
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: held.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for caught in held:
        signal.raise_signal(caught)
