"""Name the environment variables that set options."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

import click

# With this as `auto_envvar_prefix`, click reads --max-bytes from PAINTINGS_UPLOADER_MAX_BYTES.
PREFIX = "PAINTINGS_UPLOADER"


def variable_of(parameter: str) -> str:
    """Return the variable that sets an option, given the name of its parameter."""
    return f"{PREFIX}_{parameter.upper()}"


def variable_used(option: click.Option, environ: Mapping[str, str]) -> str:
    """Return the variable that click reads the value of an option from."""
    named = option.envvar or ()
    for name in (named,) if isinstance(named, str) else named:
        if environ.get(name):
            return name
    return variable_of(option.name or "")


def check_variables(environ: Iterable[str], parameters: Collection[str]) -> None:
    """Refuse variables that begin with the prefix, but set no option, because they are misspelt.

    Parameters
    ----------
    environ
        The names of all variables.
    parameters
        The names of the parameters of all commands.

    Raises
    ------
    click.UsageError
        If there is one.
    """
    known = {variable_of(parameter) for parameter in parameters}
    for name in sorted(environ):
        if name.startswith(f"{PREFIX}_") and name not in known:
            close = get_close_matches(name, known, 1, 0.8)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(
                f"The environment variable {name} sets no option.{hint} Unset it, or rename it."
            )
