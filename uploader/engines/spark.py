"""Work through the rows in the executors of Apache Spark."""

from __future__ import annotations

import asyncio
import heapq
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark import SparkConf
from pyspark.errors import PySparkException
from pyspark.sql import Row, SparkSession

from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.common.web.redaction import redact
from paintings_dedupe.common.web.urls import is_port
from uploader.engines.coordinator import Coordinator
from uploader.engines.engine import Job
from uploader.engines.executor import Order, host_of_row
from uploader.engines.session import SparkError, check_java, first_line, start_session
from uploader.engines.spark_task import HOSTS_TOLD, SCHEMA, work_on_shares
from uploader.flow.threads import in_thread
from uploader.stores import Store
from uploader.web.proxies import NO_PROXIES

# Enough that the start of a decoder for each share does not matter.
_ROWS_A_SHARE = 5_000
# After so many seconds without an executor, the user is told.
_PATIENCE_SECONDS = 30
# What calls of Java raise once its process is gone.
_GONE = (Py4JError, ConnectionError)
_PORT = "spark.paintings.coordinator.port"


@dataclass(frozen=True)
class SparkEngine:
    """Gives each share of the rows to a task of Spark.

    The run stays here: lock, ledger, manifest and report. Executors get rows from it and report
    their results to it. Spark starts them where there are cores, and again where one is lost.

    Attributes
    ----------
    master
        As in `uploader.engines.session.start_session`.
    open_store, trust_proxy, signed_in_by
        As in `uploader.engines.executor.Order`.
    """

    master: str | None
    open_store: Callable[[], Store]
    trust_proxy: bool
    signed_in_by: tuple[str, ...]

    @property
    def busy(self) -> int:
        """Return 0, because only the executors know."""
        return 0

    async def run(self, job: Job) -> None:
        """Work through the rows.

        Raises
        ------
        SparkError, UserError
            If Spark cannot be started, or its executors could not reach this process.
        uploader.stores.LockLostError
            If the lock is lost.
        """
        todo = await in_thread(job.ledger.unfinished)
        if not todo:
            return
        check_java(os.environ)
        is_ours = SparkSession.getActiveSession() is None
        session = await asyncio.to_thread(start_session, self.master)
        try:
            if not job.stop:
                await self._run(job, session, todo)
        finally:
            if is_ours:
                # If Java has died, the run has been told, and concludes without it.
                with suppress(*_GONE):
                    await asyncio.to_thread(session.stop)

    async def _run(self, job: Job, session: SparkSession, todo: int) -> None:
        settings = session.sparkContext.getConf()
        cores = session.sparkContext.defaultParallelism
        number = min(todo, max(cores, -(-todo // _ROWS_A_SHARE)))
        shares = await in_thread(job.ledger.shares, number, host_of_row)
        coordinator = Coordinator(shares, job.record, job.stop)
        host = str(settings.get("spark.driver.host"))
        bind = str(settings.get("spark.driver.bindAddress", host))
        async with coordinator.serving(host, bind, _port(settings)) as address:
            order = Order(
                address,
                # A proxy may have a password. Executors read their own environment.
                replace(job.work, proxies=NO_PROXIES),
                self.trust_proxy,
                self.open_store,
                job.store.url(""),
                job.lock_name,
                job.lock.key,
                self.signed_in_by,
            )
            group = uuid.uuid4().hex
            working = asyncio.ensure_future(
                asyncio.to_thread(_work, session, group, order, shares.number)
            )
            telling = asyncio.ensure_future(_tell_if_nobody_comes(job, coordinator))
            try:
                first: list[asyncio.Future[Any]] = [working, coordinator.broken, coordinator.idle]
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
                if coordinator.broken.done():
                    coordinator.broken.result()
                # Otherwise the shares that nobody has begun are left, which are ended below.
                if working.done():
                    _tell_slowest(job, await working)
            except (PySparkException, *_GONE) as error:
                # If the lock is lost, that is the cause.
                await job.lock.confirm()
                job.stop.ask(f"Spark gave up: {redact(first_line(error))}")
            finally:
                telling.cancel()
                coordinator.broken.cancel()
                coordinator.idle.cancel()
                # The job may be about to begin, so once is not enough.
                while not working.done():
                    with suppress(*_GONE):
                        session.sparkContext.cancelJobGroup(group)
                    await asyncio.wait([working], timeout=1)
                # Otherwise, the event loop would log what nobody has retrieved.
                working.exception()


def _port(settings: SparkConf) -> int:
    port = str(settings.get(_PORT) or 0)
    if not is_port(port):
        raise SparkError(f"the setting {_PORT} must be a number from 0 to 65535, not {port}")
    return int(port)


def _work(session: SparkSession, group: str, order: Order, shares: int) -> list[Row]:
    """Run the tasks of Spark, one for each share, and return what they tell of their hosts."""
    session.sparkContext.setJobGroup(group, "upload", interruptOnCancel=True)

    def work(numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return work_on_shares(order, numbers)

    told: list[Row] = session.range(0, shares, 1, shares).mapInArrow(work, SCHEMA).collect()
    return told


async def _tell_if_nobody_comes(job: Job, coordinator: Coordinator) -> None:
    await asyncio.sleep(_PATIENCE_SECONDS)
    if not coordinator.is_met:
        say(
            job.console,
            f"No executor has begun to work for {_PATIENCE_SECONDS} s. Has the cluster free cores "
            "and memory, and can its executors reach this machine?",
        )


def _tell_slowest(job: Job, hosts: list[Row]) -> None:
    slowest = heapq.nlargest(HOSTS_TOLD, hosts, key=lambda row: row["seconds"])
    if slowest:
        told = (
            f"{row['host']} ({counted(row['images'], 'image')} in {row['seconds']:,.0f} s)"
            for row in slowest
        )
        say(job.console, f"Hosts that took longest: {', '.join(told)}.")
