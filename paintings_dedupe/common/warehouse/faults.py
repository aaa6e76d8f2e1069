"""Raise all errors of database drivers as one type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from paintings_dedupe.common.errors import UserError

_OPEN_ELSEWHERE = "Could not set lock on file"
_WAIT = " Another program has the file open: wait until it has ended, and run again."


class WarehouseError(UserError):
    """The profile, the connection or the query is wrong; the message explains how."""


@contextmanager
def driver_faults() -> Iterator[None]:
    """Raise any error of a database driver, each of which has its own types, as WarehouseError."""
    try:
        yield
    except Exception as error:
        raise WarehouseError(one_line(error)) from error


def one_line(error: Exception) -> str:
    """The message of an error without line breaks, with the remedy if a file is open elsewhere."""
    message = " ".join(str(error).split())
    return message + (_WAIT if _OPEN_ELSEWHERE in message else "")
