"""Show the progress of a long run: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_SECONDS_BETWEEN_LINES = 5.0


class _RateColumn(ProgressColumn):
    """Items per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s")


@contextmanager
def progress(title: str, total: int, console: Console) -> Iterator[Callable[[], None]]:
    """Yield a function that must be called once for each finished item out of `total`.

    If there are none, nothing is shown.
    """
    if not total:
        yield lambda: None
        return
    show = _bar if console.is_terminal else _lines
    with show(title, total, console) as advance:
        yield advance


@contextmanager
def _bar(title: str, total: int, console: Console) -> Iterator[Callable[[], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)


@contextmanager
def _lines(title: str, total: int, console: Console) -> Iterator[Callable[[], None]]:
    started = last_line = time.monotonic()
    done = 0

    def write_line(now: float) -> None:
        rate = done / max(now - started, 1e-9)
        eta = f", ETA {(total - done) / rate:,.0f} s" if 0 < done < total else ""
        console.print(f"{title}: {done:,} of {total:,} ({rate:,.0f}/s{eta})", highlight=False)

    def advance() -> None:
        nonlocal done, last_line
        done += 1
        now = time.monotonic()
        if now - last_line >= _SECONDS_BETWEEN_LINES:
            write_line(now)
            last_line = now

    yield advance
    write_line(time.monotonic())
