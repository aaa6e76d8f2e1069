"""Fetch the bytes behind one URL, politely and within limits."""

from __future__ import annotations

import asyncio
import email.utils
import hashlib
import os
import random
import re
import ssl
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version

import aiohttp
from yarl import URL

from common.addresses import AddressRule, ForbiddenAddressError
from common.redaction import redact
from common.robots import ROBOT, forbidding_rule
from common.urls import UrlError, follow, parse
from uploader.budget import Loan
from uploader.hosts import HostDownError, Hosts
from uploader.limits import Limits

_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_SERVER_FAULTS = range(500, 600)
# So much of an image is read without asking the budget: most images are not larger.
_UNMETERED_BYTES = 256 * 1024
# How a message of aiohttp quotes the bytes that it is about.
_QUOTED = re.compile(r""":\s+b['"].*""", re.DOTALL)
_LONGEST_BACKOFF = 30.0


class DownloadError(Exception):
    """The URL did not yield its bytes; the message says why.

    Attributes
    ----------
    passing
        Whether another try may succeed.
    wait
        For how many seconds the host asked not to be tried.
    """

    def __init__(self, reason: str, passing: bool = False, wait: float = 0.0) -> None:
        super().__init__(redact(reason))
        self.passing = passing
        self.wait = wait


class RefusedError(Exception):
    """What the URL yields, or where it leads, is not acceptable; the message says why."""


class DisallowedError(Exception):
    """The site forbids the use of its image; the message names the rule."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A complete body.

    Attributes
    ----------
    data
        Its bytes.
    md5
        Their digest, 16 bytes.
    """

    data: bytes
    md5: bytes


def new_client(limits: Limits, rule: AddressRule, contact: str) -> aiohttp.ClientSession:
    """Open a client that reuses connections, and connects only where `rule` permits.

    It keeps no cookies and uses no proxy, behind which `rule` would see nothing.

    Parameters
    ----------
    limits
        What holds for each request.
    rule
        Judges every address at connect time.
    contact
        A URL or mail address that a host's operator can turn to.
    """
    client = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=limits.workers, socket_factory=rule.socket_factory(), ttl_dns_cache=60
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
    )
    # It would send a request a second time when a connection breaks: tries are ours to count.
    client._retry_connection = False
    return client


@dataclass(frozen=True)
class Downloader:
    """Downloads one URL after another, or many at a time.

    Attributes
    ----------
    client
        From `new_client`.
    hosts
        What is known of each host.
    limits
        What holds for each download.
    obey_robots
        Whether to do without an image that X-Robots-Tag forbids.
    """

    client: aiohttp.ClientSession
    hosts: Hosts
    limits: Limits
    obey_robots: bool = True

    async def __call__(self, url: str, loan: Loan, begin: Callable[[], None]) -> Downloaded:
        """Return the complete body of `url`; what may pass is tried again.

        Memory comes out of `loan`. `begin` is called at each try, when the host is about to be
        asked.

        Waits between tries are random, up to 0.5, 1, 2, ... 30 s, and no shorter than the host
        asks (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).

        Raises
        ------
        DownloadError
            For a host that does not answer or is down, a status other than 200, a body cut short.
        RefusedError
            For what is no http(s) URL, an address that is not public, too many redirects, and a
            body larger than the limit, whatever its headers claim.
        DisallowedError
            When the site forbids it.
        """
        tries = 0
        while True:
            try:
                return await self._once(url, loan, begin)
            except DownloadError as error:
                tries += 1
                if not error.passing or tries >= self.limits.tries:
                    raise
                longest = min(0.5 * 2 ** (tries - 1), _LONGEST_BACKOFF)
                wait = max(random.uniform(0, longest), error.wait)  # noqa: S311 (no secret)
            await asyncio.sleep(wait)

    async def _once(self, url: str, loan: Loan, begin: Callable[[], None]) -> Downloaded:
        try:
            target = parse(url)
            for hop in range(self.limits.redirects + 1):
                answer = await self._ask(target, loan, _nothing if hop else begin)
                if isinstance(answer, Downloaded):
                    return answer
                target = answer
        # aiohttp's InvalidURL is a ValueError, as is what a Location of nonsense raises.
        except ValueError as error:
            reason = str(error) if isinstance(error, UrlError) else f"not a usable URL: {error}"
            raise RefusedError(redact(reason)) from error
        raise RefusedError(f"more than {self.limits.redirects} redirects")

    async def _ask(self, target: URL, loan: Loan, begin: Callable[[], None]) -> Downloaded | URL:
        """One request to one host: the body, or the URL that it redirects to."""
        host = target.raw_authority.rpartition("@")[2]
        try:
            async with self.hosts.turn(host):
                begin()
                try:
                    answer = await self._get(target, loan)
                except DownloadError as error:
                    if error.passing:
                        self.hosts.failed(host)
                        self.hosts.quiet(host, error.wait)
                    else:
                        self.hosts.answered(host)
                    raise
                self.hosts.answered(host)
                return answer
        except HostDownError as error:
            raise DownloadError(str(error)) from error

    async def _get(self, target: URL, loan: Loan) -> Downloaded | URL:
        try:
            async with self.client.get(target, allow_redirects=False) as response:
                if response.status in _REDIRECTS and (to := response.headers.get("Location")):
                    return follow(target, to)
                self._judge(response)
                return await self._read(response, loan)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, ForbiddenAddressError):
                raise RefusedError(str(error.os_error)) from error
            raise DownloadError(f"could not connect: {_why(error)}", passing=True) from error
        except TimeoutError as error:
            raise DownloadError("timed out", passing=True) from error
        except aiohttp.ClientPayloadError as error:
            raise DownloadError("the body was cut short", passing=True) from error
        except aiohttp.InvalidURL:
            raise
        except aiohttp.ClientResponseError as error:
            reason = f"the answer is no HTTP: {' '.join(_QUOTED.sub('', error.message).split())}"
            raise DownloadError(reason, passing=True) from error
        except (aiohttp.ClientError, OSError) as error:
            reason = f"the connection broke: {error or type(error).__name__}"
            raise DownloadError(reason, passing=True) from error

    def _judge(self, response: aiohttp.ClientResponse) -> None:
        """Raise unless the status and the headers promise an image that we may have."""
        status = response.status
        if status != HTTPStatus.OK:
            reason = f"HTTP {status} {response.reason or ''}".rstrip()
            if status not in _PASSING and status not in _SERVER_FAULTS:
                raise DownloadError(reason)
            wait = _retry_after(response.headers.get("Retry-After"))
            if wait > self.limits.retry_after:
                raise DownloadError(f"{reason}, and asks to wait {wait:,.0f} s")
            raise DownloadError(reason, passing=True, wait=wait)
        rule = forbidding_rule(response.headers.getall("X-Robots-Tag", []))
        if self.obey_robots and rule:
            raise DisallowedError(f"the site says X-Robots-Tag: {rule}")
        if (response.content_length or 0) > self.limits.max_bytes:
            raise RefusedError(self._too_large())

    async def _read(self, response: aiohttp.ClientResponse, loan: Loan) -> Downloaded:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "deflate", ""):
            raise RefusedError(f"Content-Encoding {encoding}, although identity was asked for")
        inflate = zlib.decompressobj(wbits=47) if encoding in ("gzip", "deflate") else None
        body, md5 = bytearray(), hashlib.md5(usedforsecurity=False)
        try:
            async for received in response.content.iter_any():
                rest = received
                while rest:
                    chunk, rest = rest, b""
                    if inflate:
                        # In steps, since a kilobyte may hide a gigabyte.
                        chunk = inflate.decompress(chunk, _UNMETERED_BYTES)
                        rest = inflate.unconsumed_tail
                        # zlib would keep all of it in memory, without limit.
                        if inflate.unused_data:
                            raise RefusedError(f"bytes follow the end of the {encoding} body")
                    if len(body) + len(chunk) > self.limits.max_bytes:
                        raise RefusedError(self._too_large())
                    if len(body) + len(chunk) > max(_UNMETERED_BYTES, loan.asked):
                        declared = None if inflate else response.content_length
                        await loan.take(declared or self.limits.max_bytes)
                    body += chunk
                    md5.update(chunk)
            if inflate and not inflate.eof:
                raise DownloadError("the body was cut short", passing=True)
        except zlib.error as error:
            raise DownloadError(f"the body is not {encoding}: {error}") from error
        return Downloaded(bytes(body), md5.digest())

    def _too_large(self) -> str:
        return f"larger than {self.limits.max_bytes:,} bytes"


def _nothing() -> None:
    """A further hop is no further try."""


def _retry_after(header: str | None) -> float:
    """Seconds, from either form of the header; 0 where it is missing or odd (RFC 9110, 10.2.3)."""
    if header is None:
        return 0.0
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def _why(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        return f"TLS: {cause.reason or cause}"
    if isinstance(cause, ConnectionError) and cause.errno:
        # asyncio puts the address in the place of the reason.
        return os.strerror(cause.errno)
    return cause.strerror or str(cause) or type(cause).__name__
