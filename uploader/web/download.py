"""Download one URL within limits, with retries."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from yarl import URL

from paintings_dedupe.common.web.addresses import AddressRule, ForbiddenAddressError
from paintings_dedupe.common.web.content_encoding import (
    CutShortError,
    EncodingError,
    RefusedEncodingError,
    TooLargeError,
    decoder_for,
)
from paintings_dedupe.common.web.http_answers import REDIRECTS, backoff, bad_status, shown_reason
from paintings_dedupe.common.web.robots import forbidding_rule
from paintings_dedupe.common.web.urls import UrlError, follow, host_of, parse
from uploader.flow import descriptors
from uploader.flow.budget import Loan
from uploader.flow.limits import Limits
from uploader.flow.row_clock import RowClock
from uploader.outcomes import Outcome, RowError
from uploader.web.clients import Clients, open_clients
from uploader.web.hosts import HostDownError, Hosts
from uploader.web.names import UnresolvedError
from uploader.web.proxies import Proxies

# The first bytes of an image do not count against the budget. Most images are not larger.
_UNMETERED_BYTES = 256 * 1024
# The step in which a loan grows after that.
_LOAN_STEP = 256 * 1024
# The bytes quoted at the end of an aiohttp message.
_QUOTED = re.compile(r""":\s+b['"].*""", re.DOTALL)
# Hosts that are IP addresses and need no name resolution.
_ADDRESS = re.compile(r"[\d.]+|.*:.*")
# Bytes of a header that are not UTF-8, as Python's surrogateescape represents them.
_RAW_BYTE = re.compile("[\udc80-\udcff]")


class DownloadError(RowError):
    """The download failed. The message gives the cause.

    Attributes
    ----------
    transient
        Whether a retry may succeed.
    wait
        How long to send no requests to the host, in seconds.
    blameless
        Whether this machine or its proxy is the cause, so that it does not count for the host.
    """

    def __init__(
        self, reason: str, transient: bool = False, wait: float = 0.0, blameless: bool = False
    ) -> None:
        super().__init__(shown_reason(reason))
        self.transient = transient
        self.wait = wait
        self.blameless = blameless


class RefusedError(RowError):
    """The URL or its content is not acceptable. The message gives the cause."""

    outcome = Outcome.REFUSED


class DisallowedError(RowError):
    """The site forbids the use of its image. The message gives the rule."""

    outcome = Outcome.DISALLOWED


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A complete response body.

    Attributes
    ----------
    data
        The bytes.
    md5
        The MD5 digest of the bytes, 16 bytes.
    """

    data: bytes
    md5: bytes


@dataclass(frozen=True)
class Downloader:
    """Downloads URLs; many downloads may run concurrently.

    Attributes
    ----------
    clients
        The HTTP clients.
    hosts
        The state of each host.
    limits
        The limits for each download.
    obey_robots
        Whether to respect an X-Robots-Tag that forbids the use of an image.
    """

    clients: Clients
    hosts: Hosts
    limits: Limits
    obey_robots: bool = True

    async def __call__(self, url: str, loan: Loan, clock: RowClock) -> Downloaded:
        """Return the complete body of `url`, with retries after transient errors.

        Memory is borrowed through `loan`. `clock` counts the tries and starts with the first
        request. It is paused while the row waits for name resolution, for other rows or between
        tries, and the row leaves its place during longer waits. `http_answers.backoff`
        gives the wait between tries.

        Raises
        ------
        DownloadError
            If the host does not respond, is down or too slow, the status is not 200, or the body
            is incomplete.
        RefusedError
            If the URL is not a valid http(s) URL, the address is not public, there are too many
            redirects, or the body exceeds the limit, whatever its headers claim.
        DisallowedError
            If the site forbids the use of the image.
        uploader.flow.places.StoppedError
            If the run is stopped while the row has no open request.
        """
        tries = 0
        while True:
            try:
                return await self._once(url, loan, clock)
            except DownloadError as error:
                tries += 1
                if not error.transient or tries >= self.limits.tries:
                    raise
                wait = backoff(tries, error.wait)
            loan.give_back()
            async with clock.aside():
                await asyncio.sleep(wait)

    async def _once(self, url: str, loan: Loan, clock: RowClock) -> Downloaded:
        try:
            target = parse(url)
            for hop in range(self.limits.redirects + 1):
                # A redirect does not count as another try.
                answer = await self._ask(target, loan, clock, is_try=not hop)
                if isinstance(answer, Downloaded):
                    return answer
                target = answer
        # aiohttp's InvalidURL is a ValueError, and an invalid Location raises one, too.
        except ValueError as error:
            reason = str(error) if isinstance(error, UrlError) else f"not a usable URL: {error}"
            raise RefusedError(shown_reason(reason)) from error
        except ForbiddenAddressError as error:
            raise RefusedError(str(error)) from error
        raise RefusedError(f"more than {self.limits.redirects} redirects")

    async def _ask(
        self, target: URL, loan: Loan, clock: RowClock, is_try: bool
    ) -> Downloaded | URL:
        """Send one request to one host; return the body, or the URL that it redirects to."""
        host = host_of(target)
        proxy = self.clients.proxies.proxy_for(target)
        try:
            async with self.hosts.turn(host, clock.aside, clock.in_place):
                clock.tries += is_try
                try:
                    if proxy is None:
                        await self._look_up(target, clock)
                    clock.start()
                    answer = await self._get(target, proxy, loan, clock)
                except DownloadError as error:
                    if error.transient and not error.blameless:
                        self.hosts.failed(host, str(error))
                        self.hosts.quiet(host, error.wait)
                    elif not error.transient:
                        self.hosts.answered(host)
                    raise
                except asyncio.CancelledError:
                    # The deadline of the row has passed, or the run ends.
                    self.hosts.failed(host, f"took longer than {self.limits.deadline:g} s")
                    raise
                self.hosts.answered(host)
                return answer
        except HostDownError as error:
            raise DownloadError(str(error)) from error

    async def _look_up(self, target: URL, clock: RowClock) -> None:
        """Resolve the host name before the request, because that may take a while."""
        host = target.raw_host or ""
        names = self.clients.names
        if names.knows(host) or _ADDRESS.fullmatch(host):
            return
        try:
            async with clock.aside():
                await names.resolve(host)
        except UnresolvedError as error:
            raise _unresolved(error) from error

    async def _get(
        self, target: URL, proxy: URL | None, loan: Loan, clock: RowClock
    ) -> Downloaded | URL:
        try:
            async with self.clients.get(target, proxy) as response:
                if response.status in REDIRECTS and (to := response.headers.get("Location")):
                    return follow(target, _RAW_BYTE.sub(_escape, to))
                self._judge(response, proxy)
                return await self._read(response, loan, clock)
        except aiohttp.ClientHttpProxyError as error:
            raise _refused_by_proxy(error.status, error.message) from error
        except aiohttp.ClientProxyConnectionError as error:
            reason = f"could not connect to the proxy: {_why(error)}"
            raise DownloadError(reason, transient=True, blameless=True) from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, ForbiddenAddressError):
                raise RefusedError(str(error.os_error)) from error
            if isinstance(error.os_error, UnresolvedError):
                raise _unresolved(error.os_error) from error
            if descriptors.ran_out(error.os_error):
                raise DownloadError(descriptors.REMEDY, transient=True, blameless=True) from error
            raise DownloadError(f"could not connect: {_why(error)}", transient=True) from error
        except TimeoutError as error:
            raise DownloadError("timed out", transient=True) from error
        except aiohttp.ClientPayloadError as error:
            raise DownloadError("the body was cut short", transient=True) from error
        except aiohttp.InvalidURL:
            raise
        except aiohttp.ClientResponseError as error:
            reason = f"Invalid HTTP response: {' '.join(_QUOTED.sub('', error.message).split())}"
            raise DownloadError(reason, transient=True) from error
        except (aiohttp.ClientError, OSError) as error:
            reason = f"the connection broke: {error or type(error).__name__}"
            raise DownloadError(reason, transient=True) from error

    def _judge(self, response: aiohttp.ClientResponse, proxy: URL | None) -> None:
        """Raise an error unless the status and the headers allow the use of the body."""
        status = response.status
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and proxy:
            raise _refused_by_proxy(status, response.reason or "")
        asked = response.headers.get("Retry-After")
        if bad := bad_status(status, response.reason, asked, self.limits.retry_after):
            raise DownloadError(bad.reason, bad.transient, bad.wait)
        rule = forbidding_rule(response.headers.getall("X-Robots-Tag", []))
        if self.obey_robots and rule:
            raise DisallowedError(f"the site sends X-Robots-Tag: {rule}")
        if (response.content_length or 0) > self.limits.max_bytes:
            raise RefusedError(self._too_large())

    async def _read(
        self, response: aiohttp.ClientResponse, loan: Loan, clock: RowClock
    ) -> Downloaded:
        body, md5 = bytearray(), hashlib.md5(usedforsecurity=False)
        try:
            headers = response.headers.getall("Content-Encoding", ())
            decoder = decoder_for(headers, self.limits.max_bytes) if headers else None
            pace = _Pace(self.limits)
            async for received in response.content.iter_any():
                pace.note(len(received))
                for chunk in decoder.feed(received) if decoder else (received,):
                    length = len(body) + len(chunk)
                    if length > self.limits.max_bytes:
                        raise RefusedError(self._too_large())
                    if length > max(_UNMETERED_BYTES, loan.count):
                        with clock.paused():
                            await loan.grow(-(-length // _LOAN_STEP) * _LOAN_STEP)
                        pace.restart()
                    body += chunk
                    md5.update(chunk)
            if decoder:
                decoder.finish()
        except TooLargeError as error:
            raise RefusedError(self._too_large()) from error
        except RefusedEncodingError as error:
            raise RefusedError(str(error)) from error
        except EncodingError as error:
            raise DownloadError(str(error)) from error
        except CutShortError as error:
            raise DownloadError("the body was cut short", transient=True) from error
        return Downloaded(bytes(body), md5.digest())

    def _too_large(self) -> str:
        return f"larger than {self.limits.max_bytes:,} bytes"


@asynccontextmanager
async def open_downloader(
    limits: Limits, addresses: AddressRule, contact: str, obey_robots: bool, proxies: Proxies
) -> AsyncIterator[Downloader]:
    """Open a downloader with clients of its own, until the block ends.

    Parameters
    ----------
    limits, addresses, contact, proxies
        As for `open_clients`; the limits are also those of each download and each host.
    obey_robots
        As for `Downloader`.
    """
    async with open_clients(limits, addresses, contact, proxies) as clients:
        hosts = Hosts(limits.per_host, limits.host_failures, limits.host_pause)
        yield Downloader(clients, hosts, limits, obey_robots)


class _Pace:
    """Checks that a download is not slower than the minimum rate."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.restart()

    def restart(self) -> None:
        """Start a new window, for example after a wait that the host did not cause."""
        self._since = asyncio.get_running_loop().time()
        self._count = 0

    def note(self, count: int) -> None:
        """Count received bytes; raise a DownloadError if the last window was too slow."""
        self._count += count
        elapsed = asyncio.get_running_loop().time() - self._since
        if elapsed < self._limits.rate_window:
            return
        if self._count < self._limits.min_rate * elapsed:
            raise DownloadError(
                f"slower than {self._limits.min_rate:,} bytes per second (--min-rate)",
                transient=True,
            )
        self.restart()


def _unresolved(error: UnresolvedError) -> DownloadError:
    if error.transient and descriptors.ran_out():
        return DownloadError(descriptors.REMEDY, transient=True, blameless=True)
    return DownloadError(str(error), error.transient, error.wait)


def _refused_by_proxy(status: int, reason: str) -> DownloadError:
    said = f"the proxy answered HTTP {status} {reason}".rstrip()
    # A 5xx status means that the proxy cannot reach the host, so it counts for the host.
    transient = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return DownloadError(said, transient, blameless=not transient)


def _escape(byte: re.Match[str]) -> str:
    return f"%{ord(byte[0]) - 0xDC00:02X}"


def _why(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return f"TLS: {cause.reason or cause}"
    if isinstance(cause, ConnectionError) and cause.errno:
        # asyncio's message has the address instead of the reason.
        return os.strerror(cause.errno)
    return cause.strerror or str(cause) or type(cause).__name__
