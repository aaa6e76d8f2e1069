"""Resolve host names with a timeout, so that slow names do not block others."""

from __future__ import annotations

import asyncio
import functools
import socket
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import aiodns
import pycares
from aiohttp.abc import AbstractResolver, ResolveResult

from paintings_dedupe.common.web.addresses import AddressRule, ForbiddenAddressError

# How long answers and failures are cached, in seconds.
_ANSWER_HOLDS, _FAILURE_HOLDS = 60.0, 5.0
# Maximum number of cached names.
_NAMES = 10_000
# Maximum number of threads for the system's resolver, including those still busy after a timeout.
_THREADS = 256
# Maximum number of threads per domain, so that no domain can take them all.
_THREADS_A_DOMAIN = 64
_ADDRESS_FLAGS = socket.AI_ADDRCONFIG
# The errors of c-ares for a name that is not in the DNS, and for a missing DNS server.
_NOT_IN_DNS = frozenset(
    {
        pycares.errno.ARES_ENOTFOUND,
        pycares.errno.ARES_ENODATA,
        pycares.errno.ARES_EBADNAME,
        pycares.errno.ARES_ECONNREFUSED,
    }
)
_UNKNOWN = frozenset(
    {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_FAIL}
)

Address = tuple[socket.AddressFamily, str]
# Returns the addresses of a name, or raises an UnresolvedError.
Lookup = Callable[[str, socket.AddressFamily], Awaitable[Sequence[Address]]]


class UnresolvedError(OSError):
    """A host name could not be resolved. The message gives the cause.

    Attributes
    ----------
    transient
        Whether a retry may succeed.
    wait
        Seconds until the name is looked up again.
    """

    def __init__(self, reason: str, transient: bool, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.transient = transient
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Known:
    """A cached result: addresses or an error, valid until a time of the event loop."""

    until: float
    found: Sequence[Address] | UnresolvedError | ForbiddenAddressError


class Names(AbstractResolver):
    """A caching resolver that looks up each name only once at a time.

    aiohttp calls it for each connection. Rows look up the name beforehand, so that the answer is
    then cached.
    """

    def __init__(self, lookup: Lookup, timeout: float, rule: AddressRule | None) -> None:
        """Create the resolver with an empty cache.

        Parameters
        ----------
        lookup
            Looks up the addresses of a name, such as `SystemNames`.
        timeout
            The timeout for one name, in seconds.
        rule
            The permitted addresses; None means all. They must be checked again at connect time.
        """
        self._lookup = lookup
        self._timeout = timeout
        self._rule = rule
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()
        self._asking: dict[tuple[str, int], asyncio.Task[Sequence[Address]]] = {}

    def knows(self, host: str) -> bool:
        """Whether the result of `resolve` for any kind of address is cached."""
        return self._remembered(host, socket.AF_UNSPEC) is not None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of `host`.

        Raises
        ------
        UnresolvedError
            If there are none, or the lookup failed or timed out.
        ForbiddenAddressError
            If there are addresses, but none of them is permitted.
        """
        known = self._remembered(host, family)
        if known is None:
            key = host, int(family)
            task = self._asking.get(key)
            if task is None:
                task = self._asking[key] = asyncio.ensure_future(self._ask(host, family))
                task.add_done_callback(functools.partial(self._asked, key))
            # Several rows may wait for this task; cancelling one must not cancel the task.
            found = await asyncio.shield(task)
        elif isinstance(known.found, UnresolvedError):
            failure = known.found
            raise UnresolvedError(str(failure), failure.transient, max(0, known.until - _now()))
        elif isinstance(known.found, ForbiddenAddressError):
            raise ForbiddenAddressError(str(known.found))
        else:
            found = known.found
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, address in found
        ]

    async def close(self) -> None:
        """Cancel all lookups."""
        for task in self._asking.values():
            task.cancel()

    def _remembered(self, host: str, family: socket.AddressFamily) -> _Known | None:
        known = self._known.get((host, int(family)))
        return known if known and known.until > _now() else None

    async def _ask(self, host: str, family: socket.AddressFamily) -> Sequence[Address]:
        try:
            async with asyncio.timeout(self._timeout):
                found = await self._lookup(host, family)
        except TimeoutError:
            reason = f"the name {host} was not resolved within {self._timeout:g} s"
            raise UnresolvedError(reason, transient=True, wait=_FAILURE_HOLDS) from None
        rule = self._rule
        if rule is None:
            return found
        counting = [address for address in found if rule.permits(address[1])]
        if not counting and found:
            rule.check(found[0][1])
        return counting

    def _asked(self, key: tuple[str, int], task: asyncio.Task[Sequence[Address]]) -> None:
        del self._asking[key]
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            known = _Known(_now() + _ANSWER_HOLDS, task.result())
        elif isinstance(error, UnresolvedError | ForbiddenAddressError):
            known = _Known(_now() + _FAILURE_HOLDS, error)
        else:
            return
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > _NAMES:
            self._known.popitem(last=False)


class SystemNames:
    """Looks up names with c-ares and, if a name is not in the DNS, with the system's resolver.

    c-ares needs no threads, however many names are looked up at a time. The system's resolver has
    further sources, such as mDNS and the modules of nsswitch.conf, but blocks a thread per name.
    """

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        """Create the resolver; `nameservers`, such as ``"127.0.0.1:53"``, replace the system's."""
        self._dns = aiodns.DNSResolver(nameservers)
        self._threads = asyncio.Semaphore(_THREADS)
        # An entry disappears when no name of its domain is being looked up.
        self._domains: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, host: str, family: socket.AddressFamily) -> Sequence[Address]:
        """Return the addresses of `host`.

        Raises
        ------
        UnresolvedError
            If there are none, or the lookup failed.
        UnicodeError
            If `host` is not a valid name.
        """
        try:
            answer = await self._dns.getaddrinfo(
                host, family, type=socket.SOCK_STREAM, flags=_ADDRESS_FLAGS
            )
        except aiodns.error.DNSError as error:
            code, text = error.args[0], error.args[1]
            if code not in _NOT_IN_DNS:
                reason = f"the name {host} could not be resolved: {text}"
                raise UnresolvedError(reason, transient=True, wait=_FAILURE_HOLDS) from error
        else:
            return [
                (socket.AddressFamily(node.family), node.addr[0].decode("ascii"))
                for node in answer.nodes
            ]
        return await self._ask_system(host, family)

    async def _ask_system(self, host: str, family: socket.AddressFamily) -> Sequence[Address]:
        domain = ".".join(host.rstrip(".").rsplit(".", 2)[-2:])
        of_domain = self._domains.setdefault(domain, asyncio.Semaphore(_THREADS_A_DOMAIN))
        await of_domain.acquire()
        try:
            await self._threads.acquire()
        except BaseException:
            of_domain.release()
            raise

        def ended() -> None:
            self._threads.release()
            of_domain.release()

        try:
            infos = await _in_daemon_thread(
                lambda: socket.getaddrinfo(
                    host, None, family=family, type=socket.SOCK_STREAM, flags=_ADDRESS_FLAGS
                ),
                ended,
            )
        except socket.gaierror as error:
            if error.errno in _UNKNOWN:
                raise UnresolvedError(f"the name {host} is not known", transient=False) from error
            reason = f"the name {host} could not be resolved: {error.strerror}"
            raise UnresolvedError(reason, transient=True, wait=_FAILURE_HOLDS) from error
        return [(kind, str(address[0])) for kind, *_, address in infos]

    async def close(self) -> None:
        """Cancel the lookups of c-ares."""
        await self._dns.close()


async def _in_daemon_thread(work: Callable[[], Any], ended: Callable[[], None]) -> Any:
    """Run `work` in a new thread and then call `ended`, even if the caller was cancelled.

    It is a daemon thread, because nothing can cancel it and the program must be able to end.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def finish(value: Any, error: Exception | None) -> None:
        ended()
        if result.done():
            return
        if error:
            result.set_exception(error)
        else:
            result.set_result(value)

    def run() -> None:
        value, error = None, None
        try:
            value = work()
        # `finish` passes it to the waiting task.
        except Exception as raised:
            error = raised
        # The loop may have been closed.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(finish, value, error)

    try:
        threading.Thread(target=run, daemon=True).start()
    except BaseException:
        ended()
        raise
    return await result


def _now() -> float:
    return asyncio.get_running_loop().time()
