"""Decide when a run begins no more rows, and remember why."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Stop:
    """The reason to begin no more rows; none while it is empty.

    Attributes
    ----------
    reason
        It.
    interrupted
        Whether it is a signal.
    lost
        Whether it is that another run may have taken over: then its results stand.
    """

    reason: str = ""
    interrupted: bool = False
    lost: bool = False
    _told: list[Callable[[str], None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether to stop."""
        return bool(self.reason)

    def ask(self, reason: str) -> None:
        """Stop for `reason`, unless for another already."""
        if not self.reason:
            self.reason = reason
            for tell in self._told:
                tell(reason)

    def then(self, tell: Callable[[str], None]) -> None:
        """Call `tell` with the reason once there is one."""
        self._told.append(tell)
        if self.reason:
            tell(self.reason)

    @contextmanager
    def on_signals(self, tell: Callable[[], None]) -> Iterator[None]:
        """Stop on Ctrl-C or SIGTERM, calling `tell`; a second one cancels the running task."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def caught() -> None:
            if self.interrupted and task:
                task.cancel()
            else:
                self.interrupted = True
                self.ask("interrupted")
                tell()

        caught_signals = (signal.SIGINT, signal.SIGTERM)
        # Windows has no such handlers: there, Ctrl-C ends the run at once.
        with suppress(NotImplementedError):
            for number in caught_signals:
                loop.add_signal_handler(number, caught)
        try:
            yield
        finally:
            with suppress(NotImplementedError):
                for number in caught_signals:
                    loop.remove_signal_handler(number)
