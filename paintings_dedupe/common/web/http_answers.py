"""Judge the answers of web servers by the rules that ingest and the uploader share."""

from __future__ import annotations

import email.utils
import random
import time
from dataclasses import dataclass
from http import HTTPStatus

from paintings_dedupe.common.web.redaction import redact

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_SERVER_FAULTS = range(500, 600)
_LONGEST_BACKOFF, _MOST_DOUBLINGS = 30.0, 10
# Maximum length of a reason. A status line may have 64 KiB, which would take long to search for
# secrets.
_LONGEST_REASON = 4_000


@dataclass(frozen=True, slots=True)
class BadStatus:
    """A status other than 200, as the reason of a failure.

    Attributes
    ----------
    reason
        The status line, and why there is no retry if the host asked for too long a wait.
    transient
        Whether a retry may succeed.
    wait
        Seconds that the host asked for.
    """

    reason: str
    transient: bool = False
    wait: float = 0.0


def bad_status(
    status: int, phrase: str | None, asked: str | None, longest_wait: float
) -> BadStatus | None:
    """Judge a status; None if it is 200.

    Parameters
    ----------
    status, phrase
        Of the status line.
    asked
        The header Retry-After.
    longest_wait
        Seconds that a host may ask for.
    """
    if status == HTTPStatus.OK:
        return None
    reason = f"HTTP {status} {phrase or ''}".rstrip()
    if not is_transient(status):
        return BadStatus(reason)
    wait = retry_after(asked)
    if wait > longest_wait:
        return BadStatus(f"{reason}, and asks to wait {wait:,.0f} s")
    return BadStatus(reason, True, wait)


def is_transient(status: int) -> bool:
    """Whether the error is transient, so that a retry may succeed: 408, 429 and 5xx."""
    return status in _TRANSIENT or status in _SERVER_FAULTS


def retry_after(header: str | None) -> float:
    """Seconds, from either form of the header; 0 if it is missing or invalid (RFC 9110, 10.2.3)."""
    if header is None:
        return 0.0
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0


def backoff(tries: int, asked: float) -> float:
    """Seconds to wait after this many failed tries: random, and at least what the host asked for.

    At most 0.5, 1, 2, ... 30 s, unless it asked for more
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """
    longest = min(0.5 * 2 ** min(tries - 1, _MOST_DOUBLINGS), _LONGEST_BACKOFF)
    return max(random.uniform(0, longest), asked)  # noqa: S311 (no secret)


def shown_reason(reason: str) -> str:
    """Why a download failed, in a form that may be shown and recorded; it may quote the server."""
    return redact(reason[:_LONGEST_REASON])
