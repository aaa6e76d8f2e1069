"""Limit the requests to each host, and pause when it asks for it or fails."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

# How many idle hosts are remembered for their failures.
_IDLE_HOSTS = 10_000
# How long to wait for a busy host, in seconds, before leaving the place, which has a cost.
_SHORT_WAIT = 0.5

# Surrounds a wait, with or without leaving the place.
Aside = Callable[[], AbstractAsyncContextManager[None]]


class HostDownError(Exception):
    """The host has failed so often that no requests are sent to it for a while."""


@dataclass
class _Host:
    slots: asyncio.Semaphore
    guests: int = 0
    failures: int = 0
    cause: str = ""
    quiet_until: float = 0.0
    down_until: float = 0.0


class Hosts:
    """The state of each host, for use on one event loop.

    Parameters
    ----------
    per_host
        Maximum number of simultaneous requests to one host.
    failures
        Number of consecutive failures after which a host counts as down.
    pause
        How long no requests are sent to a host that is down, in seconds.
    """

    def __init__(self, per_host: int, failures: int, pause: float) -> None:
        self._per_host = per_host
        self._failures = failures
        self._pause = pause
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(
        self, name: str, aside: Aside, in_place: Aside = nullcontext
    ) -> AsyncIterator[None]:
        """Wait until a request to the host `name` is allowed; send it within the block.

        Parameters
        ----------
        aside, in_place
            Surround long and short waits, respectively. They may raise an exception to end one.

        Raises
        ------
        HostDownError
            If the host is down before or after the wait.
        """
        host = self._hosts.setdefault(name, _Host(asyncio.Semaphore(self._per_host)))
        host.guests += 1
        try:
            self._check(name, host)
            await _enter(host.slots, aside, in_place)
            try:
                if host.quiet_until > _now():
                    async with aside():
                        while (wait := host.quiet_until - _now()) > 0:
                            await asyncio.sleep(wait)
                self._check(name, host)
                yield
            finally:
                host.slots.release()
        finally:
            host.guests -= 1
            self._forget(name, host)

    def quiet(self, name: str, seconds: float) -> None:
        """Send no requests to the host for so many seconds."""
        host = self._hosts[name]
        host.quiet_until = max(host.quiet_until, _now() + seconds)

    def answered(self, name: str) -> None:
        """Record that the host has responded."""
        self._hosts[name].failures = 0

    def failed(self, name: str, cause: str) -> None:
        """Record a transient failure of the host, and its cause."""
        host = self._hosts[name]
        host.failures += 1
        host.cause = cause
        if host.failures >= self._failures:
            host.down_until = _now() + self._pause

    def _check(self, name: str, host: _Host) -> None:
        if _now() < host.down_until:
            raise HostDownError(
                f"{host.cause}: {name} failed {host.failures} times in a row and is not asked "
                f"again for {self._pause:,.0f} s"
            )

    def _forget(self, name: str, host: _Host) -> None:
        """Drop hosts that need not be remembered: a table may have a million of them."""
        if host.guests:
            return
        if not host.failures and host.quiet_until <= _now():
            del self._hosts[name]
            return
        self._hosts.move_to_end(name)
        if len(self._hosts) > _IDLE_HOSTS:
            oldest = next((n for n, h in self._hosts.items() if not h.guests), None)
            if oldest is not None:
                del self._hosts[oldest]


async def _enter(slots: asyncio.Semaphore, aside: Aside, in_place: Aside) -> None:
    """Wait for one of `slots`, and take it."""
    if not slots.locked():
        await slots.acquire()
        return
    taken = False
    try:
        try:
            async with in_place(), asyncio.timeout(_SHORT_WAIT):
                taken = await slots.acquire()
        except TimeoutError:
            async with aside():
                taken = await slots.acquire()
    except BaseException:
        if taken:
            slots.release()
        raise


def _now() -> float:
    return asyncio.get_running_loop().time()
