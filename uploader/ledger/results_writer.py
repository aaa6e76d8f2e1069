"""Write results into the ledger in batches, so that one bad result does not affect others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from paintings_dedupe.common.storable import storable
from uploader.outcomes import Outcome, Result

# The length of the column Reason of UploadResults, in UTF-16 code units.
LONGEST_REASON = 1_000
_RESULTS_A_WRITE = 1_000
_ADD_RESULT = "insert into results values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_NO_IMAGE = (None,) * 5
# Raised for values that SQLite cannot store, such as half a surrogate pair or a 65-bit number.
_UNRECORDABLE = (UnicodeError, OverflowError, sqlite3.DataError, sqlite3.InterfaceError)


class ResultsWriter:
    """Collects results and writes them in transactions of a thousand."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._unwritten: list[tuple[object, ...]] = []

    def add(self, number: int, result: Result) -> None:
        """Add the result of a row, given the row's number. `write` writes it at the latest."""
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
        """Write the added results.

        Raises
        ------
        sqlite3.IntegrityError
            If a row already has a result.
        """
        unwritten, self._unwritten = self._unwritten, []
        with transaction(self._db):
            self._db.execute("savepoint results")
            try:
                self._db.executemany(_ADD_RESULT, unwritten)
            except _UNRECORDABLE:
                self._db.execute("rollback to results")
                self._write_one_by_one(unwritten)
            # Without a release, savepoints nest: a thousand while a million rows are added.
            self._db.execute("release results")

    def _write_one_by_one(self, results: list[tuple[object, ...]]) -> None:
        """Write results one at a time, so that only a row with an invalid result fails."""
        for number, *values in results:
            try:
                self._db.execute(_ADD_RESULT, (number, *values))
            except _UNRECORDABLE as error:
                reason = recordable(f"its result cannot be recorded: {error}")
                self._db.execute(_ADD_RESULT, (number, Outcome.FAILED, reason, 0, *_NO_IMAGE))


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Group changes into one transaction, committed even after an error. Calls may be nested."""
    outermost = not db.in_transaction
    if outermost:
        db.execute("begin")
    try:
        yield
    finally:
        if outermost:
            db.execute("commit")


def recordable(reason: str) -> str:
    """Escape and shorten a reason for UploadResults, since it may quote untrusted input."""
    return reason and storable(reason, LONGEST_REASON)
