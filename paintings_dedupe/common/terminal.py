"""Write untrusted text to a terminal."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def printable(text: str) -> str:
    r"""Escape control characters, so that no name or URL can control the reader's terminal.

    Bytes that are not UTF-8, which Python's `surrogateescape` keeps in text, become escapes such as
    ``\xff``.
    """
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return ascii(char)[1:-1]


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as ``1 row`` and ``2,000 rows``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def say(console: Console, text: str) -> None:
    """Print one line without markup or wrapping."""
    console.print(printable(text), markup=False, highlight=False, emoji=False, soft_wrap=True)


def discard(stream: IO[str]) -> None:
    """Lead a stream nowhere, because nobody reads it any longer.

    What it still holds would otherwise fail again, at the latest when the program ends.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def text_of(error: BaseException) -> str:
    """Return the message of an error of the command line."""
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def complain(error: Exception) -> None:
    """Print an error of the command line; text that it quotes is escaped."""
    # Its line breaks are ours.
    text = "\n".join(map(printable, text_of(error).split("\n")))
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        # Its message is the help.
        click.echo(text, err=True)
    elif isinstance(error, click.UsageError):
        click.UsageError(text, error.ctx).show()
    else:
        click.ClickException(text).show()


def print_anything() -> None:
    """Escape what the output cannot encode, such as a Chinese name in Latin-1.

    Otherwise such a name would end a run in the middle of its report.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def quiet_libraries() -> None:
    """Silence libraries: each fault of a row is reported once, by us."""
    # Pillow warns about odd metadata.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    # What we use of Spark passes Arrow batches, in which pandas has no part.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    # urllib3 and the Azure SDK log every retry with the whole URL.
    for library in ("urllib3", "azure"):
        logging.getLogger(library).setLevel(logging.ERROR)
    # pyspark logs what it raises, too, such as that a table is not there yet.
    for library in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
