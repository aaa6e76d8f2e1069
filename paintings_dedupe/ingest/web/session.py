"""Create a session of requests that follows our rules for addresses, time and spelling."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Mapping
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import unquote

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from paintings_dedupe.common.web.addresses import ForbiddenAddressError
from paintings_dedupe.common.web.contact import user_agent
from paintings_dedupe.ingest.web.visit import current_visit

# Each of these may name the trusted certificates.
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_ORIGIN = re.compile(r"[^/]*//[^/?#]*")
# 1xx: an interim answer, except the one that switches protocols.
_INTERIM = range(102, 200)


class UnreachableError(Exception):
    """The host could not be connected to; the message gives the reason.

    Attributes
    ----------
    transient
        Whether a retry may succeed.
    """

    def __init__(self, reason: str, transient: bool = True) -> None:
        super().__init__(reason)
        self.transient = transient


class GuestSession(requests.Session):
    """A session that stores no cookies, ignores .netrc, and follows no redirects."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow no redirect: requests would read its whole body, however long that is."""
        return None


def new_session(connections: int, contact: str) -> GuestSession:
    """Create a session; each use needs a `paintings_dedupe.ingest.web.visit.Visit` around it.

    Parameters
    ----------
    connections
        The number of connections that are kept, in total and per host: that of the threads.
    contact
        A URL or email address for the operators of hosts, or nothing.
    """
    session = GuestSession()
    # The environment and .netrc would add proxies and passwords, which the caller decides on.
    session.trust_env = False
    session.verify = next(filter(None, map(os.environ.get, _CERTIFICATES)), True)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    adapter = _Adapter(pool_connections=connections, pool_maxsize=connections, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers.update(
        {
            "User-Agent": user_agent(contact),
            "Accept": "image/*,*/*;q=0.5",
            # Images are already compressed.
            "Accept-Encoding": "identity",
        }
    )
    return session


class _Adapter(HTTPAdapter):
    """Connects by our rules, and requests URLs as they are spelled."""

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
        super().init_poolmanager(*arguments, **settings)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **settings: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **settings)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def request_url(
        self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None
    ) -> str:
        """The target in the request line, protected from changes by urllib3."""
        url = str(request.url)
        origin = _ORIGIN.match(url)
        start = origin.end() if origin else 0
        path = url[start:] if url.startswith("/", start) else f"/{url[start:]}"
        is_forwarded = url.startswith("http:") and select_proxy(url, dict(proxies or {}))
        return f"{url[:start] if is_forwarded else ''}/{_armoured(path[1:])}"


class _Response(HTTPResponse):
    """An answer, after any number of interim ones."""

    def _read_status(self) -> tuple[str, int, str]:
        found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        protocol, status, reason = found
        # The base class skips only a 100.
        return protocol, 100 if status in _INTERIM else status, reason


class _Connection(HTTPConnection):
    """Connects to permitted addresses only, within the time of the current visit."""

    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self)

    def connect(self) -> None:
        super().connect()
        current_visit().uses(self.sock)

    def putrequest(self, method: str, url: str, *arguments: Any, **settings: Any) -> None:
        current_visit().uses(self.sock)
        super().putrequest(method, _unarmoured(url), *arguments, **settings)


class _TlsConnection(_Connection, HTTPSConnection):
    """The same with TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


def _armoured(target: str) -> str:
    """Escape everything that urllib3 might change, including escapes and dots."""
    return re.sub(r"[^A-Za-z0-9]", lambda match: f"%{ord(match[0]):02X}", target)


def _unarmoured(url: str) -> str:
    origin = _ORIGIN.match(url)
    start = origin.end() if origin else 0
    return url[:start] + unquote(url[start:])


def _connected(connection: HTTPConnection) -> socket.socket:
    """Connect to the first allowed address of the host that answers.

    Each address is checked when its socket is opened, so neither a redirect nor a name that
    resolves differently the second time can bypass the check. The address of a proxy is chosen by
    the user.

    Raises
    ------
    UnreachableError
        When there is none.
    """
    visit = current_visit()
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else visit.left
    whom = "could not connect to the proxy" if connection.proxy else "could not connect"
    fault = UnreachableError(f"{whom}: it has no address")
    for family, kind, protocol, _, address in _addresses(connection, timeout):
        try:
            if connection.proxy is None:
                visit.rule.check(str(address[0]))
        except ForbiddenAddressError as error:
            fault = UnreachableError(str(error), transient=False)
            continue
        opened = socket.socket(family, kind, protocol)
        visit.uses(opened)
        try:
            for option in connection.socket_options or ():
                opened.setsockopt(*option)
            # This also limits the TLS handshake, which cannot be interrupted.
            opened.settimeout(max(0.001, min(timeout, visit.left)))
            opened.connect(address)
        except OSError as error:
            visit.uses(None)
            opened.close()
            reason = "timed out" if isinstance(error, TimeoutError) else _strerror(error)
            fault = UnreachableError(f"{whom}: {reason}")
            continue
        return opened
    raise fault


def _addresses(connection: HTTPConnection, timeout: float) -> list[Any]:
    """Resolve the host's name within `timeout`."""
    found: list[Any] = []
    fault: list[OSError | UnicodeError] = []

    def resolve() -> None:
        try:
            name = connection._dns_host.strip("[]")
            found.extend(socket.getaddrinfo(name, connection.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            fault.append(error)

    # The system's resolver has no time limit. A later result is ignored.
    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(min(timeout, current_visit().left))
    if thread.is_alive():
        raise UnreachableError("could not connect: resolving the name timed out")
    if fault:
        reason = _strerror(fault[0]) if isinstance(fault[0], OSError) else "not a valid name"
        raise UnreachableError(f"could not connect: {reason}")
    return found


def _strerror(error: OSError) -> str:
    return error.strerror or type(error).__name__
