"""Record the result of each row, report failures, and stop a run with too many of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from paintings_dedupe.common.web.redaction import redact_url
from uploader.events.kinds import Message, RowFailed
from uploader.events.log import Log
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import Task
from uploader.outcomes import FAILURES, FAULTS, UPLOADS, Outcome, Result
from uploader.publishing.manifest import ManifestFiles
from uploader.table.plan import Rules

_COMPLAINTS_SHOWN = 1_000
# After this many consecutive store errors, the other rows would fail, too, each after a minute.
_STORE_FAILURES = 50


@dataclass
class Recorder:
    """A callback for each finished row.

    Attributes
    ----------
    ledger
        Receives the results.
    rules, files
        The rules and file names of the run, used in messages.
    log
        Receives the rows that failed.
    stop
        Stops the run.
    max_failures
        The run stops after more failed, drifted or refused rows than this. None means no limit.
    advance
        Called for each row that is not pending.
    rows, images, bytes
        The number of rows that were tried to their end, of images that were uploaded, and of their
        bytes.
    """

    ledger: Ledger
    rules: Rules
    files: ManifestFiles
    log: Log
    stop: Stop
    max_failures: int | None = None
    advance: Callable[[], object] = lambda: None
    rows: int = 0
    images: int = 0
    bytes: int = 0
    _complaints: int = 0
    _failures: int = 0
    _store_failures: int = 0

    def __call__(self, task: Task, result: Result) -> None:
        """Record the result of a row, and stop the run after too many failures."""
        self.ledger.record(task, result)
        if result.outcome is not Outcome.PENDING:
            self.advance()
            self.rows += 1
        if result.stored and result.outcome in UPLOADS:
            self.images += 1
            self.bytes += result.stored.size
        if result.outcome in FAULTS:
            self._complain(task, result)
        # Rows that did not reach the store neither add to nor reset the count.
        if result.by_store:
            self._store_failures += 1
        elif result.stored:
            self._store_failures = 0
        if self._store_failures >= _STORE_FAILURES:
            self.stop.ask(
                f"the store failed {self._store_failures} times in a row: {result.reason}"
            )
        self._failures += result.outcome in FAILURES
        if self.max_failures is not None and self._failures > self.max_failures:
            self.stop.ask(f"more than {self.max_failures:,} rows failed (--max-failures)")

    def _complain(self, task: Task, result: Result) -> None:
        self._complaints += 1
        painting = task.plan.painting
        source = redact_url(painting.url, self.rules.keep_parameters)
        if self._complaints <= _COMPLAINTS_SHOWN:
            self.log.emit(
                RowFailed(
                    result.outcome,
                    painting.hash,
                    painting.artist,
                    result.reason,
                    source,
                    result.tries,
                )
            )
        elif self._complaints == _COMPLAINTS_SHOWN + 1:
            self.log.emit(Message(f"{self.files.results} lists the other rows that failed."))
