"""Write results into the ledger, many at a time; none keeps the others from being written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from common.storable import storable
from uploader.outcomes import Outcome, Result

# In UTF-16 units: what the column Reason of UploadResults takes.
LONGEST_REASON = 1_000
_RESULTS_A_WRITE = 1_000
_ADD_RESULT = "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NO_IMAGE = (None,) * 5
# Values that SQLite cannot hold, such as half a surrogate pair or a number of 65 bits.
_UNRECORDABLE = (UnicodeError, OverflowError, sqlite3.DataError, sqlite3.InterfaceError)


class ResultsWriter:
    """Collects results and writes them in transactions of a thousand."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._unwritten: list[tuple[object, ...]] = []

    def add(self, number: int, result: Result) -> None:
        """Take the result of the row of a number; it is written at the next `write`, or before."""
        image = result.stored
        self._unwritten.append(
            (
                number,
                result.outcome,
                recordable(result.reason),
                result.tries,
                *(
                    (image.blob_name, image.size, image.md5, image.width, image.height)
                    if image
                    else _NO_IMAGE
                ),
            )
        )
        if len(self._unwritten) >= _RESULTS_A_WRITE:
            self.write()

    def write(self) -> None:
        """Write what was added.

        Raises
        ------
        sqlite3.IntegrityError
            When a row has a result already.
        """
        unwritten, self._unwritten = self._unwritten, []
        with transaction(self._db):
            self._db.execute("savepoint results")
            try:
                self._db.executemany(_ADD_RESULT, unwritten)
            except _UNRECORDABLE:
                self._db.execute("rollback to results")
                self._write_one_by_one(unwritten)
            # Else they would nest, a thousand of them while a million rows are entered.
            self._db.execute("release results")

    def _write_one_by_one(self, results: list[tuple[object, ...]]) -> None:
        """Write results of which one cannot be recorded: only its own row fails."""
        for number, *values in results:
            try:
                self._db.execute(_ADD_RESULT, (number, *values))
            except _UNRECORDABLE as error:
                reason = recordable(f"its result cannot be recorded: {error}")
                self._db.execute(_ADD_RESULT, (number, Outcome.FAILED, reason, 0, *_NO_IMAGE))


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Make many changes at the price of one; what is done stays done. May be nested."""
    outermost = not db.in_transaction
    if outermost:
        db.execute("begin")
    try:
        yield
    finally:
        if outermost:
            db.execute("commit")


def recordable(reason: str) -> str:
    """A reason as UploadResults takes it: it may quote what a stranger sent."""
    return reason and storable(reason, LONGEST_REASON)
