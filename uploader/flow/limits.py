"""State the limits of a run, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What a run asks of hosts and of this machine at most. Times are in seconds.

    Attributes
    ----------
    workers
        Images in flight at a time, in whatever stage.
    per_host
        Requests to one host at a time.
    connect_timeout, read_timeout
        For a connection; for each read without a single byte.
    name_timeout
        To resolve the name of a host.
    min_rate, rate_window
        In bytes a second, what a host must send of a body in each such window at least.
    deadline
        For one image from its first request to its place in the store, all tries included; the
        waits between them, for names, busy hosts, memory and decoders are not.
    tries
        How often a download is begun before it has failed.
    retry_after
        The longest wait that a host may ask for; one that asks for more has failed.
    host_failures, host_pause
        After how many failures in a row a host is left alone, and for how long.
    redirects
        Hops to follow.
    max_bytes
        The largest image.
    memory
        Bytes that all downloads together may hold.
    drift
        In how many of its 128 bits the hash of a download may differ from that of the row.
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
    drift: int = 32
