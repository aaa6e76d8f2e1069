"""The options for downloads, with the names and meanings that they have in the uploader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from paintings_dedupe.common.options import (
    contact_option,
    ignore_robots_option,
    private_hosts_option,
)
from paintings_dedupe.common.web.addresses import AddressRule, IPNetwork
from paintings_dedupe.common.web.contact import real_contact
from paintings_dedupe.ingest.memory import DEFAULT_BYTES, Memory
from paintings_dedupe.ingest.web.limits import Limits

if TYPE_CHECKING:
    from paintings_dedupe.ingest.web.download import Downloader

_DEFAULTS = Limits()
_COUNT, _SECONDS = click.IntRange(1), click.FloatRange(0, min_open=True)
_PROJECT, _PACKAGE, _CONTACT = "dbt_project.yml", "paintings_dedupe", "images_contact"

Command = TypeVar("Command", bound=Callable[..., None])


def download_options(command: Command) -> Command:
    """Add the options that make `DownloadOptions`, and the fields of `Limits` but two.

    `max_bytes` is an option of each command that makes a table, and `rate_window` is none.
    """
    options = (
        click.option(
            "--deadline",
            type=_SECONDS,
            default=_DEFAULTS.deadline,
            show_default=True,
            help="Maximum time for one image, in seconds, including all tries.",
        ),
        click.option(
            "--connect-timeout",
            type=_SECONDS,
            default=_DEFAULTS.connect_timeout,
            show_default=True,
            help="Maximum time to resolve a host name and to connect, in seconds.",
        ),
        click.option(
            "--read-timeout",
            type=_SECONDS,
            default=_DEFAULTS.read_timeout,
            show_default=True,
            help="Maximum time to wait for the next byte, in seconds.",
        ),
        click.option(
            "--min-rate",
            type=click.IntRange(0),
            default=_DEFAULTS.min_rate,
            show_default=True,
            help="Minimum download rate, in bytes per second. A download that is slower for ten "
            "seconds fails. 0 means no minimum.",
        ),
        click.option(
            "--tries",
            type=_COUNT,
            default=_DEFAULTS.tries,
            show_default=True,
            help="Maximum number of tries per image. Connection errors and the HTTP statuses 408, "
            "429 and 5xx are retried.",
        ),
        click.option(
            "--retry-after",
            type=_SECONDS,
            default=_DEFAULTS.retry_after,
            show_default=True,
            help="Longest wait that a host may ask for, in seconds. If it asks for more, the "
            "download fails.",
        ),
        click.option(
            "--memory",
            type=_COUNT,
            default=DEFAULT_BYTES,
            show_default=True,
            help="Maximum memory for all images downloaded at a time, in bytes. Half of it is "
            "shared evenly. The other half is for images that need more than their share. If "
            "images need more than this together, some of them wait.",
        ),
        click.option(
            "--redirects",
            type=click.IntRange(0),
            default=_DEFAULTS.redirects,
            show_default=True,
            help="Maximum number of redirects to follow.",
        ),
        private_hosts_option,
        click.option(
            "--trust-proxy",
            is_flag=True,
            help="Download through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and "
            "NO_PROXY name, and let them decide which addresses host names lead to. Addresses "
            "written out in a URL are still checked.  [default: download directly]",
        ),
        ignore_robots_option,
        contact_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True)
class DownloadOptions:
    """The values of the options in `download_options` that are not limits, by their names."""

    memory: int
    allow_private_hosts: tuple[IPNetwork, ...]
    trust_proxy: bool
    ignore_robots_tag: bool
    contact: str | None

    def downloader(self, connections: int, limits: Limits, contact: str) -> Downloader:
        """Return a downloader with these options. The caller closes its session.

        Parameters
        ----------
        connections
            The number of threads that use it.
        limits
            The limits of each download.
        contact
            The contact address, or nothing.
        """
        # For the help, it would take too long.
        from paintings_dedupe.ingest.web.download import Downloader  # noqa: PLC0415
        from paintings_dedupe.ingest.web.session import new_session  # noqa: PLC0415

        return Downloader(
            new_session(connections, contact),
            limits,
            AddressRule(self.allow_private_hosts),
            not self.ignore_robots_tag,
            self.trust_proxy,
            Memory(self.memory, connections, limits.max_bytes),
        )


def images_contact(project_dir: Path) -> str:
    """The var images_contact of that project, if it is a real address; else nothing."""
    # For the help, it would take too long.
    from paintings_dedupe.common.warehouse.plain_yaml import (  # noqa: PLC0415
        NotPlainError,
        read_yaml,
        rendered,
    )

    try:
        variables = read_yaml(project_dir / _PROJECT)["vars"]
        return real_contact(str(rendered({**variables, **variables.get(_PACKAGE, {})}[_CONTACT])))
    except (NotPlainError, LookupError, TypeError):
        return ""
