"""Hand out rows to the executors of a cluster, and take their results."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from paintings_dedupe.common.errors import UserError
from uploader.engines.certificate import make_certificate
from uploader.engines.messages import Answer, Report
from uploader.flow.stop import Stop
from uploader.ledger.records import Task
from uploader.ledger.shares import Shares
from uploader.outcomes import Result

# A report has a few hundred results of a kilobyte or two.
_LONGEST_REPORT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Address:
    """Where executors find the coordinator of a run, and how both know each other.

    Attributes
    ----------
    url
        The URL.
    fingerprint
        The SHA-256 digest of the coordinator's certificate.
    token
        What executors show. It is worth nothing after the run.
    """

    url: str
    fingerprint: bytes
    token: str


class Coordinator:
    """Answers the reports of executors, on the event loop of the run.

    It keeps nothing in memory but the shares that were begun, and the latest attempt at each: which
    rows are finished is in the ledger. A report may therefore come twice, and an attempt that
    follows a lost one gets only the rows without a result.

    Attributes
    ----------
    broken
        Has an exception once a result could not be recorded.
    idle
        Is done once the run is to stop and no executor is at work on a share that it has begun.
    """

    def __init__(self, shares: Shares, record: Callable[[Task, Result], None], stop: Stop) -> None:
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.idle: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._shares = shares
        self._record = record
        self._stop = stop
        self._token = secrets.token_urlsafe(32)
        self._attempts: dict[int, int] = {}
        self._begun: set[int] = set()
        stop.then(lambda _: self._look_if_idle())

    @property
    def is_met(self) -> bool:
        """Whether any executor has reported yet."""
        return bool(self._attempts)

    @asynccontextmanager
    async def serving(self, host: str, bind: str, port: int) -> AsyncIterator[Address]:
        """Serve until the block ends.

        Parameters
        ----------
        host
            The name or address by which executors reach this machine.
        bind, port
            The address and port to listen at; port 0 means any free one.

        Raises
        ------
        UserError
            If that is not possible.
        """
        context, fingerprint = make_certificate()
        application = web.Application(client_max_size=_LONGEST_REPORT)
        application.router.add_post("/", self._handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, bind, port, ssl_context=context).start()
            except OSError as error:
                raise UserError(
                    f"cannot listen for executors at {bind}, port {port}: {error.strerror}. The "
                    "settings spark.driver.bindAddress and spark.paintings.coordinator.port of "
                    "Spark name another address and port"
                ) from error
            port = runner.addresses[0][1]
            url = f"https://[{host}]:{port}/" if ":" in host else f"https://{host}:{port}/"
            yield Address(url, fingerprint, self._token)
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        # A stranger may send any bytes, which aiohttp decodes like this.
        shown = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if not hmac.compare_digest(shown, f"Bearer {self._token}".encode()):
            raise web.HTTPUnauthorized
        report = Report.from_json(await request.json())
        # A lost executor may live on without Spark; its share has been given to another one.
        if report.attempt < self._attempts.get(report.share, 0):
            return web.Response(status=HTTPStatus.GONE)
        self._attempts[report.share] = report.attempt
        try:
            answer = self._answer(report)
        except Exception as error:
            if not self.broken.done():
                self.broken.set_exception(error)
            raise
        if report.is_last:
            self._begun.discard(report.share)
            self._look_if_idle()
        else:
            self._begun.add(report.share)
        return web.json_response(answer.to_json())

    def _look_if_idle(self) -> None:
        if self._stop and not self._begun and not self.idle.done():
            self.idle.set_result(None)

    def _answer(self, report: Report) -> Answer:
        results = dict(report.results)
        unfinished = self._shares.unfinished(list(results)) if results else {}
        for number, task in unfinished.items():
            self._record(task, results[number])
        if report.fault:
            self._stop.ask(report.fault)
        if self._stop or not report.most:
            return Answer(stop=self._stop.reason)
        return Answer(self._shares.rows(report.share, report.after, report.most))
