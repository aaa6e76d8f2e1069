"""The options --log-format and --summary: tell programs what a run does, and how it ended."""

from __future__ import annotations

import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from paintings_dedupe.common.program import exit_code_of
from paintings_dedupe.common.terminal import printable, text_of
from paintings_dedupe.common.web.redaction import redact
from uploader.events.kinds import Message, RunEnded, RunStarted

if TYPE_CHECKING:
    from uploader.events.log import Log

_PACKAGES = (
    *("paintings-dedupe", "aiohttp", "azure-storage-blob", "dbt-core", "duckdb", "pillow"),
    *("pyarrow", "pyspark"),
)

REPORTING_OPTIONS = (
    click.option(
        "--summary",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write a summary of the run to this file, as JSON: outcomes, durations, rates, the "
        "digest of the manifest, versions and the exit code. It is written, too, if the run fails "
        "or is interrupted. docs/automation.md describes it.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="What is written to standard error: lines for people, or one event a line as JSON. "
        "With json, nothing is written to standard output. docs/automation.md lists the events.",
    ),
)


class SummaryError(UserError):
    """The summary cannot be written. The message names the file and the cause."""


@dataclass(frozen=True)
class Reporting:
    """The values of the options `REPORTING_OPTIONS`; the help explains each."""

    summary: Path | None
    log_format: str

    def reported(self, command: str, dry_run: bool, work: Callable[[Log], int]) -> int:
        """Do the work of a command, and tell how it began and ended.

        Parameters
        ----------
        command
            The name of the command.
        dry_run
            Whether it changes nothing.
        work
            The work, whose result is the exit code.

        Returns
        -------
        The exit code.

        Raises
        ------
        BaseException
            What `work` raises. With --log-format json, errors for the user are written as the last
            event instead.
        """
        # For the help, it would take too long.
        from uploader.events.log import JsonLog, SummaryFile, TextLog  # noqa: PLC0415

        is_json = self.log_format == "json"
        lines: Log = JsonLog(sys.stderr, _now) if is_json else TextLog()
        log = lines
        if self.summary is not None:
            log = SummaryFile(lines, partial(_replace, self.summary), _now)
        with _libraries_logged(log) if is_json else nullcontext():
            log.emit(RunStarted(command, dry_run, dict(_versions())))
            try:
                code = work(log)
            except BaseException as error:
                known, text = _ending(error)
                ended = RunEnded(EXIT_INCOMPLETE if known is None else known, text)
                code = _end(log, lines, ended)
                if known is None or not is_json:
                    raise
                return code
            return _end(log, lines, RunEnded(code, None))


def _end(log: Log, lines: Log, ended: RunEnded) -> int:
    """Report the end of a run, and return its exit code.

    If the summary cannot be written any longer, the work is done all the same, so the log has its
    last line, and an exit code that says that something is missing.

    Parameters
    ----------
    lines
        The log without the summary.
    """
    try:
        log.emit(ended)
    except SummaryError as error:
        lines.emit(Message(str(error)))
        code, text = ended.exit_code or EXIT_INCOMPLETE, ended.error or str(error)
        ended = RunEnded(code, text)
        lines.emit(ended)
    return ended.exit_code


def _ending(error: BaseException) -> tuple[int | None, str]:
    """Return the exit code of an error, or None for an error that nobody expects, and its text."""
    code = exit_code_of(error)
    if code == EXIT_INTERRUPTED:
        return code, "interrupted: run the same command again to go on"
    if code is not None:
        return code, printable(text_of(error))
    # The message of an unexpected error may quote anything, also a secret.
    return None, f"unexpected {type(error).__name__}"


def _now() -> datetime:
    return datetime.now(UTC)


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            yield package, version(package)


@contextmanager
def _libraries_logged(log: Log) -> Iterator[None]:
    """Make events of what libraries would otherwise write to standard error as text."""
    handler = _Handler(log)
    root = logging.getLogger()
    root.addHandler(handler)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)


class _Handler(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:
            # It does not fit its arguments: a mistake of the library, which must not end the run.
            text = str(record.msg)
        self._log.emit(Message(printable(redact(text))))


def _replace(path: Path, content: dict[str, Any]) -> None:
    """Replace a file by JSON, at once: readers see the old file or the new one, never a part.

    What is no regular file, such as a pipe, is written to instead, and only when the run has ended:
    its reader takes one object of JSON, and may be gone after it.

    Raises
    ------
    SummaryError
        If the file cannot be written.
    """
    text = f"{json.dumps(content, indent=2)}\n"
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device, such as /dev/null, is written to, and stays. A folder fails now.
            if content["exit_code"] is not None or path.is_dir():
                path.write_text(text, encoding="utf-8")
            return
        # A symbolic link stays as well: others may know the file by its own name.
        file = Path(os.path.realpath(path))
        handle, partly = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with open(handle, "w", encoding="utf-8") as writer:
                writer.write(text)
            os.chmod(partly, 0o644)
            os.replace(partly, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(partly)
            raise
    except OSError as error:
        raise SummaryError(
            f"--summary: {path} cannot be written: {error.strerror}. Name a file in a folder that "
            "exists and that this program may write to."
        ) from error
