"""Run a command line to its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.terminal import complain, print_anything, quiet_libraries


def run_to_exit(
    command: click.Command, arguments: Sequence[str] | None, name: str, usage: int, interrupted: int
) -> NoReturn:
    """Run a command whose result is its exit code, and end the process with it.

    Parameters
    ----------
    name
        How users call the command, for messages.
    usage, interrupted
        The exit codes of an error that the user can mend, and of an interrupt.
    """
    print_anything()
    quiet_libraries()
    try:
        # In standalone mode, click would exit with 1 after an interrupt.
        sys.exit(command(arguments, prog_name=name, standalone_mode=False))
    except click.ClickException as error:
        complain(error)
        sys.exit(error.exit_code)
    except UserError as error:
        complain(error)
        sys.exit(usage)
    except interrupts():
        click.echo("Interrupted. Run the same command again to go on.", err=True)
        sys.exit(interrupted)


def interrupts() -> tuple[type[BaseException], ...]:
    """What an interrupt raises. Call it after something was raised: asyncio is slow to import."""
    from asyncio import CancelledError  # noqa: PLC0415

    return click.Abort, KeyboardInterrupt, CancelledError
