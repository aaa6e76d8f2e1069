"""Run the work on shares as a task of Spark: what `mapInArrow` calls in an executor."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark import TaskContext

from paintings_dedupe.common.terminal import quiet_libraries
from paintings_dedupe.common.web.redaction import redact
from uploader.engines.executor import HostTime, Order, work_through
from uploader.flow.places import run_on_loop

# The slowest hosts of each share are told; each host is in one share only.
HOSTS_TOLD = 5
SCHEMA = "host string, images bigint, seconds double"
_SCHEMA = pa.schema({"host": pa.string(), "images": pa.int64(), "seconds": pa.float64()})


class ShareError(Exception):
    """A share was not finished, and Spark should try again. The message gives the cause."""


def work_on_shares(order: Order, shares: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Work through each share; yield the time that its slowest hosts took.

    Parameters
    ----------
    order
        What to do.
    shares
        The numbers of the shares, in the only column.

    Raises
    ------
    ShareError
        If a share could not be finished here. Spark logs the message, which contains no secrets.
    """
    quiet_libraries()
    context = TaskContext.get()
    attempt = context.taskAttemptId() if context else 0
    for batch in shares:
        for share in batch.column(0).to_pylist():
            try:
                times = run_on_loop(work_through(order, share, attempt))
            except Exception as error:
                # Without the cause, whose message may contain the URL of a row.
                raise ShareError(redact(f"{type(error).__name__}: {error}")) from None
            yield _slowest(times)


def _slowest(times: dict[str, HostTime]) -> pa.RecordBatch:
    slowest = heapq.nlargest(
        HOSTS_TOLD, times.items(), key=lambda item: item[1].ended - item[1].begun
    )
    return pa.RecordBatch.from_pylist(
        [
            {"host": host, "images": time.images, "seconds": max(0.0, time.ended - time.begun)}
            for host, time in slowest
        ],
        schema=_SCHEMA,
    )
