"""Kinds of option and of value that the commands take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from uploader.commands.destination import Destination, UnknownDestinationError, parse_destination
from uploader.flow.limits import Limits

_DEFAULTS = Limits()
Command = TypeVar("Command", bound=Callable[..., Any])


def limit_option(name: str, kind: click.ParamType[Any], text: str) -> Callable[[Command], Command]:
    """An option for a field of `Limits`, with the default stated there."""
    default = getattr(_DEFAULTS, name)
    return click.option(
        f"--{name.replace('_', '-')}", type=kind, default=default, show_default=True, help=text
    )


COUNT, SECONDS = click.IntRange(1), click.FloatRange(0, min_open=True)


class DestinationType(click.ParamType[Destination]):
    """A folder, or the address of a storage account."""

    name = "FOLDER|azure|URL"

    def convert(self, value: Any, param: Any, ctx: Any) -> Destination:
        if not isinstance(value, str):
            # Converted already, as click does with a default.
            destination: Destination = value
            return destination
        try:
            return parse_destination(value)
        except UnknownDestinationError as error:
            return self.fail(str(error), param, ctx)


class NumberOrShareType(click.ParamType[tuple[float, bool]]):
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
        if is_share and number > 100:  # noqa: PLR2004 (all of them)
            self.fail(f"{value!r} is more than 100%", param, ctx)
        return number, is_share


class NamesType(click.ParamType[frozenset[str]]):
    """Names, separated by commas; letter case does not count."""

    name = "NAMES"

    def convert(self, value: Any, param: Any, ctx: Any) -> frozenset[str]:
        names = value if isinstance(value, frozenset) else str(value).split(",")
        return frozenset(name.strip().lower() for name in names if name.strip())
