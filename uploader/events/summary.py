"""Fold the events of a run into its summary."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from paintings_dedupe.common.exit_codes import EXIT_INTERRUPTED
from uploader.events.kinds import (
    Compared,
    Event,
    ManifestPublished,
    OutcomesCounted,
    RunEnded,
    RunStarted,
    StaleDeleted,
    StaleFound,
    StoreListed,
    TableRead,
    TransferEnded,
)
from uploader.outcomes import FAULTS, STORED, Outcome

SCHEMA_VERSION = 1
REASONS_SHOWN = 100
# The phase that ends with an event.
_PHASES = {TableRead: "reading", StoreListed: "listing", TransferEnded: "transfer"}


class Summary:
    """The summary of a run, which grows with each event.

    Parameters
    ----------
    now
        When the run began.
    """

    def __init__(self, now: datetime) -> None:
        self._started = self._mark = now
        self._content: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "command": None,
            "dry_run": None,
            "status": "running",
            "exit_code": None,
            "error": None,
            "started_at": timestamp(now),
            "ended_at": None,
            "seconds": {},
            "table": None,
            "destination": None,
            "rows": None,
            "transfer": None,
            "manifest": None,
            "stale": None,
            "deleted": None,
            "differences": None,
            "versions": {},
        }

    def content(self) -> dict[str, Any]:
        """Return the summary as values of JSON; see docs/schemas/run-summary.schema.json."""
        return self._content

    def add(self, event: Event, now: datetime) -> None:
        """Enter an event that happened at `now`."""
        content = self._content
        seconds = _between(self._mark, now)
        if phase := _PHASES.get(type(event)):
            content["seconds"][phase] = seconds
            self._mark = now
        match event:
            case RunStarted():
                content |= {
                    "command": event.command,
                    "dry_run": event.dry_run,
                    "versions": dict(event.versions),
                }
            case TableRead():
                content["table"] = asdict(event)
            case StoreListed():
                content["destination"] = event.destination
            case TransferEnded():
                content["transfer"] = _transfer(event, seconds)
            case OutcomesCounted():
                content["rows"] = _rows(event)
            case ManifestPublished():
                content["manifest"] = asdict(event)
            case StaleFound():
                content["stale"] = asdict(event)
            case StaleDeleted():
                content["deleted"] = asdict(event)
            case Compared():
                content["differences"] = dict(event.differences)
            case RunEnded():
                content["seconds"] |= {
                    "concluding": seconds,
                    "total": _between(self._started, now),
                }
                content |= {
                    "status": _status(event),
                    "exit_code": event.exit_code,
                    "error": event.error,
                    "ended_at": timestamp(now),
                }


def timestamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 does, in UTC, such as ``2026-11-27T16:45:45.123Z``."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _between(start: datetime, end: datetime) -> float:
    # Somebody may have set the clock back.
    return max(0.0, (end - start).total_seconds())


def _transfer(event: TransferEnded, seconds: float) -> dict[str, float]:
    # A run without anything to do may end within the resolution of the clock.
    rate = 1 / seconds if seconds > 0 else 0.0
    return {
        **asdict(event),
        "rows_per_second": event.rows * rate,
        "bytes_per_second": event.bytes * rate,
    }


def _rows(event: OutcomesCounted) -> dict[str, Any]:
    found: Counter[Outcome] = Counter()
    for outcome, _, count in event.counts:
        found[outcome] += count
    lacking = (*FAULTS, Outcome.PENDING)
    reasons = [
        {"outcome": outcome, "reason": reason, "rows": count}
        for outcome, reason, count in event.counts
        if reason
    ]
    return {
        "total": found.total(),
        "in_store": sum(found[outcome] for outcome in STORED),
        "not_in_store": sum(found[outcome] for outcome in lacking),
        "outcomes": {str(outcome): found[outcome] for outcome in Outcome},
        "reasons": reasons[:REASONS_SHOWN],
    }


def _status(event: RunEnded) -> str:
    if event.exit_code == EXIT_INTERRUPTED:
        return "interrupted"
    if event.error is not None:
        return "failed"
    return "incomplete" if event.exit_code else "succeeded"
