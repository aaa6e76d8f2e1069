"""End on SIGTERM as on Ctrl-C."""

from __future__ import annotations

import signal


def interrupt_on_sigterm() -> None:
    """Raise KeyboardInterrupt on SIGTERM, which schedulers and `docker stop` send.

    Otherwise what cleans up after itself could not, and the process 1 of a container would not even
    notice.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
