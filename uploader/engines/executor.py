"""Work through one share of the rows, in an executor of a cluster."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.web.urls import host_of, parse
from uploader.engines.coordinator import Address
from uploader.engines.feed import CoordinatorLostError, Feed, open_client
from uploader.engines.work import Work
from uploader.flow.descriptors import fit_to_files
from uploader.flow.places import Places
from uploader.ledger.records import Task
from uploader.outcomes import Result
from uploader.stores import Lock, LockLostError, Store, StoreError
from uploader.web.proxies import named_proxies, proxies_of

# Spark gives each task one core; the event loop leaves most of it to the decoder.
_DECODERS = 1


@dataclass(frozen=True)
class Order:
    """What an executor needs to know; it contains no credentials.

    Attributes
    ----------
    address
        The coordinator.
    work
        What to do with each row.
    trust_proxy
        Whether to use the proxies that the environment of the executor names.
    open_store
        Opens the destination with the credentials of the executor's own environment.
    store_url
        The URL of the destination, to be sure that it is the same.
    lock_name, lock_key
        The lock to borrow.
    signed_in_by
        The environment variables that the driver signs in with.
    """

    address: Address
    work: Work
    trust_proxy: bool
    open_store: Callable[[], Store]
    store_url: str
    lock_name: str
    lock_key: str
    signed_in_by: tuple[str, ...]


@dataclass(slots=True)
class HostTime:
    """How long the rows of a host took, from the first one's begin to the last one's end."""

    images: int
    begun: float
    ended: float


def host_of_row(url: str) -> str:
    """Return what the downloader limits requests to, given a URL that rows were planned with."""
    return host_of(parse(url))


async def work_through(order: Order, share: int, attempt: int) -> dict[str, HostTime]:
    """Work through the rows of a share until all are reported; return the time of each host.

    Raises
    ------
    CoordinatorLostError, LockLostError
        If Spark should try again, in another executor, unless the run has ended.
    """
    async with AsyncExitStack() as opened:
        client = await opened.enter_async_context(open_client())
        places = Places(order.work.limits.workers)
        feed = Feed(client, order.address, share, attempt, places)
        try:
            work = _fitted(order)
            store, lock = await opened.enter_async_context(_destination(order))
            transfer = await opened.enter_async_context(work.opened(store, lock, places, _DECODERS))
        except LockLostError:
            raise
        except UserError as error:
            await feed.complain(_fault(error, order))
            return {}
        times: dict[str, HostTime] = {}
        now = asyncio.get_running_loop().time

        async def work_on(_: None) -> tuple[Task, Result] | None:
            task = await feed.next()
            if task is None:
                return None
            time = times.setdefault(host_of_row(task.plan.painting.url), HostTime(0, now(), 0.0))
            result = await transfer(task.plan)
            time.images, time.ended = time.images + 1, now()
            return task, result

        def done(_: None, finished: tuple[Task, Result] | None) -> None:
            if finished:
                feed.done(*finished)

        lost: BaseExceptionGroup[BaseException] | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(feed.keep())
                await places.run(work_on, feed.turns(), done, lambda: False)
                feed.finish()
        except* (CoordinatorLostError, LockLostError) as errors:
            lost = errors
        if lost:
            raise _first(lost)
        return times


def _fault(error: UserError, order: Order) -> str:
    fault = f"executor on {socket.gethostname()}: {error}"
    lacking = [name for name in order.signed_in_by if name not in os.environ]
    if isinstance(error, StoreError) and lacking:
        fault += f" (the environment of the executor has no {' and no '.join(lacking)})"
    return fault


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error in a group of groups."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _fitted(order: Order) -> Work:
    work = replace(order.work, limits=fit_to_files(order.work.limits))
    if order.trust_proxy:
        work = replace(work, proxies=proxies_of(named_proxies(), work.addresses))
    return work


@asynccontextmanager
async def _destination(order: Order) -> AsyncIterator[tuple[Store, Lock]]:
    store = order.open_store()
    try:
        if store.url("") != order.store_url:
            raise StoreError(
                f"the environment of this executor leads to {store.url('')} instead of "
                f"{order.store_url}"
            )
        async with store.borrow(order.lock_name, order.lock_key) as lock:
            yield store, lock
    finally:
        await store.close()
