"""Write the events of a run: as text for people, or as JSON for programs."""

from __future__ import annotations

import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import IO, Any, Protocol, cast

import click
from rich.console import Console

from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import discard, printable, say
from uploader.events.kinds import (
    Event,
    Message,
    OutcomesCounted,
    Progress,
    RowFailed,
    RowPlanned,
    RunEnded,
    RunStarted,
)
from uploader.events.summary import REASONS_SHOWN, Summary, timestamp
from uploader.outcomes import Outcome

_SECONDS_BETWEEN_PROGRESS = 5.0


class Level(StrEnum):
    """How serious an event is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Log(Protocol):
    """Receives what happens in a run.

    Attributes
    ----------
    console
        Takes lines for people, such as remarks.
    report
        Takes the tables and lines of the report at the end.
    """

    console: Console
    report: Console

    def emit(self, event: Event) -> None:
        """Write an event."""

    def progress(self, title: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Return a context with a function to call for each finished item out of `total`."""


class _LoyalConsole(Console):
    """Goes on when nobody reads it any longer, or its disk is full: an upload must not end then."""

    def on_broken_pipe(self) -> None:
        discard(self.file)

    def print(self, *objects: Any, **options: Any) -> None:
        try:
            super().print(*objects, **options)
        except OSError:
            discard(self.file)


class TextLog:
    """Writes to a terminal or to text files: remarks to standard error, the report to the output.

    Events that are only numbers are in the report, so they are not written here.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console: Console = console or _LoyalConsole(stderr=True)
        self.report: Console = _LoyalConsole()

    def emit(self, event: Event) -> None:
        """Write an event."""
        match event:
            case RowFailed():
                say(
                    self.console,
                    f"{event.outcome}: {event.hash} of {event.artist}: {event.reason} "
                    f"({event.source})",
                )
            case RowPlanned():
                click.echo(printable(f"would upload {event.source} as {event.blob_name}"))
            case Message():
                say(self.console, event.text)

    def progress(self, title: str, total: int) -> AbstractContextManager[Callable[[], None]]:
        """Show a bar or lines."""
        return progress(title, total, self.console)


class JsonLog:
    """Writes each event as one line of JSON, and each line for people as an event `message`.

    Parameters
    ----------
    stream
        Receives the lines.
    now
        The clock.
    """

    def __init__(self, stream: IO[str], now: Callable[[], datetime]) -> None:
        self._stream = stream
        self._now = now
        self._summary = Summary(now())
        lines = _Lines(lambda text: self.emit(Message(text)))
        self.console = Console(file=cast(IO[str], lines), force_terminal=False, color_system=None)
        # Its numbers are in the events.
        self.report = Console(file=io.StringIO(), quiet=True)

    def emit(self, event: Event) -> None:
        """Write an event."""
        now = self._now()
        self._summary.add(event, now)
        fields = asdict(event)
        if isinstance(event, RunEnded):
            fields = {"summary": self._summary.content()}
        if isinstance(event, OutcomesCounted):
            fields = {"counts": _most_frequent(event.counts)}
        head = {
            "time": timestamp(now),
            "level": _level(event),
            "event": event_name(event),
        }
        # ASCII only, so that no name or URL can control a terminal or fail to be encoded.
        try:
            self._stream.write(json.dumps(head | fields) + "\n")
            self._stream.flush()
        except OSError:
            # An upload must not end because its reader is gone, or the disk of the log is full.
            discard(self._stream)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Callable[[], None]]:
        """Write an event every five seconds."""
        started = last = time.monotonic()
        done = 0

        def advance() -> None:
            nonlocal done, last
            done += 1
            now = time.monotonic()
            if now - last >= _SECONDS_BETWEEN_PROGRESS:
                self.emit(Progress(done, total, done / (now - started)))
                last = now

        yield advance


def _most_frequent(counts: Sequence[tuple[Outcome, str, int]]) -> list[tuple[Outcome, str, int]]:
    """Put all but the first reasons of an outcome together.

    Each of a million rows may have a reason of its own, such as the name of a host, and what
    collects logs cuts a line that is too long.
    """
    others: Counter[Outcome] = Counter()
    for outcome, _, rows in counts[REASONS_SHOWN:]:
        others[outcome] += rows
    together = [(outcome, "other reasons", rows) for outcome, rows in others.items()]
    return [*counts[:REASONS_SHOWN], *together]


def event_name(event: Event) -> str:
    """Return the name of an event in the log, such as ``row_failed``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def _level(event: Event) -> Level:
    if isinstance(event, RowFailed):
        return Level.WARNING
    if isinstance(event, RunEnded) and event.exit_code:
        return Level.ERROR
    return Level.INFO


class _Lines(io.TextIOBase):
    """A text file that passes on each complete line."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._take(line)
        return len(text)


class SummaryFile:
    """A log that also keeps a summary of the run in a file.

    The file exists from the start, with the status "running", so that a run that is killed does
    not leave the summary of an earlier run in its place.

    Parameters
    ----------
    log
        Where the events go, too.
    write
        Replaces the content of the file.
    now
        The clock.
    """

    def __init__(
        self, log: Log, write: Callable[[dict[str, Any]], None], now: Callable[[], datetime]
    ) -> None:
        self.console, self.report, self.progress = log.console, log.report, log.progress
        self._log, self._write, self._now = log, write, now
        self._summary = Summary(now())

    def emit(self, event: Event) -> None:
        """Pass an event on, and write the file if it is the first or the last one."""
        self._summary.add(event, self._now())
        if isinstance(event, RunStarted | RunEnded):
            self._write(self._summary.content())
        self._log.emit(event)
