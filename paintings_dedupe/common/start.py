"""Start a program: what its process does before the large imports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from paintings_dedupe.common.exit_codes import EXIT_INTERRUPTED
from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.signals import interrupt_on_sigterm

INTERRUPTED = "Interrupted. Run the same command again to go on."


def start(load: Callable[[], Callable[[], NoReturn]]) -> NoReturn:
    """Import and run the command line, and end the process.

    Parameters
    ----------
    load
        Imports what it returns: what runs the command line. The module `__main__` of a program must
        not import it itself, because each process that decodes images imports that module again.
    """
    _open_closed_streams()
    interrupt_on_sigterm()
    try:
        with quick_imports():
            run = load()
    except KeyboardInterrupt:
        # What runs the command line handles later ones.
        sys.stderr.write(f"{INTERRUPTED}\n")
        sys.exit(EXIT_INTERRUPTED)
    run()


def _open_closed_streams() -> None:
    """Let an output that the caller closed go nowhere.

    Otherwise, the next file that is opened has its number, and gets what a library writes to it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            # It stays open until the process ends.
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
