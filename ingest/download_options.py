"""The options for downloads: named, and meaning what they mean, as in the uploader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click
from dbt.clients.yaml_helper import load_yaml_text
from dbt_common.exceptions import DbtBaseException

from common.addresses import AddressRule, IPNetwork
from common.options import ALLOWED_HOSTS_VARIABLE, NetworkType
from ingest.download import Downloader, Limits
from ingest.memory import DEFAULT_BYTES, Memory
from ingest.session import new_session

_DEFAULTS = Limits()
_COUNT, _SECONDS = click.IntRange(1), click.FloatRange(0, min_open=True)
_EXPOSURES = Path("models/marts/_marts__exposures.yml")

Command = TypeVar("Command", bound=Callable[..., None])


def download_options(command: Command) -> Command:
    """Add the options that make `DownloadOptions`."""
    options = (
        click.option(
            "--deadline",
            type=_SECONDS,
            default=_DEFAULTS.deadline,
            show_default=True,
            help="Seconds for one image, all tries included.",
        ),
        click.option(
            "--connect-timeout",
            type=_SECONDS,
            default=_DEFAULTS.connect_timeout,
            show_default=True,
            help="Seconds to resolve the name of a host, and to connect.",
        ),
        click.option(
            "--read-timeout",
            type=_SECONDS,
            default=_DEFAULTS.read_timeout,
            show_default=True,
            help="Seconds without a single byte.",
        ),
        click.option(
            "--min-rate",
            type=click.IntRange(0),
            default=_DEFAULTS.min_rate,
            show_default=True,
            help="How many bytes a second a host must send of an image at least; one that is "
            "slower for ten seconds has failed. 0 lets it take until the deadline.",
        ),
        click.option(
            "--tries",
            type=_COUNT,
            default=_DEFAULTS.tries,
            show_default=True,
            help="How often a download is begun: connection errors, 408, 429 and 5xx are tried "
            "again.",
        ),
        click.option(
            "--retry-after",
            type=_SECONDS,
            default=_DEFAULTS.retry_after,
            show_default=True,
            help="The longest wait, in seconds, that a host may ask for.",
        ),
        click.option(
            "--memory",
            type=_COUNT,
            default=DEFAULT_BYTES,
            show_default=True,
            help="How many bytes all images downloaded at a time may take together. Half of them "
            "is shared evenly; images above their share have the other half, a few at a time, and "
            "the others wait.",
        ),
        click.option(
            "--redirects",
            type=click.IntRange(0),
            default=_DEFAULTS.redirects,
            show_default=True,
            help="How many redirects to follow.",
        ),
        click.option(
            "--allow-private-hosts",
            type=NetworkType(),
            multiple=True,
            envvar=ALLOWED_HOSTS_VARIABLE,
            show_envvar=True,
            help="A network to download from although it is private or loopback, such as "
            "10.0.0.0/8. May be given several times.  [default: the public internet only]",
        ),
        click.option(
            "--trust-proxy",
            is_flag=True,
            help="Download through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and "
            "NO_PROXY name, and leave it to them to judge what a host's name leads to. Addresses "
            "written out in a URL are judged all the same.  [default: download directly]",
        ),
        click.option(
            "--ignore-robots-tag",
            is_flag=True,
            help="Take images whose site says noai, noimageai, noindex or noimageindex in "
            "X-Robots-Tag.",
        ),
        click.option(
            "--contact",
            help="Contact address sent in the User-Agent: a URL or mail address that a site's "
            "operator can turn to.  [default: the mail address of the dbt exposure's owner]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True)
class DownloadOptions:
    """What the user asked of downloads: the options of `download_options`, by their names."""

    deadline: float
    connect_timeout: float
    read_timeout: float
    min_rate: int
    tries: int
    retry_after: float
    memory: int
    redirects: int
    allow_private_hosts: tuple[IPNetwork, ...]
    trust_proxy: bool
    ignore_robots_tag: bool
    contact: str | None

    @staticmethod
    def taken_from(options: dict[str, Any]) -> DownloadOptions:
        """Remove them from the options of a command."""
        return DownloadOptions(
            **{one.name: options.pop(one.name) for one in fields(DownloadOptions)}
        )

    def downloader(self, connections: int, max_bytes: int, project_dir: Path) -> Downloader:
        """Return what downloads so. Its session is to be closed.

        Parameters
        ----------
        connections
            The number of threads that use it.
        max_bytes
            The largest body.
        project_dir
            The dbt project, whose exposure has a contact address.

        Raises
        ------
        click.UsageError
            When there is no contact address.
        """
        limits = Limits(
            max_bytes=max_bytes,
            deadline=self.deadline,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            min_rate=self.min_rate,
            tries=self.tries,
            retry_after=self.retry_after,
            redirects=self.redirects,
        )
        return Downloader(
            new_session(connections, self.contact or _owner(project_dir)),
            limits,
            AddressRule(self.allow_private_hosts),
            not self.ignore_robots_tag,
            self.trust_proxy,
            Memory(self.memory, connections, max_bytes),
        )


def _owner(project_dir: Path) -> str:
    """The mail address of the owner of the image set: of that project, else of this one."""
    for folder in (project_dir, Path(__file__).parents[1]):
        try:
            properties = load_yaml_text((folder / _EXPOSURES).read_text(encoding="utf-8")) or {}
            return str(properties["exposures"][0]["owner"]["email"])
        except (OSError, ValueError, LookupError, TypeError, DbtBaseException):
            continue
    raise click.UsageError(
        f"No {_EXPOSURES} names an owner with a mail address, for the User-Agent. "
        "Give --project-dir, or --contact with a URL or mail address of yours."
    )
