"""Raise whatever a database driver raises as one error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from common.errors import UserError


class WarehouseError(UserError):
    """The profile, the connection or the query is at fault; the message says how."""


@contextmanager
def driver_faults() -> Iterator[None]:
    """Raise what a database driver raises, each driver types of its own, as WarehouseError."""
    try:
        yield
    except Exception as error:
        raise WarehouseError(one_line(error)) from error


def one_line(error: Exception) -> str:
    """The message of an error without line ends."""
    return " ".join(str(error).split())
