"""Retry requests to a storage account after transient errors."""

from __future__ import annotations

import itertools
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob.aio import ExponentialRetry

_LONGEST_WAIT = 60.0
_OPTIONS = (
    "retry_total",
    "retry_connect",
    "retry_read",
    "retry_status",
    "retry_to_secondary",
    "retry_hook",
    "location_mode",
    "hosts",
)
# If damage occurs more often, the network is not the cause.
_DAMAGED_TIMES = 2


class Retry(ExponentialRetry):
    """A retry policy that extends that of the SDK (lost connections, 408, 5xx) by two cases.

    These are 429, and the response that the bytes were damaged in transit. Unlike the SDK, it does
    not retry a sign-in that has never worked, because waiting does not help. If a sign-in has
    worked, but a new token cannot be obtained, it retries. It does not retry after 401 and 403,
    because a missing right or an expired SAS does not return by itself.
    """

    def __init__(self, times: int) -> None:
        """Create the policy with at most `times` retries."""
        # By default, the SDK waits 15 s before the first retry.
        super().__init__(initial_backoff=1, increment_base=2, retry_total=times)
        self._times = times
        self._has_signed_in = False

    def trust_sign_in(self) -> None:
        """Record that the sign-in works, as another client of the same account has shown."""
        self._has_signed_in = True

    def increment(
        self, settings: dict[str, Any], request: Any, response: Any = None, error: Any = None
    ) -> bool:
        """Count an error, and return whether to retry."""
        if isinstance(error, ClientAuthenticationError) and not self._has_signed_in:
            return False
        return super().increment(settings, request, response, error)

    # The base class is asynchronous, but the class that it inherits from is not.
    async def send(self, request: Any) -> Any:  # type: ignore[override]
        """Send the request with retries, and return the last response."""
        # Each attempt of the SDK removes its options and reads the body to its end.
        options = {k: v for k, v in request.context.options.items() if k in _OPTIONS}
        times = options.get("retry_total", self._times)
        body: Any = getattr(request.http_request, "body", None)
        start = body.tell() if hasattr(body, "seek") and hasattr(body, "tell") else None
        for tries in itertools.count():
            response = await super().send(request)  # type: ignore[no-untyped-call]
            self._has_signed_in = True
            answer = response.http_response
            if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and tries < times:
                asked = answer.headers.get("Retry-After", "")
                says_how_long = asked.isascii() and asked.isdecimal()
                wait = float(asked) if says_how_long else self.get_backoff_time({"count": tries})
                wait = min(wait, _LONGEST_WAIT)
            elif _is_damaged(request.http_request, answer) and tries < min(times, _DAMAGED_TIMES):
                wait = 0.0
            else:
                return response
            await request.context.transport.sleep(wait)
            request.context.options.update(options)
            if start is not None:
                body.seek(start)
        return None


def _is_damaged(request: Any, answer: Any) -> bool:
    """Whether the service received bytes that do not match their MD5."""
    return (
        answer.status_code == HTTPStatus.BAD_REQUEST
        and "Content-MD5" in request.headers
        # Azurite sends the second code.
        and answer.headers.get("x-ms-error-code") in ("Md5Mismatch", "InvalidOperation")
    )
