"""Be a good guest: few requests at a time to one host, pauses it asks for, none to a dead one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

# How many hosts without a request under way are remembered, for their failures.
_IDLE_HOSTS = 10_000
# So long somebody waits for a busy host without making room for others, which has its price.
_SHORT_WAIT = 0.5

# Makes room for others while its block waits, or does not.
Aside = Callable[[], AbstractAsyncContextManager[None]]


class HostDownError(Exception):
    """The host failed so often in a row that it is left alone for a while."""


@dataclass
class _Host:
    slots: asyncio.Semaphore
    guests: int = 0
    failures: int = 0
    cause: str = ""
    quiet_until: float = 0.0
    down_until: float = 0.0


class Hosts:
    """What is known of each host; all of it on one event loop.

    Parameters
    ----------
    per_host
        How many requests one host gets at a time.
    failures
        After how many failures in a row a host counts as down.
    pause
        For how many seconds it is then left alone.
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
        """Wait until the host `name` may be asked; it counts as busy until the block ends.

        Parameters
        ----------
        aside, in_place
            Surround a wait, a long and a short one. They may end it by an exception.

        Raises
        ------
        HostDownError
            If it is down, at once or after the wait.
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
        """Ask nothing of the host for so long."""
        host = self._hosts[name]
        host.quiet_until = max(host.quiet_until, _now() + seconds)

    def answered(self, name: str) -> None:
        """Note that the host is alive."""
        self._hosts[name].failures = 0

    def failed(self, name: str, cause: str) -> None:
        """Note that the host did not answer, or that it is overloaded or broken; and how so."""
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
        """Keep only hosts that matter: a table may name a million of them."""
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
    """Take one of `slots`, once there is one."""
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
