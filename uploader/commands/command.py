"""A command whose options come from the command line, the environment or a settings file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource

from uploader.commands.environment import (
    PREFIX,
    check_variables,
    variable_of,
    variable_used,
)
from uploader.commands.help_groups import HELP_GROUPS

# What deletes or replaces something is not the answer to a typing error.
_NEVER_SUGGESTED = ("--prune", "--break-lock", "--take-over", "--no-")
_EPILOG = (
    "Every option can also be set in the file uploader.toml of the project, in [tool."
    f"paintings-dedupe] of its pyproject.toml, or by an environment variable such as {PREFIX}_TO; "
    "the command line comes first, then the environment, then the file. --no- before the name of "
    "a flag turns it off again. docs/automation.md explains it."
)


class UploaderCommand(click.Command):
    """A command of the uploader.

    Each flag gets an opposite, so that the command line can turn off what a file turns on.
    """

    def __init__(self, name: str | None, params: list[click.Parameter], **more: Any) -> None:
        settings = {"auto_envvar_prefix": PREFIX}
        super().__init__(name, settings, params=params, epilog=_EPILOG, **more)
        self._given_opposites = [
            option
            for option in self.params
            if isinstance(option, click.Option)
            and option.is_flag
            and not option.secondary_opts
            and not option.is_eager
            and option.name != "show_settings"
        ]
        for option in self.params:
            if option.envvar:
                # A variable that other programs read, too, comes after the one of the uploader.
                others = [option.envvar] if isinstance(option.envvar, str) else option.envvar
                option.envvar = [variable_of(option.name or ""), *others]
        for option in self._given_opposites:
            option.secondary_opts.append(option.opts[0].replace("--", "--no-", 1))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; a value of the environment that does not fit is named.

        For a misspelt option, click suggests similar ones; those that delete or replace something,
        and the opposites of flags, are left out.
        """
        commands = commands_beside(ctx).values()
        parameters = {one.name or "" for command in commands for one in command.params}
        check_variables(os.environ, parameters)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            harmless = (
                name for name in error.possibilities or () if not name.startswith(_NEVER_SUGGESTED)
            )
            raise click.NoSuchOption(error.option_name, None, harmless, ctx) from error
        except click.BadParameter as error:
            option = error.param
            if isinstance(option, click.Option) and (
                ctx.get_parameter_source(option.name or "") is ParameterSource.ENVIRONMENT
            ):
                variable = variable_used(option, os.environ)
                error.param_hint = f"'{option.opts[0]}' (environment variable {variable})"
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in groups."""
        params = {param.name: param for param in self.get_params(ctx)}
        for title, names in HELP_GROUPS.items():
            records = [
                self._without_opposite(params[name], record)
                for name in names
                if name in params and (record := params[name].get_help_record(ctx))
            ]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def _without_opposite(self, param: click.Parameter, record: tuple[str, str]) -> tuple[str, str]:
        if param not in self._given_opposites:
            return record
        names, text = record
        return names.partition(" / ")[0], text


def commands_beside(ctx: click.Context) -> Mapping[str, click.Command]:
    """Return the command of a context and those beside it, by name."""
    group = ctx.parent.command if ctx.parent else None
    if isinstance(group, click.Group):
        return group.commands
    return {ctx.command.name or "": ctx.command}
