"""Check that the libraries of an extra are installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from paintings_dedupe.common.errors import UserError


class MissingError(UserError):
    """A library is not installed; the message names the remedy."""


def check_installed(program: str, extra: str, libraries: Mapping[str, str]) -> None:
    """Say at once, and not when a library is needed, that an extra is missing.

    Parameters
    ----------
    program, extra
        What needs it, such as "the matcher", and the name of the extra.
    libraries
        The names of its libraries by those of their modules.

    Raises
    ------
    MissingError
        If one of them is not installed.
    """
    for module, name in libraries.items():
        if find_spec(module) is None:
            raise MissingError(
                f"{program} needs {name}, which is not installed. Run `make setup`, or install "
                f"paintings-dedupe with its extra `{extra}`."
            )
