"""Write to a terminal what comes from strangers."""

from __future__ import annotations

import logging
import warnings

from rich.console import Console


def printable(text: str) -> str:
    """Write control characters as escapes: no name or URL may steer the reader's terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def say(console: Console, text: str) -> None:
    """Print one line as it is, without markup or wrapping."""
    console.print(printable(text), markup=False, highlight=False, emoji=False, soft_wrap=True)


def quiet_libraries() -> None:
    """Keep to ourselves what libraries remark on: each fault of a row is reported once, by us."""
    # Pillow warns of odd metadata.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    # urllib3 and the Azure SDK log every retry, with the whole URL.
    for library in ("urllib3", "azure"):
        logging.getLogger(library).setLevel(logging.ERROR)
