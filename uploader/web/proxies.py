"""Choose the proxy for a download from the environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.web.addresses import AddressRule

if TYPE_CHECKING:
    from yarl import URL

_KINDS = ("http", "https")


class ProxyError(UserError):
    """The environment names a proxy that cannot be used. The message gives the cause."""


@dataclass(frozen=True)
class Proxies:
    """The proxies for http and https. Schemes without a proxy are requested directly.

    Attributes
    ----------
    by_scheme
        The proxy for each URL scheme, without user and password.
    logins
        The value of Proxy-Authorization for each proxy with a user.
    rule
        The permitted addresses. It also applies to addresses in URLs requested through a proxy.
    """

    by_scheme: Mapping[str, URL]
    logins: Mapping[URL, str]
    rule: AddressRule

    def proxy_for(self, target: URL) -> URL | None:
        """Return the proxy for `target`, or None for a direct request.

        Raises
        ------
        ForbiddenAddressError
            If there is a proxy, and the host is a forbidden address or a name of this machine.
            The proxy resolves all other names.
        """
        proxy = self.by_scheme.get(target.scheme)
        host = target.host or ""
        if proxy is None or proxy_bypass(f"{host}:{target.port}") or proxy_bypass(host):
            return None
        self.rule.check_literal(host)
        return proxy


NO_PROXIES = Proxies({}, {}, AddressRule())


def named_proxies() -> dict[str, str]:
    """Return the proxies for http and https from the environment, with their passwords."""
    found = getproxies()
    everywhere = found.get("all")
    named = {kind: found.get(kind, everywhere) for kind in _KINDS}
    return {kind: proxy for kind, proxy in named.items() if proxy}


def proxies_of(named: Mapping[str, str], rule: AddressRule) -> Proxies:
    """Parse the proxies that `named_proxies` returns.

    Raises
    ------
    ProxyError
        If one is not a URL, or its kind is not supported.
    """
    # Slow to import, and few runs have proxies, or anything to download.
    from aiohttp import encode_basic_auth  # noqa: PLC0415
    from yarl import URL  # noqa: PLC0415

    by_scheme, logins = {}, {}
    for kind, text in named.items():
        try:
            url = URL(text if "://" in text else f"http://{text}")
            host, _ = url.host, url.port
        except ValueError:
            host = None
        # The message does not quote the value, which may contain a password.
        if not host:
            raise ProxyError(f"{kind.upper()}_PROXY is not a URL such as http://proxy:3128")
        if url.scheme != "http":
            raise ProxyError(
                f"{kind.upper()}_PROXY names a {url.scheme} proxy, but "
                "downloads can only use http:// proxies"
            )
        bare = url.with_user(None)
        by_scheme[kind] = bare
        if url.user:
            logins[bare] = encode_basic_auth(url.user, url.password or "", "utf-8")
    return Proxies(by_scheme, logins, rule)
