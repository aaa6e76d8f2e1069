"""Record the result of each row, report failures, and stop a run with too many of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console

from paintings_dedupe.common.terminal import say
from paintings_dedupe.common.web.redaction import redact_url
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import Task
from uploader.outcomes import FAILURES, FAULTS, Outcome, Result
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
    console
        Shows the rows that failed.
    stop
        Stops the run.
    max_failures
        The run stops after more failed, drifted or refused rows than this. None means no limit.
    advance
        Called for each row that is not pending.
    """

    ledger: Ledger
    rules: Rules
    files: ManifestFiles
    console: Console
    stop: Stop
    max_failures: int | None = None
    advance: Callable[[], object] = lambda: None
    _complaints: int = 0
    _failures: int = 0
    _store_failures: int = 0

    def __call__(self, task: Task, result: Result) -> None:
        """Record the result of a row, and stop the run after too many failures."""
        self.ledger.record(task, result)
        if result.outcome is not Outcome.PENDING:
            self.advance()
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
            say(
                self.console,
                f"{result.outcome}: {painting.hash} of {painting.artist}: {result.reason} "
                f"({source})",
            )
        elif self._complaints == _COMPLAINTS_SHOWN + 1:
            say(self.console, f"{self.files.results} lists the other rows that failed.")
