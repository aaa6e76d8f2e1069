"""Try a request to a storage account again, when its answer asks for that."""

from __future__ import annotations

import itertools
from http import HTTPStatus
from typing import Any

from azure.storage.blob.aio import ExponentialRetry

_LONGEST_WAIT = 60.0


class Retry(ExponentialRetry):
    """What the SDK tries again (lost connections, 408, 5xx), and two answers more.

    These are 429, and the answer that bytes were damaged on their way.
    """

    def __init__(self, times: int) -> None:
        """Set how often to try again, after the first time."""
        # By default, the SDK waits 15 s before it tries again for the first time.
        super().__init__(initial_backoff=1, increment_base=2, retry_total=times)
        self._times = times

    # Asynchronous, as its base is, whose own base is not.
    async def send(self, request: Any) -> Any:  # type: ignore[override]
        """Send the request, and return the last answer."""
        # The SDK takes its options out, and reads a body to its end.
        options = dict(request.context.options)
        times = options.get("retry_total", self._times)
        body: Any = getattr(request.http_request, "body", None)
        start = body.tell() if hasattr(body, "seek") and hasattr(body, "tell") else None
        for tries in itertools.count():
            response = await super().send(request)  # type: ignore[no-untyped-call]
            if tries >= times or not _is_passing(response.http_response):
                return response
            asked = response.http_response.headers.get("Retry-After", "")
            backoff = self.get_backoff_time({"count": tries})
            wait = float(asked) if asked.isascii() and asked.isdecimal() else 0.0
            await request.context.transport.sleep(min(max(backoff, wait), _LONGEST_WAIT))
            request.context.options.update(options)
            if start is not None:
                body.seek(start)
        return None


def _is_passing(response: Any) -> bool:
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    damaged = response.headers.get("x-ms-error-code") == "Md5Mismatch"
    return bool(damaged and response.status_code == HTTPStatus.BAD_REQUEST)
