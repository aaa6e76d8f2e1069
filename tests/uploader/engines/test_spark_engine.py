"""What the engine does when Spark fails, with a stub in place of Spark."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest
from rich.console import Console

pytest.importorskip("pyspark", reason="Spark is not installed: run `make setup EXTRA=spark`")

from py4j.protocol import Py4JNetworkError
from pyspark import SparkConf

from tests.uploader.conftest import Gallery, Run
from tests.uploader.engines.test_coordinator import LOCK, WORK
from tests.uploader.samples import RULES
from uploader.engines import spark
from uploader.engines.engine import Job
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.stores.folder import FolderStore
from uploader.table.plan import plan_rows


class Session:
    """Answers as Spark does, or as py4j does once Java is gone."""

    defaultParallelism = 1  # noqa: N815 (named by Spark)

    def __init__(self, cancel: Callable[[], None]) -> None:
        self.sparkContext = self
        self._cancel = cancel

    def getConf(self) -> SparkConf:  # noqa: N802
        return SparkConf(loadDefaults=False, _jvm=None).set("spark.driver.host", "127.0.0.1")

    def cancelJobGroup(self, _: str) -> None:  # noqa: N802
        self._cancel()

    def stop(self) -> None:
        raise ConnectionRefusedError


@pytest.fixture
def upload(
    run: Run,
    ledger: Ledger,
    folder_store: FolderStore,
    gallery: Gallery,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Stop]:
    """Run the engine over one row, with a job, which may stop the run, and a way to cancel it."""
    ledger.add(plan_rows([gallery.painting("/a.jpg")], RULES))
    engine = spark.SparkEngine(None, lambda: folder_store, False, ())
    monkeypatch.setattr(spark, "check_java", lambda _: None)

    def upload(work: Callable[[Callable[[], object]], object], cancel: Callable[[], None]) -> Stop:
        stop = Stop()
        monkeypatch.setattr(spark, "start_session", lambda _: Session(cancel))

        async def go() -> None:
            ask = partial(asyncio.get_running_loop().call_soon_threadsafe, stop.ask, "enough")
            monkeypatch.setattr(spark, "_work", lambda *_: work(ask))
            async with folder_store.lock(LOCK) as lock:
                await engine.run(
                    Job(WORK, ledger, folder_store, lock, LOCK, ledger.record, stop, Console())
                )

        run(go())
        return stop

    return upload


def test_a_run_concludes_when_java_has_died(upload: Callable[..., Stop]) -> None:
    def work(_: Callable[[], object]) -> object:
        raise Py4JNetworkError("no answer")

    assert upload(work, lambda: None).reason == "Spark gave up: no answer"


def test_a_job_that_is_about_to_begin_is_cancelled(upload: Callable[..., Stop]) -> None:
    """It is in no group yet when the run is stopped, so the first cancellation has no effect."""
    begun, cancelled = threading.Event(), threading.Event()

    def work(stop: Callable[[], object]) -> object:
        stop()
        begun.wait()
        cancelled.wait()
        raise Py4JNetworkError("cancelled")

    def cancel() -> None:
        if begun.is_set():
            cancelled.set()
        begun.set()

    assert upload(work, cancel).reason == "enough"
