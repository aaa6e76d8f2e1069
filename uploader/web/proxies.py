"""Choose the proxy that a download goes through, as the environment says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from common.errors import UserError
from common.web.addresses import AddressRule

_KINDS = ("http", "https")


class ProxyError(UserError):
    """The environment names a proxy that cannot be used; the message says why."""


@dataclass(frozen=True)
class Proxies:
    """The proxies for http and https; none: everything goes direct.

    Attributes
    ----------
    by_scheme
        The proxy for URLs of each scheme, without its user and password.
    logins
        What signs in to each proxy that has a user: the value of Proxy-Authorization.
    rule
        Judges literal addresses, which no proxy may be asked for either.
    """

    by_scheme: Mapping[str, URL]
    logins: Mapping[URL, str]
    rule: AddressRule

    def proxy_for(self, target: URL) -> URL | None:
        """The proxy that `target` is to be asked through; None: it is asked directly.

        Raises
        ------
        ForbiddenAddressError
            For a URL whose host is an address, or a name of this machine, that `rule` forbids:
            whatever else the proxy may judge, that is known here.
        """
        proxy = self.by_scheme.get(target.scheme)
        host = target.host or ""
        if proxy is None or proxy_bypass(f"{host}:{target.port}") or proxy_bypass(host):
            return None
        self.rule.check_literal(host)
        return proxy


NO_PROXIES = Proxies({}, {}, AddressRule())


def named_proxies() -> dict[str, str]:
    """The proxies that the environment names for http and https, with their passwords."""
    found = getproxies()
    everywhere = found.get("all")
    named = {kind: found.get(kind, everywhere) for kind in _KINDS}
    return {kind: proxy for kind, proxy in named.items() if proxy}


def proxies_of(named: Mapping[str, str], rule: AddressRule) -> Proxies:
    """Read the proxies that `named_proxies` returns.

    Raises
    ------
    ProxyError
        If one is no URL, or of a kind that is not supported.
    """
    by_scheme, logins = {}, {}
    for kind, text in named.items():
        try:
            url = URL(text if "://" in text else f"http://{text}")
            host, _ = url.host, url.port
        except ValueError:
            host = None
        # What was read stays unsaid: it may hold a password.
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
            logins[bare] = aiohttp.encode_basic_auth(url.user, url.password or "", "utf-8")
    return Proxies(by_scheme, logins, rule)
