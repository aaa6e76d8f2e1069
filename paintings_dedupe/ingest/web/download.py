"""Download one URL over HTTP, politely and within limits."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException

import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, ReadTimeoutError
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
from paintings_dedupe.common.web.urls import UrlError, follow, parse
from paintings_dedupe.ingest.memory import Memory
from paintings_dedupe.ingest.web.limits import Limits
from paintings_dedupe.ingest.web.session import UnreachableError
from paintings_dedupe.ingest.web.visit import Visit, current_visit

_CHUNK_BYTES = 64 * 1024
_NO_ANSWER = "its headers took too long"


class DownloadError(Exception):
    """The download failed; the message gives the reason, without secrets.

    Attributes
    ----------
    transient
        Whether a retry may succeed.
    wait
        For how many seconds the host asked clients to wait.
    """

    def __init__(self, reason: str, transient: bool = False, wait: float = 0.0) -> None:
        super().__init__(shown_reason(reason))
        self.transient = transient
        self.wait = wait


@dataclass(frozen=True)
class Downloader:
    """Downloads one URL after another, in any number of threads.

    Attributes
    ----------
    session
        From `paintings_dedupe.ingest.web.session.new_session`.
    limits
        The limits of each download.
    rule
        Which addresses may be connected to.
    obey_robots
        Whether to refuse an image that X-Robots-Tag forbids.
    trust_proxy
        Whether to use the proxies in the environment, and to let them judge addresses.
    memory
        The memory that all bodies share; its `Memory.image` is open around each call. None for no
        limit.
    """

    session: requests.Session
    limits: Limits = field(default_factory=Limits)
    rule: AddressRule = field(default_factory=AddressRule)
    obey_robots: bool = True
    trust_proxy: bool = False
    memory: Memory | None = None

    def __call__(self, url: str) -> bytes:
        """Return the complete body of `url`; transient errors are retried.

        The waits between tries are those of `paintings_dedupe.common.web.http_answers.backoff`.

        Raises
        ------
        DownloadError
            For a URL that is not http(s), an address that is not public, a host that does not
            answer, a status other than 200, a body that is cut short or too large, whatever its
            headers state, and an image that its site forbids.
        """
        tries = 0
        with Visit(self.rule, self.limits.deadline) as visit:
            while True:
                try:
                    body = self._once(url)
                    # A body that is cut off here may look complete.
                    if not visit.is_over:
                        return body
                    raise DownloadError("its deadline has passed")
                except DownloadError as error:
                    tries += 1
                    wait = backoff(tries, error.wait)
                    if visit.is_over or (error.transient and wait >= visit.left):
                        raise DownloadError(f"took longer than {visit.seconds:g} s") from error
                    if not error.transient or tries >= self.limits.tries:
                        raise
                time.sleep(wait)

    def _once(self, url: str) -> bytes:
        try:
            target = parse(url)
            for _ in range(self.limits.redirects + 1):
                answer = self._ask(target)
                if isinstance(answer, bytes):
                    return answer
                target = answer
        except UrlError as error:
            raise DownloadError(str(error)) from error
        raise DownloadError(f"more than {self.limits.redirects} redirects")

    def _ask(self, target: URL) -> bytes | URL:
        """Send one request to one host; return the body, or the URL of a redirect."""
        visit = current_visit()
        try:
            with visit.answer_within(self.limits.read_timeout + self.limits.rate_window):
                sent = self._send(target)
            with sent as response:
                # Headers that are cut off here may look complete as well.
                if visit.is_unanswered:
                    raise DownloadError(_NO_ANSWER)
                raw: BaseHTTPResponse = response.raw
                location = raw.headers.get("Location")
                if response.status_code in REDIRECTS and location:
                    # The bytes, which http.client decodes as Latin-1.
                    return follow(
                        target, location.encode("latin-1").decode("utf-8", "surrogateescape")
                    )
                self._judge(response.status_code, raw)
                return self._read(raw)
        except UnreachableError as error:
            raise DownloadError(str(error), error.transient) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            if visit.is_unanswered:
                raise DownloadError(_NO_ANSWER) from error
            raise self._broken(error) from error
        # http.client lets ValueError escape for some malformed chunks.
        except (HTTPException, ValueError) as error:
            if isinstance(error, UrlError):
                raise
            raise DownloadError(
                f"Invalid HTTP response: {_fault(error)}", transient=True
            ) from error

    @staticmethod
    def _broken(error: Exception) -> DownloadError:
        """Describe an exception of the libraries."""
        if _is_timeout(error):
            return DownloadError("timed out", transient=True)
        if isinstance(error, requests.exceptions.SSLError):
            return DownloadError(f"could not connect: TLS: {_tls_fault(error)}", transient=True)
        if isinstance(error, HTTPError):
            return DownloadError("the body was cut short", transient=True)
        return DownloadError(f"the connection broke: {_fault(error)}", transient=True)

    def _send(self, target: URL) -> requests.Response:
        proxies = self._proxies(target)
        request = self.session.prepare_request(
            # requests would change the spelling of the URL.
            requests.Request("GET", "http://host/", headers=_authorization(target))
        )
        request.url = str(target.with_user(None).with_fragment(None))
        return self.session.send(
            request,
            stream=True,
            allow_redirects=False,
            timeout=(self.limits.connect_timeout, self.limits.read_timeout),
            proxies=proxies,
        )

    def _proxies(self, target: URL) -> dict[str, str]:
        if not self.trust_proxy:
            return {}
        proxies: dict[str, str] = get_environ_proxies(str(target.with_user(None)))
        if select_proxy(str(target.with_user(None)), proxies):
            try:
                self.rule.check_literal(target.raw_host or "")
            except ForbiddenAddressError as error:
                raise DownloadError(str(error)) from error
        return proxies

    def _judge(self, status: int, response: BaseHTTPResponse) -> None:
        """Raise unless the status and the headers announce an image that may be used."""
        asked = response.headers.get("Retry-After")
        if bad := bad_status(status, response.reason, asked, self.limits.retry_after):
            raise DownloadError(bad.reason, bad.transient, bad.wait)
        rule = forbidding_rule(response.headers.getlist("X-Robots-Tag"))
        if self.obey_robots and rule:
            raise DownloadError(f"the site sends X-Robots-Tag: {rule}")

    def _read(self, response: BaseHTTPResponse) -> bytes:
        too_large = f"larger than {self.limits.max_bytes:,} bytes"
        if (response.length_remaining or 0) > self.limits.max_bytes:
            raise DownloadError(too_large)
        # Not a bytearray, which would be copied at the end.
        body, size = io.BytesIO(), 0
        rate = _Rate(self.limits)
        try:
            decoder = decoder_for(
                response.headers.getlist("Content-Encoding"), self.limits.max_bytes
            )
            while received := response.read1(_CHUNK_BYTES, decode_content=False):
                rate.count(len(received))
                for chunk in decoder.feed(received) if decoder else (received,):
                    size += len(chunk)
                    if size > self.limits.max_bytes:
                        raise DownloadError(too_large)
                    if self.memory:
                        self.memory.grow(size, lambda: self._waiting(rate))
                    body.write(chunk)
            if decoder:
                decoder.finish()
        except TooLargeError as error:
            raise DownloadError(too_large) from error
        except CutShortError as error:
            raise DownloadError("the body was cut short", transient=True) from error
        except (EncodingError, RefusedEncodingError) as error:
            raise DownloadError(str(error)) from error
        return body.getvalue()

    @staticmethod
    @contextmanager
    def _waiting(rate: _Rate) -> Iterator[None]:
        """Exclude waits for others from the time and the rate."""
        with current_visit().paused():
            yield
        rate.start()


class _Rate:
    """The rate of a body."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.start()

    def start(self) -> None:
        """Restart the measurement."""
        self._start, self._bytes = time.monotonic(), 0

    def count(self, received: int) -> None:
        """Record received bytes.

        Raises
        ------
        DownloadError
            When too little arrived within a window of time.
        """
        self._bytes += received
        elapsed = time.monotonic() - self._start
        if elapsed < self._limits.rate_window:
            return
        if self._bytes < self._limits.min_rate * elapsed:
            raise DownloadError(
                f"slower than {self._limits.min_rate:,} bytes per second (--min-rate)",
                transient=True,
            )
        self.start()


def _authorization(target: URL) -> Mapping[str, str]:
    """The Authorization header for a URL with a user: RFC 7617, in UTF-8."""
    if target.raw_user is None:
        return {}
    login = f"{target.user or ''}:{target.password or ''}".encode()
    return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _chain(error: BaseException) -> list[BaseException]:
    """The chain of causes of an error, as requests and urllib3 nest them; the root cause last."""
    found: list[BaseException] = [error]
    while True:
        last = found[-1]
        inner = [getattr(last, "reason", None), *last.args, last.__cause__]
        following = next((one for one in inner if isinstance(one, BaseException)), None)
        if following is None or following in found:
            return found
        found.append(following)


def _is_timeout(error: BaseException) -> bool:
    """Also if requests reports a final read timeout as a failure to connect."""
    kinds = (requests.Timeout, ReadTimeoutError, TimeoutError)
    return any(isinstance(one, kinds) for one in _chain(error))


def _fault(error: BaseException) -> str:
    """The root cause in a few words, without untrusted text."""
    first = _chain(error)[-1]
    return (first.strerror if isinstance(first, OSError) else None) or type(first).__name__


def _tls_fault(error: BaseException) -> str:
    reasons = (getattr(one, "reason", None) for one in reversed(_chain(error)))
    return next((reason for reason in reasons if isinstance(reason, str)), "no secure connection")
