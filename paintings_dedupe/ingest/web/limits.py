"""Define the limits of a download and their defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a download. Times are in seconds; the defaults are those of the uploader.

    Attributes
    ----------
    max_bytes
        The maximum size of a body.
    deadline
        For one image, from its first request to its last byte, including retries.
    connect_timeout, read_timeout
        To connect; for a read that returns no byte.
    min_rate, rate_window
        The minimum rate of a body, in bytes per second, in each window of this many seconds.
        Headers have one window more than a read.
    tries
        The maximum number of tries.
    retry_after
        The longest wait that a host may ask for; if it asks for more, the download fails.
    redirects
        The maximum number of redirects.
    """

    max_bytes: int = 64 * 1024 * 1024
    deadline: float = 120.0
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    min_rate: int = 1_000
    rate_window: float = 10.0
    tries: int = 4
    retry_after: float = 60.0
    redirects: int = 5
