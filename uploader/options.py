"""The options that the commands share, and the kinds of value that they take."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from common.addresses import IPNetwork
from common.redaction import KEPT_PARAMETERS
from uploader.limits import Limits
from uploader.plan import FORMATS

_DEFAULTS = Limits()
Command = TypeVar("Command", bound=Callable[..., Any])


def shared_options(command: Command) -> Command:
    """Add what every command needs to find the table and the destination."""
    for option in reversed(
        (
            click.option(
                "--to",
                default="blobs",
                show_default=True,
                metavar="FOLDER|azure|URL",
                help="A folder; or 'azure' for the storage account that the environment names; or "
                "https://ACCOUNT.blob.core.windows.net.",
            ),
            click.option(
                "--container", help="The container.  [default: as the dbt exposure says: images]"
            ),
            click.option(
                "--prefix",
                help="The folder in it.  [default: as the dbt exposure says: "
                "Image/DataSets/Paintings/]",
            ),
            click.option(
                "--formats",
                default=",".join(FORMATS),
                show_default=True,
                help="The image formats to upload. Rows of others are skipped, and counted.",
            ),
            click.option(
                "--train-share",
                type=click.FloatRange(0, 1),
                help="Rows with Random below it are Train.  [default: as the dbt exposure says: "
                "0.80]",
            ),
            click.option(
                "--model-version",
                type=click.IntRange(1),
                help="The version of the model unique_paintings.  [default: its latest_version]",
            ),
            click.option(
                "--keep-parameters",
                metavar="NAME,...",
                type=NamesType(),
                default="",
                help="Query parameters of source URLs to show and store as they are, because they "
                "name an image and open nothing. Others appear as a digest, but for "
                f"{', '.join(KEPT_PARAMETERS)}, where their values look like such. Give upload "
                "and verify the same.",
            ),
            click.option("--target", help="The dbt target to read from.  [default: the profile's]"),
            click.option(
                "--project-dir",
                type=click.Path(file_okay=False, path_type=Path),
                default=Path(),
                help="The dbt project.  [default: this folder]",
            ),
            click.option(
                "--target-path",
                envvar="DBT_TARGET_PATH",
                default="target",
                show_default=True,
                type=click.Path(file_okay=False, path_type=Path),
                help="Where in the project dbt wrote manifest.json.",
            ),
            click.option(
                "--profiles-dir",
                type=click.Path(file_okay=False, path_type=Path),
                help="Where profiles.yml is.  [default: as dbt finds it]",
            ),
        )
    ):
        command = option(command)
    return command


def limit_option(name: str, kind: click.ParamType[Any], text: str) -> Callable[[Command], Command]:
    """An option for a field of `Limits`, with the default stated there."""
    default = getattr(_DEFAULTS, name)
    return click.option(
        f"--{name.replace('_', '-')}", type=kind, default=default, show_default=True, help=text
    )


class NamesType(click.ParamType[frozenset[str]]):
    """Names, separated by commas; letter case does not count."""

    name = "NAMES"

    def convert(self, value: Any, param: Any, ctx: Any) -> frozenset[str]:
        names = value if isinstance(value, frozenset) else str(value).split(",")
        return frozenset(name.strip().lower() for name in names if name.strip())


COUNT, SECONDS = click.IntRange(1), click.FloatRange(0, min_open=True)


class NetworkType(click.ParamType[IPNetwork]):
    """One network, such as 10.0.0.0/8, 127.0.0.1 or fd00::/8."""

    name = "NETWORK"

    def convert(self, value: Any, param: Any, ctx: Any) -> IPNetwork:
        try:
            return ipaddress.ip_network(value)
        except ValueError as error:
            return self.fail(f"{error}", param, ctx)


class FailuresType(click.ParamType[tuple[float, bool]]):
    """A number, or a share such as 5%."""

    name = "NUMBER|SHARE%"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, bool]:
        text = str(value).strip()
        is_share = text.endswith("%")
        try:
            number = float(text.rstrip("%")) if is_share else int(text)
        except ValueError:
            number = -1
        # Written so, it refuses "nan%", too.
        if not 0 <= number < math.inf:
            self.fail(f"{value!r} is neither a number nor a share such as 5%", param, ctx)
        return number, is_share
