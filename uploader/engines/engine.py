"""Define the interface of an engine, and what a run gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from uploader.engines.work import Work
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import Task
from uploader.outcomes import Result
from uploader.stores import Lock, Store

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Job:
    """The rows of a run, and how to work through them.

    Attributes
    ----------
    work
        What to do with each row.
    ledger
        Contains the rows.
    store, lock, lock_name
        The destination, and the lock that this run holds there.
    record
        To be called, on the event loop, with each row and its result.
    stop
        Once it is asked for, no more rows are begun, and those that wait are pending.
    console
        Shows what the user should know.
    """

    work: Work
    ledger: Ledger
    store: Store
    lock: Lock
    lock_name: str
    record: Callable[[Task, Result], None]
    stop: Stop
    console: Console


class Engine(Protocol):
    """Works through all rows that have no result yet."""

    @property
    def busy(self) -> int:
        """The number of images in flight; 0 if it is not known."""

    async def run(self, job: Job) -> None:
        """Work through the rows of a job until all have a result, or it is stopped.

        Raises
        ------
        uploader.stores.LockLostError
            If the lock is lost; also in an ExceptionGroup.
        """
