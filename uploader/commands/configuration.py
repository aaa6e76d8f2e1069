"""The options --config and --show-settings: where the values of the other options come from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from paintings_dedupe.common.terminal import printable
from paintings_dedupe.common.web.redaction import redact
from uploader.commands.command import commands_beside
from uploader.commands.environment import variable_used
from uploader.commands.options import NumberOrShareType
from uploader.commands.settings_file import NOT_IN_FILE, find_file, read_file

_FILE = "paintings-dedupe.settings-file"


def _read_settings(ctx: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Make the values of the settings file the defaults of the other options.

    click has already processed --project-dir, which is eager, too, and comes first.
    """
    # It reads YAML, which the help does not need.
    from paintings_dedupe.common.warehouse.dbt_paths import project_folder  # noqa: PLC0415

    path = path or find_file(project_folder(ctx.params.get("project_dir")))
    if path is not None and not ctx.resilient_parsing:
        found = read_file(path, ctx.command.name or "", commands_beside(ctx))
        ctx.default_map = dict(found.values)
        ctx.meta[_FILE] = found.path
    return path


CONFIGURATION_OPTIONS = (
    click.option(
        "--project-dir",
        is_eager=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the dbt project.  [default: DBT_PROJECT_DIR, else this folder or the "
        "nearest one above it with a dbt_project.yml]",
    ),
    click.option(
        "--config",
        is_eager=True,
        expose_value=False,
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=_read_settings,
        help="The settings file.  [default: uploader.toml in the project folder, else [tool."
        "paintings-dedupe] in its pyproject.toml]",
    ),
    click.option(
        "--show-settings",
        is_flag=True,
        help="Print each setting and where it comes from, in the form of a settings file, and do "
        "nothing else.",
    ),
)


def shown_settings(ctx: click.Context) -> Iterator[str]:
    """Yield the lines of a settings file with the values of all options and their origins.

    Where an option has no value, or cannot be set in a file, or where a part of the value is not
    shown because it may be a secret, the line is a comment.
    """
    for option in ctx.command.params:
        if not isinstance(option, click.Option) or option.name in (None, "config", "show_settings"):
            continue
        key = option.name.replace("_", "-")
        value = ctx.params[option.name]
        origin = _origin(ctx, option)
        if value is None:
            yield f"# {key} is not set"
            continue
        shown = _toml(option, value, redact)
        is_whole = shown == _toml(option, value, str)
        mark = "# " if option.name in NOT_IN_FILE or not is_whole else ""
        yield f"{mark}{key} = {shown}  # {printable(origin)}"


def _origin(ctx: click.Context, option: click.Option) -> str:
    source = ctx.get_parameter_source(option.name or "")
    if source is ParameterSource.COMMANDLINE:
        return "command line"
    if source is ParameterSource.ENVIRONMENT:
        return f"environment: {variable_used(option, os.environ)}"
    if source is ParameterSource.DEFAULT_MAP:
        return f"file: {ctx.meta[_FILE]}"
    return "default"


def _toml(option: click.Option, value: Any, show: Callable[[str], str]) -> str:
    """Write a value as TOML; `show` makes of a text what may be shown of it."""
    if isinstance(value, bool | int | float):
        # TOML writes inf and 1e-05 as Python does, and true and false as JSON does.
        return str(value).lower()
    if isinstance(option.type, NumberOrShareType):
        number, is_share = value
        return f'"{number:.15g}%"' if is_share else f"{number:.0f}"
    if option.multiple:
        return f"[{', '.join(_quoted(show(str(one))) for one in value)}]"
    if isinstance(value, frozenset):
        value = ",".join(sorted(value))
    return _quoted(show(str(value)))


def _quoted(text: str) -> str:
    # A text of JSON is one of TOML, but for the control character DEL, which nobody needs.
    return json.dumps(text.replace("\x7f", ""), ensure_ascii=False)
