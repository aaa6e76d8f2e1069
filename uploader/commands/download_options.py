"""The options of everything that downloads images, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from paintings_dedupe.common.options import (
    contact_option,
    ignore_robots_option,
    private_hosts_option,
)
from paintings_dedupe.common.terminal import say
from paintings_dedupe.common.web.addresses import AddressRule
from uploader.commands.options import COUNT, SECONDS, limit_option
from uploader.flow.limits import Limits

if TYPE_CHECKING:
    from rich.console import Console

    from uploader.web.proxies import Proxies

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    limit_option(
        "workers", click.IntRange(1, 1024), "Maximum number of images processed at a time."
    ),
    limit_option("per_host", COUNT, "Maximum number of simultaneous requests to one host."),
    limit_option("connect_timeout", SECONDS, "Maximum time to connect, in seconds."),
    limit_option("read_timeout", SECONDS, "Maximum time to wait for the next byte, in seconds."),
    limit_option("name_timeout", SECONDS, "Maximum time to resolve a host name, in seconds."),
    limit_option(
        "min_rate",
        click.IntRange(0),
        "Minimum download rate, in bytes per second. A download that is slower for ten seconds "
        "fails. 0 means no minimum.",
    ),
    limit_option(
        "deadline",
        SECONDS,
        "Maximum time for one image, in seconds, from its first request to its end, including all "
        "tries. Waiting between tries, or for names, busy hosts, memory and decoders, does not "
        "count.",
    ),
    limit_option(
        "tries",
        COUNT,
        "Maximum number of tries per image. Connection errors and the HTTP statuses 408, 429 and "
        "5xx are retried.",
    ),
    limit_option(
        "retry_after",
        SECONDS,
        "Longest wait that a host may ask for, in seconds. If it asks for more, the download "
        "fails.",
    ),
    limit_option(
        "host_failures",
        COUNT,
        "Number of consecutive failures after which no requests are sent to a host for a while.",
    ),
    limit_option(
        "host_pause", SECONDS, "How long no requests are sent to such a host, in seconds."
    ),
    limit_option("redirects", click.IntRange(0), "Maximum number of redirects to follow."),
    limit_option("max_bytes", COUNT, "Maximum size of an image, in bytes."),
    limit_option("memory", COUNT, "Maximum memory for all images processed at a time, in bytes."),
    private_hosts_option,
    click.option(
        "--trust-proxy",
        is_flag=True,
        help="Download through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY "
        "name, and let them decide which addresses host names lead to. Addresses written out in a "
        "URL and the hosts in NO_PROXY are still checked. Connections to storage accounts always "
        "use HTTP_PROXY, HTTPS_PROXY and NO_PROXY.  [default: download directly]",
    ),
    ignore_robots_option,
    contact_option,
)


def download_options(command: Command) -> Command:
    """Add the options: the fields of `Limits` but `drift`, and those that `upload` explains."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def limits_that_fit(limits: Limits, console: Console) -> Limits:
    """Lower the number of workers to what this process may open files for, and say so.

    Raises
    ------
    click.UsageError
        If it may not open enough files for any number of workers.
    """
    from uploader.flow.descriptors import TooFewFilesError, fit_to_files  # noqa: PLC0415

    try:
        fitted = fit_to_files(limits)
    except TooFewFilesError as error:
        raise click.UsageError(f"{error}.") from error
    if fitted.workers < limits.workers:
        say(
            console,
            f"{fitted.workers} images are processed at a time instead of {limits.workers}, because "
            "this process may not open more files. See `ulimit -n`.",
        )
    return fitted


def proxies_for(trusted: bool, addresses: AddressRule, console: Console) -> Proxies:
    """The proxies that the environment names, if they are trusted.

    Raises
    ------
    click.UsageError
        If one of them cannot be used.
    """
    from uploader.web.proxies import (  # noqa: PLC0415
        NO_PROXIES,
        ProxyError,
        named_proxies,
        proxies_of,
    )

    named = named_proxies()
    if trusted:
        try:
            return proxies_of(named, addresses)
        except ProxyError as error:
            raise click.UsageError(f"--trust-proxy: {error}.") from error
    if named:
        variables = " and ".join(f"{kind.upper()}_PROXY" for kind in named)
        say(
            console,
            f"The environment names a proxy ({variables}), but images are downloaded directly. To "
            "download through the proxy, give --trust-proxy.",
        )
    return NO_PROXIES
