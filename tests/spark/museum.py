"""Hosts with pictures, that count how many requests they answer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from tests.helpers.bad_server import Answer, BadServer, run_bad_server


class Host:
    """A host, such as 127.0.0.1:40123.

    Attributes
    ----------
    now, most
        How many requests it answers now, and the most that it answered at a time.
    """

    def __init__(self, server: BadServer) -> None:
        self._server = server
        self.now = 0
        self.most = 0

    @property
    def address(self) -> str:
        """Such as ``"http://127.0.0.1:40123"``."""
        return self._server.address

    def show(self, answers: Mapping[str, Sequence[Answer]]) -> None:
        """Give these answers from now on, and forget all requests so far."""
        self._server.answers = {
            path: [self._counted(answer) for answer in given] for path, given in answers.items()
        }
        self.forget()

    def forget(self) -> None:
        """Forget all requests so far."""
        self._server.requests.clear()
        self.most = 0

    def requested(self) -> dict[str, int]:
        """How often each path was asked for."""
        return {path: len(heads) for path, heads in list(self._server.requests.items())}

    def _counted(self, answer: Answer) -> Answer:
        async def counted(writer: asyncio.StreamWriter) -> None:
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await answer(writer)
            finally:
                self.now -= 1

        return counted


@contextmanager
def run_hosts(number: int) -> Iterator[list[Host]]:
    """Run so many hosts until the block ends."""
    with ExitStack() as running:
        yield [Host(running.enter_context(run_bad_server())) for _ in range(number)]
