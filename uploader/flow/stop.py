"""Stop a run early, and remember the reason."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stop:
    """The reason why a run starts no more rows.

    Attributes
    ----------
    reason
        The reason; empty while the run goes on.
    interrupted
        Whether a signal stopped the run.
    lost
        Whether the lock was lost. Another run may then write its own results.
    """

    reason: str = ""
    interrupted: bool = False
    lost: bool = False
    _told: list[Callable[[str], None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether the run is to stop."""
        return bool(self.reason)

    def ask(self, reason: str) -> None:
        """Stop the run. The first reason is kept."""
        if not self.reason:
            self.reason = reason
            for tell in self._told:
                tell(reason)

    def then(self, tell: Callable[[str], None]) -> None:
        """Call `tell` with the reason when the run stops, or at once if it has."""
        self._told.append(tell)
        if self.reason:
            tell(self.reason)

    @contextmanager
    def on_signals(
        self, tell: Callable[[], None], interrupt: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Stop on Ctrl-C or SIGTERM, and call `tell`.

        A second signal cancels the current task, and calls `interrupt`, which is to end whatever
        works in a thread.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        waiting: deque[int] = deque()

        def obey() -> None:
            while waiting:
                waiting.popleft()
                if self.interrupted and task:
                    task.cancel()
                    interrupt()
                else:
                    self.interrupted = True
                    self.ask("interrupted")
                    tell()

        # Python calls this between any two instructions, so it only has the loop do the rest.
        def caught(number: int, _: object) -> None:
            waiting.append(number)
            loop.call_soon_threadsafe(obey)

        before = {
            number: signal.signal(number, caught) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            # A signal that the loop had no time for.
            obey()
