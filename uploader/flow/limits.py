"""Define the limits of a run and their defaults."""

from __future__ import annotations

from dataclasses import dataclass

from paintings_dedupe.common.images.hash_text import DRIFT

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of a run. Times are in seconds, sizes in bytes.

    Attributes
    ----------
    workers
        Maximum number of images processed at a time.
    per_host
        Maximum number of simultaneous requests to one host.
    connect_timeout, read_timeout
        Timeouts for connecting, and for each read.
    name_timeout
        Timeout for resolving a host name.
    min_rate, rate_window
        Minimum download rate in bytes per second, measured in each window of `rate_window`.
    deadline
        Maximum time for one image from its first request until it is stored, including all tries.
        Waiting between tries, or for names, busy hosts, memory and decoders, does not count.
    tries
        Maximum number of tries per image.
    retry_after
        Longest wait that a host may ask for. If it asks for more, the download fails.
    host_failures, host_pause
        Number of consecutive failures after which no requests are sent to a host, and for how
        long.
    redirects
        Maximum number of redirects to follow.
    max_bytes
        Maximum size of an image.
    memory
        Maximum memory for all images processed at a time.
    drift
        Maximum number of differing bits (of 128) between the hashes of a download and its row.
    """

    workers: int = 64
    per_host: int = 16
    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    name_timeout: float = 10.0
    min_rate: int = 1_000
    rate_window: float = 10.0
    deadline: float = 120.0
    tries: int = 4
    retry_after: float = 60.0
    host_failures: int = 10
    host_pause: float = 60.0
    redirects: int = 5
    max_bytes: int = 64 * MIB
    memory: int = 128 * MIB
    drift: int = DRIFT
