"""Run a command line to its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.exit_codes import EXIT_INTERRUPTED
from paintings_dedupe.common.start import INTERRUPTED
from paintings_dedupe.common.terminal import complain, print_anything, quiet_libraries


def run_to_exit(
    command: click.Command,
    arguments: Sequence[str] | None,
    name: str | None = None,
    interrupted: str = INTERRUPTED,
) -> NoReturn:
    """Run a command whose result is its exit code, or nothing, and end the process with it.

    The command gets the option --version.

    Parameters
    ----------
    name
        How users call the command, for messages. None if it can be told from how it was started.
    interrupted
        What is said after an interrupt that says nothing itself.
    """
    print_anything()
    quiet_libraries()
    # Once, even if a process runs the command several times.
    if not any(param.name == "version" for param in command.params):
        click.version_option(package_name="paintings-dedupe")(command)
    try:
        # In standalone mode, click would exit with 1 after an interrupt.
        code = command(arguments, prog_name=name, standalone_mode=False)
    except BaseException as error:
        code = exit_code_of(error)
        if code is None:
            raise
        if isinstance(error, (click.ClickException, UserError)):
            complain(error)
        else:
            click.echo(str(error) or interrupted, err=True)
    sys.exit(code or 0)


def exit_code_of(error: BaseException) -> int | None:
    """Return the exit code with which a program ends, or None for an error that nobody expects."""
    if isinstance(error, (click.ClickException, UserError)):
        return error.exit_code
    # Only now, because it is slow to import.
    from asyncio import CancelledError  # noqa: PLC0415

    is_interrupt = isinstance(error, (click.Abort, KeyboardInterrupt, CancelledError))
    return EXIT_INTERRUPTED if is_interrupt else None
