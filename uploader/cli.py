"""The command line of the uploader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import click

from paintings_dedupe.common.program import run_to_exit
from uploader.commands.upload import upload
from uploader.commands.verify import verify

_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _UploadByDefault(click.Group):
    """A command group with the default command `upload`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "-h", "--help", "--version"):
            if args and not args[0].startswith("-"):
                from difflib import get_close_matches  # noqa: PLC0415 (for mistakes only)

                # No command has positional arguments.
                close = get_close_matches(args[0], self.commands, 1)
                hint = f"Did you mean {close[0]}?" if close else "Give a destination as --to."
                raise click.UsageError(f"No such command '{args[0]}'. {hint}", ctx)
            args.insert(0, "upload")
        return super().parse_args(ctx, args)


@click.group(cls=_UploadByDefault, context_settings=_SETTINGS)
def command() -> None:
    """Upload the images that dbt kept, publish their manifest, and check both.

    Without a command, `upload` is run.

    \b
    Examples:
      python -m uploader --dry-run
      python -m uploader --to blobs
      python -m uploader --to azure --create-container
      python -m uploader verify --to azure --download
      python -m uploader upload --help
    """


command.add_command(upload)
command.add_command(verify)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit with its code. A usage error is reported in one line."""
    run_to_exit(command, arguments)
