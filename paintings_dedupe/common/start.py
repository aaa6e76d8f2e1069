"""Start a program: what its process does before the large imports."""

from __future__ import annotations

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
    interrupt_on_sigterm()
    try:
        with quick_imports():
            run = load()
    except KeyboardInterrupt:
        # What runs the command line handles later ones.
        sys.stderr.write(f"{INTERRUPTED}\n")
        sys.exit(EXIT_INTERRUPTED)
    run()
