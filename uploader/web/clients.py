"""Send requests: directly, to public addresses only, or through a trusted proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import aiohttp
from aiohttp import hdrs
from yarl import URL

from common.web.addresses import AddressRule
from common.web.robots import ROBOT
from uploader.flow.limits import Limits
from uploader.web.framing import TolerantConnector
from uploader.web.names import Names, SystemNames
from uploader.web.proxies import NO_PROXIES, Proxies

# Headers may be so long: some sites send policies of many kilobytes.
_LONGEST_LINE = 64 * 1024
_MOST_HEADERS = 512


class BrokenConnectionError(aiohttp.ClientConnectionError):
    """A connection ended before the answer had begun; the message says how."""


@dataclass(frozen=True)
class Clients:
    """What sends a request, directly or through a proxy.

    Attributes
    ----------
    direct
        Connects only where the rule for addresses permits.
    proxied
        Connects to proxies, wherever they are.
    names
        Finds the addresses of hosts.
    proxies
        Says which URL goes through which proxy.
    """

    direct: aiohttp.ClientSession
    proxied: aiohttp.ClientSession
    names: Names
    proxies: Proxies

    def get(self, target: URL, proxy: URL | None) -> Any:
        """Ask for `target`; what comes is an asynchronous context manager of the response."""
        if proxy is None:
            return self.direct.get(target, allow_redirects=False)
        login = self.proxies.logins.get(proxy)
        header = {hdrs.PROXY_AUTHORIZATION: login} if login else {}
        # A tunnel is opened with a request of its own.
        mine, its = ({}, header) if target.scheme == "https" else (header, {})
        return self.proxied.get(
            target, allow_redirects=False, proxy=proxy, headers=mine, proxy_headers=its
        )


@asynccontextmanager
async def open_clients(
    limits: Limits,
    rule: AddressRule,
    contact: str,
    proxies: Proxies = NO_PROXIES,
    nameservers: Sequence[str] | None = None,
) -> AsyncIterator[Clients]:
    """Open clients that reuse connections, until the block ends. They keep no cookies.

    Parameters
    ----------
    limits
        What holds for each request.
    rule
        Judges every address that is connected to directly, at connect time.
    contact
        A URL or mail address that a host's operator can turn to.
    proxies
        What goes through a proxy, whose own address is not judged.
    nameservers
        Other DNS servers than the system's, such as ``"127.0.0.1:53"``.
    """
    async with AsyncExitStack() as opened:
        system = SystemNames(nameservers)
        opened.push_async_callback(system.close)
        names = Names(system, limits.name_timeout, rule)
        opened.push_async_callback(names.close)
        names_of_proxies = Names(system, limits.name_timeout, None)
        opened.push_async_callback(names_of_proxies.close)
        direct = _session(limits, names, contact, rule.socket_factory())
        await opened.enter_async_context(direct)
        proxied = _session(limits, names_of_proxies, contact, None)
        await opened.enter_async_context(proxied)
        yield Clients(direct, proxied, names, proxies)


def _session(limits: Limits, names: Names, contact: str, factory: Any) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=TolerantConnector(
            limit=limits.workers, socket_factory=factory, resolver=names, use_dns_cache=False
        ),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=limits.connect_timeout, sock_read=limits.read_timeout
        ),
        headers={
            "User-Agent": f"{ROBOT}/{version('paintings-dedupe')} (+{contact})",
            "Accept": "image/*,*/*;q=0.5",
            # An image is compressed already.
            "Accept-Encoding": "identity",
        },
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
        max_headers=_MOST_HEADERS,
        middlewares=(_send_once,),
    )


async def _send_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once, even if the connection breaks: tries are ours to count.

    A session sends it again after either of these errors, unless a middleware makes it another.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenConnectionError(str(error) or type(error).__name__) from error
