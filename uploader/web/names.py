"""Find the addresses of host names, within a time limit and without holding up other names."""

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

from common.web.addresses import AddressRule, ForbiddenAddressError

# Seconds for which an answer holds, and for which a failure does.
_ANSWER_HOLDS, _FAILURE_HOLDS = 60.0, 5.0
# How many names are remembered.
_NAMES = 10_000
# Threads that ask the system; those that a slow name keeps after its time limit count, too.
_THREADS = 256
# As many of them may look up names of one domain, so that none can take them all.
_THREADS_A_DOMAIN = 64
_ADDRESS_FLAGS = socket.AI_ADDRCONFIG
# What c-ares says of a name that is not in the DNS, and where there is no DNS server.
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
    """A host name led to no address; the message says why.

    Attributes
    ----------
    transient
        Whether another try may succeed.
    wait
        Seconds after which it is looked up again.
    """

    def __init__(self, reason: str, transient: bool, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.transient = transient
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a name until a time: its addresses, or why it has none."""

    until: float
    found: Sequence[Address] | UnresolvedError | ForbiddenAddressError


class Names(AbstractResolver):
    """Looks names up, each once at a time, and remembers the answers and the failures.

    Connections ask it at the last moment, but a row that has looked the name up before finds the
    answer at once.
    """

    def __init__(self, lookup: Lookup, timeout: float, rule: AddressRule | None) -> None:
        """Set up the memory.

        Parameters
        ----------
        lookup
            Finds the addresses of a name, such as `SystemNames`.
        timeout
            Seconds for one name.
        rule
            Which addresses count; None: all. Whoever connects must judge them once more.
        """
        self._lookup = lookup
        self._timeout = timeout
        self._rule = rule
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()
        self._asking: dict[tuple[str, int], asyncio.Task[Sequence[Address]]] = {}

    def knows(self, host: str, family: socket.AddressFamily = socket.AF_UNSPEC) -> bool:
        """Whether `resolve` would answer at once."""
        return self._remembered(host, family) is not None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of `host`.

        Raises
        ------
        UnresolvedError
            If it has none, or none were found in time.
        ForbiddenAddressError
            If it has some, and none of them counts.
        """
        known = self._remembered(host, family)
        if known is None:
            key = host, int(family)
            task = self._asking.get(key)
            if task is None:
                task = self._asking[key] = asyncio.ensure_future(self._ask(host, family))
                task.add_done_callback(functools.partial(self._asked, key))
            # Several rows wait for it; one that gives up must not cancel it.
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
        """Give up what is being looked up."""
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
    """Asks the DNS with c-ares and, for a name that is not in the DNS, the system's resolver.

    c-ares waits for any number of names at a time without a thread. The system knows further
    sources, such as mDNS and the modules of nsswitch.conf, but keeps a thread busy for each name.
    """

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        """Set up the resolver; `nameservers`, as ``"127.0.0.1:53"``: others than the system's."""
        self._dns = aiodns.DNSResolver(nameservers)
        self._threads = asyncio.Semaphore(_THREADS)
        # Each is gone when no name of its domain is looked up.
        self._domains: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(self, host: str, family: socket.AddressFamily) -> Sequence[Address]:
        """Return the addresses of `host`.

        Raises
        ------
        UnresolvedError
            If it has none.
        UnicodeError
            If it is no name.
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
            infos = await _in_thread(
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
        """Give up what is being asked."""
        await self._dns.close()


async def _in_thread(work: Callable[[], Any], ended: Callable[[], None]) -> Any:
    """Do `work` in a thread of its own, and `ended` after it, though nobody waits any more.

    The end of the program does not wait for the thread: nothing makes it give up.
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
        # Raised where it is waited for.
        except Exception as raised:
            error = raised
        # The loop may be closed by now.
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
