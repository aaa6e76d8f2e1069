"""Try a request to a storage account again, when its answer asks for that."""

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
# If it happens again, it is not the network that damages them.
_DAMAGED_TIMES = 2


class Retry(ExponentialRetry):
    """What the SDK tries again (lost connections, 408, 5xx), and two answers more.

    These are 429, and the answer that bytes were damaged on their way. Unlike the SDK, it does not
    wait for a sign-in that has never worked: nobody is signed in, and will not be in a minute. One
    that has worked, and fails to get another token, is tried again. An answer that refuses who is
    signed in (401, 403) is none to wait for: a right or a SAS does not come back by itself.
    """

    def __init__(self, times: int) -> None:
        """Set how often to try again, after the first time."""
        # By default, the SDK waits 15 s before it tries again for the first time.
        super().__init__(initial_backoff=1, increment_base=2, retry_total=times)
        self._times = times
        self._has_signed_in = False

    def trust_sign_in(self) -> None:
        """Take it that the sign-in works, since another client of the same account got answers."""
        self._has_signed_in = True

    def increment(
        self, settings: dict[str, Any], request: Any, response: Any = None, error: Any = None
    ) -> bool:
        """Count a fault, and return whether to try again."""
        if isinstance(error, ClientAuthenticationError) and not self._has_signed_in:
            return False
        return super().increment(settings, request, response, error)

    # Asynchronous, as its base is, whose own base is not.
    async def send(self, request: Any) -> Any:  # type: ignore[override]
        """Send the request, and return the last answer."""
        # The SDK takes its own options out, and reads a body to its end.
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
    """Whether the service got other bytes than those of the MD5 that was sent with them."""
    return (
        answer.status_code == HTTPStatus.BAD_REQUEST
        and "Content-MD5" in request.headers
        # The second is what Azurite says.
        and answer.headers.get("x-ms-error-code") in ("Md5Mismatch", "InvalidOperation")
    )
