"""Parameter types and options shared by the commands."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from uploader.commands.destination import (
    Destination,
    Folder,
    UnknownDestinationError,
    parse_destination,
)
from uploader.flow.limits import Limits

_DEFAULTS = Limits()
Command = TypeVar("Command", bound=Callable[..., Any])


def option_name(parameter: str) -> str:
    """Return how an option is written on the command line, given the name of its parameter."""
    return f"--{parameter.replace('_', '-')}"


def limit_option(name: str, kind: click.ParamType[Any], text: str) -> Callable[[Command], Command]:
    """Return an option for a field of `Limits`, with the same default."""
    default = getattr(_DEFAULTS, name)
    return click.option(option_name(name), type=kind, default=default, show_default=True, help=text)


class RealRange(click.FloatRange):
    """A range of numbers. NaN, which is neither below nor above any number, is not in it."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        try:
            number = super().convert(value, param, ctx)
        except OverflowError:
            self.fail(f"{value} is too large", param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number", param, ctx)
        return number


COUNT, SECONDS = click.IntRange(1), RealRange(0, min_open=True)


class DestinationType(click.ParamType[Destination]):
    """A folder, or the address of a storage account."""

    name = "FOLDER|azure|URL"

    def convert(self, value: Any, param: Any, ctx: Any) -> Destination:
        if not isinstance(value, str):
            # click may pass a default that is already converted.
            destination: Destination = value
            return destination
        try:
            destination = parse_destination(value)
        except UnknownDestinationError as error:
            return self.fail(str(error), param, ctx)
        if isinstance(destination, Folder) and _is_in_the_way(destination.path):
            self.fail(f"{os.path.abspath(destination.path)} is a file. Name a folder", param, ctx)
        return destination


def _is_in_the_way(path: Path) -> bool:
    # Not those of pathlib, which raise an error for a path that may not be looked at.
    return os.path.exists(path) and not os.path.isdir(path)


class NumberOrShareType(click.ParamType[tuple[float, bool]]):
    """A number, or a share such as 5%."""

    name = "NUMBER|SHARE%"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, bool]:
        text = str(value).strip()
        is_share = text.endswith("%")
        try:
            number = float(text.removesuffix("%")) if is_share else int(text)
        except ValueError:
            number = -1
        # This form of the condition rejects "nan%", too.
        if not 0 <= number < math.inf:
            self.fail(f"{value!r} is neither a number nor a share such as 5%", param, ctx)
        if is_share and number > 100:  # noqa: PLR2004 (all of them)
            self.fail(f"{value!r} is more than 100%", param, ctx)
        if number > sys.maxsize:
            self.fail(f"{value!r} is too large", param, ctx)
        return number, is_share


class NamesType(click.ParamType[frozenset[str]]):
    """Names, separated by commas and converted to lower case."""

    name = "NAMES"

    def convert(self, value: Any, param: Any, ctx: Any) -> frozenset[str]:
        names = value if isinstance(value, frozenset) else str(value).split(",")
        return frozenset(name.strip().lower() for name in names if name.strip())
