"""Keep an executor supplied with rows, and report its results."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress

import aiohttp

from uploader.engines.coordinator import Address
from uploader.engines.messages import Answer, Numbered, Report
from uploader.flow.places import Places
from uploader.ledger.records import Task
from uploader.ledger.shares import Position, position
from uploader.outcomes import Result

# How many rows to have ready: about as many as are finished until the next ones come.
_ROWS_AHEAD = 256
_RESULTS_A_REPORT = 64
# How long a result may wait to be reported, in seconds; the loss of an executor costs as much.
_REPORT_SECONDS = 0.5
_TIMEOUT_SECONDS = 10.0
_TRIES = 3


def open_client() -> aiohttp.ClientSession:
    """Open a client for reports, with a new connection for each.

    On a connection that lasts, TLS takes ever more memory of the coordinator: 2 KB for each row.
    """
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))


class CoordinatorLostError(Exception):
    """The run has ended, or another executor has this share. The message gives the cause."""


class Feed:
    """The rows of one share, and their results."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        address: Address,
        share: int,
        attempt: int,
        places: Places,
    ) -> None:
        self._client = client
        self._address = address
        self._share = share
        self._attempt = attempt
        self._places = places
        self._after: Position | None = None
        # None marks the end.
        self._rows: asyncio.Queue[Task | None] = asyncio.Queue()
        self._results: list[Numbered] = []
        self._is_complete = False
        self._is_over = False
        self._is_finished = False
        self._changed = asyncio.Event()

    def turns(self) -> Iterator[None]:
        """Yield once for each call of `next` that may return a row."""
        return itertools.takewhile(lambda _: not self._is_over, itertools.repeat(None))

    async def next(self) -> Task | None:
        """Wait for the next row; return None at the end."""
        task = await self._rows.get()
        if task is None:
            self._is_over = True
            # For the others who wait.
            self._rows.put_nowait(None)
        elif self._rows.qsize() < _ROWS_AHEAD // 2:
            self._changed.set()
        return task

    def done(self, task: Task, result: Result) -> None:
        """Report a result soon."""
        self._results.append((task.number, result))
        if len(self._results) >= _RESULTS_A_REPORT:
            self._changed.set()

    def finish(self) -> None:
        """Report the last results, and let `keep` end."""
        self._is_finished = True
        self._changed.set()

    async def keep(self) -> None:
        """Get rows and report results until `finish` is called.

        Raises
        ------
        CoordinatorLostError
            If the coordinator cannot be reached, or another executor has this share.
        """
        while True:
            is_finished = self._is_finished
            results, self._results = self._results, []
            most = 0 if self._is_complete else max(0, _ROWS_AHEAD - self._rows.qsize())
            answer = await self._ask(
                Report(self._share, self._attempt, results, self._after, most, is_last=is_finished)
            )
            if answer.stop:
                self._end(answer.stop)
            elif most:
                self._take(answer)
            if is_finished:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(_REPORT_SECONDS):
                    await self._changed.wait()
            self._changed.clear()

    async def complain(self, fault: str) -> None:
        """End the whole run, because of a fault that would recur elsewhere."""
        await self._ask(
            Report(self._share, self._attempt, self._results, fault=fault, is_last=True)
        )

    def _take(self, answer: Answer) -> None:
        for task in answer.tasks:
            self._rows.put_nowait(task)
            self._after = position(task)
        if not answer.tasks and not self._is_complete:
            self._is_complete = True
            self._rows.put_nowait(None)

    def _end(self, reason: str) -> None:
        """Begin no more rows; those that wait become pending."""
        self._is_complete = True
        while not self._rows.empty():
            self._rows.get_nowait()
        self._rows.put_nowait(None)
        self._places.stop(reason)

    async def _ask(self, report: Report) -> Answer:
        for tries in itertools.count(1):
            try:
                async with self._client.post(
                    self._address.url,
                    json=report.to_json(),
                    headers={"Authorization": f"Bearer {self._address.token}"},
                    ssl=aiohttp.Fingerprint(self._address.fingerprint),
                    timeout=aiohttp.ClientTimeout(_TIMEOUT_SECONDS),
                ) as response:
                    if response.ok:
                        return Answer.from_json(await response.json())
                    raise CoordinatorLostError(
                        f"the coordinator of the run answered HTTP {response.status}: the run has "
                        "ended, or another executor has taken over these rows"
                    )
            except (aiohttp.ClientError, TimeoutError) as error:
                if tries == _TRIES:
                    raise CoordinatorLostError(
                        "the coordinator of the run cannot be reached from here: "
                        f"{error or 'no answer'}"
                    ) from error
            await asyncio.sleep(tries / 4)
        raise AssertionError("unreachable")
