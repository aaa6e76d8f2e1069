"""Send requests: directly, to public addresses only, or through a trusted proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import hdrs
from yarl import URL

from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.common.web.contact import user_agent
from uploader.flow.limits import Limits
from uploader.web.framing import TolerantConnector
from uploader.web.names import Names, SystemNames
from uploader.web.proxies import NO_PROXIES, Proxies

# Some sites send headers of many kilobytes, such as security policies.
_LONGEST_LINE = 64 * 1024
_MOST_HEADERS = 512


class BrokenConnectionError(aiohttp.ClientConnectionError):
    """A connection broke before the response began. The message gives the cause."""


@dataclass(frozen=True)
class Clients:
    """HTTP clients for direct requests and for requests through a proxy.

    Attributes
    ----------
    direct
        The session for direct requests, which connects to permitted addresses only.
    proxied
        The session for requests through proxies, which may have any address.
    names
        The resolver for direct requests.
    proxies
        The proxy for each URL.
    """

    direct: aiohttp.ClientSession
    proxied: aiohttp.ClientSession
    names: Names
    proxies: Proxies

    def get(self, target: URL, proxy: URL | None) -> Any:
        """Request `target`; return an asynchronous context manager for the response."""
        if proxy is None:
            return self.direct.get(target, allow_redirects=False)
        login = self.proxies.logins.get(proxy)
        header = {hdrs.PROXY_AUTHORIZATION: login} if login else {}
        # For https, the login belongs to the request that opens the tunnel.
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
    """Open clients that reuse connections and store no cookies, until the block ends.

    Parameters
    ----------
    limits
        The timeouts and the maximum number of connections.
    rule
        Checks the address of every direct connection, at connect time.
    contact
        The contact address sent in the User-Agent: a URL or a mail address, or nothing.
    proxies
        The proxies to use. Their own addresses are not checked.
    nameservers
        DNS servers, such as ``"127.0.0.1:53"``. None means those of the system.
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
            "User-Agent": user_agent(contact),
            "Accept": "image/*,*/*;q=0.5",
            # Images are already compressed.
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
    """Send a request once, even if the connection breaks, because the downloader counts retries.

    aiohttp retries after these two errors, unless a middleware replaces them.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenConnectionError(str(error) or type(error).__name__) from error
