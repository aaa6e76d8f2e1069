"""The options that choose the engine of an upload."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from uploader.commands.destination import Destination, Folder
from uploader.commands.opening import open_store

if TYPE_CHECKING:
    from uploader.engines.engine import Engine

Command = TypeVar("Command", bound=Callable[..., Any])

_CREDENTIALS = (
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
)
_OPTIONS = (
    click.option(
        "--engine",
        type=click.Choice(["loop", "spark"]),
        default="loop",
        show_default=True,
        help="What works through the rows: one event loop on this machine, or the executors of "
        "Apache Spark, each with an event loop of its own. The limits above then apply to each "
        "core of the cluster, but --per-host to the whole cluster. Needs `make setup EXTRA=spark` "
        "and Java 17 or later; docs/scale.md explains how to prepare a cluster.",
    ),
    click.option(
        "--master",
        metavar="URL",
        help="With --engine spark: the cluster, such as spark://HOST:7077, yarn or local[4].  "
        "[default: with a dbt target of Spark, its cluster; else spark.master in the settings of "
        "Spark, or all cores of this machine]",
    ),
)


def engine_options(command: Command) -> Command:
    """Add the options, which are the fields of `EngineOptions`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class EngineOptions:
    """The values of the options that `engine_options` adds; the help explains each."""

    engine: str = "loop"
    master: str | None = None

    def made(self, to: Destination, container: str, trust_proxy: bool) -> Engine:
        """Return the engine.

        Parameters
        ----------
        to, container
            The destination, which executors open again.
        trust_proxy
            Whether to download through the proxies that the environment names.

        Raises
        ------
        click.UsageError
            If the options contradict each other, or Spark is not installed.
        """
        if self.engine == "loop":
            if self.master is not None:
                raise click.UsageError("--master can only be used with --engine spark.")
            from uploader.engines.loop import LoopEngine  # noqa: PLC0415 (slow)

            return LoopEngine()
        try:
            from uploader.engines.spark import SparkEngine  # noqa: PLC0415 (an extra)
        except ModuleNotFoundError as error:
            raise click.UsageError(
                f"--engine spark needs the package {error.name}: run `make setup EXTRA=spark`."
            ) from error
        if isinstance(to, Folder):
            # Executors work in other folders.
            to = replace(to, path=to.path.absolute())
        return SparkEngine(
            self.master,
            partial(open_store, to, container),
            trust_proxy,
            tuple(name for name in _CREDENTIALS if name in os.environ),
        )
