"""Read options from a settings file: uploader.toml, or a table of pyproject.toml."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import click

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.terminal import printable
from uploader.commands.options import DestinationType, NumberOrShareType, option_name

FILE_NAME = "uploader.toml"
PYPROJECT = "pyproject.toml"
TABLE = "paintings-dedupe"
# What says where the file is cannot be said in it.
NOT_IN_FILE = frozenset({"config", "project_dir", "show_settings", "help"})
_SECRET_NAME = re.compile(
    r"azure.storage|connection.?string|(account|access|shared|api|storage).?key|\bkey\b|sas|"
    r"secret|passw|token|credential",
    re.IGNORECASE,
)
# A connection string, a SAS, a user and a password in a URL, the key of a storage account.
_SECRET_VALUE = re.compile(
    r"(?i:AccountKey|SharedAccessSignature)\s*=|(?i:(^|[?&;\"'])sig=)|://[^/@\s]*:[^/@\s]*@|"
    r"(?<![\w+/])[A-Za-z0-9+/]{86}==(?![\w=])"
)
_KEEP_OUT = (
    "A settings file is meant for version control, where everybody can read it. Remove the line, "
    "set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN in the "
    "environment instead, and replace the secret if the file was ever shared"
)


class SettingsFileError(UserError):
    """A settings file cannot be used. The message names the file, the key and the remedy."""


@dataclass(frozen=True)
class FileSettings:
    """The options that a file sets for one command.

    Attributes
    ----------
    path
        The file.
    values
        The values by the names of the parameters, as click's `default_map` takes them.
    """

    path: Path
    values: Mapping[str, Any]


def find_file(project: Path) -> Path | None:
    """Return the settings file of a project, or None if it has none.

    Raises
    ------
    SettingsFileError
        If both files of the project have settings, or pyproject.toml cannot be read.
    """
    own, shared = project / FILE_NAME, project / PYPROJECT
    # A folder or a broken link of that name, as Docker makes for a file that it does not find, is
    # an error later on.
    has_own = os.path.lexists(own)
    if not (os.path.lexists(shared) and _table(shared)):
        return own if has_own else None
    if has_own:
        raise SettingsFileError(
            f"both {own} and [tool.{TABLE}] in {shared} have settings: keep one of them, or name "
            "one with --config"
        )
    return shared


def read_file(path: Path, command: str, commands: Mapping[str, click.Command]) -> FileSettings:
    """Read the options of one command, and check those of all commands.

    Keys are names of options, with hyphens or underscores. Those at the top are for every command
    that has such an option; a table named after a command is for that command, and comes first.

    Parameters
    ----------
    path
        The file. If it is called pyproject.toml, its table ``[tool.paintings-dedupe]`` is read.
    command
        The name of the command.
    commands
        All commands that may have a table in the file, by name.

    Raises
    ------
    SettingsFileError
        If the file cannot be read, or has an unknown key, a value that does not fit its option, or
        a secret.
    """
    content = _table(path) if path.name == PYPROJECT else _content(path)
    if path.name == PYPROJECT and not content:
        raise SettingsFileError(f"{path} has no settings: it has no table [tool.{TABLE}].")
    where = f"{path}, [tool.{TABLE}]" if path.name == PYPROJECT else str(path)
    options = {name: dict(_options(one)) for name, one in commands.items()}
    everything = {name: option for named in options.values() for name, option in named.items()}
    reader = _Reader(where, tuple(commands))
    tables = {name: content.pop(name) for name in commands if name in content}
    values = reader.values(content, everything, "")
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsFileError(
                f"{where}: {name} must be a table of the options of `{name}`: write [{name}]"
            )
        own = reader.values(table, options[name], name)
        if name == command:
            values |= own
    return FileSettings(
        path, {name: value for name, value in values.items() if name in options[command]}
    )


@dataclass(frozen=True)
class _Reader:
    """Checks the keys and values of one file, which `where` names."""

    where: str
    tables: tuple[str, ...]

    def values(
        self, table: Mapping[str, Any], options: Mapping[str, click.Option], name: str
    ) -> dict[str, Any]:
        """Return the values of a table; `name` is that of the table, or empty."""
        found: dict[str, Any] = {}
        for key, value in table.items():
            shown = f"{name}.{key}" if name else key
            option = options.get(parameter := key.replace("-", "_"))
            if _SECRET_VALUE.search(_text(value)):
                self._fail(shown, f"looks like a secret. {_KEEP_OUT}")
            if option is None or parameter in NOT_IN_FILE:
                self._refuse(shown, parameter, options)
            if parameter in found:
                self._fail(shown, "is set twice, with a hyphen and with an underscore: keep one")
            found[parameter] = self._value(shown, option, value)
        return found

    def _refuse(self, shown: str, parameter: str, options: Mapping[str, click.Option]) -> NoReturn:
        if parameter in NOT_IN_FILE & options.keys():
            variable = "" if parameter == "show_settings" else " or in the environment"
            self._fail(
                shown,
                "cannot be set in a settings file, since it is needed before the file is read: "
                f"give {option_name(parameter)} on the command line{variable}",
            )
        known = sorted(options.keys() - NOT_IN_FILE)
        close = get_close_matches(parameter, [*known, *self.tables], 1, 0.7)
        if not close and _SECRET_NAME.search(parameter):
            self._fail(shown, f"looks like a secret. {_KEEP_OUT}")
        hint = f" Did you mean {close[0].replace('_', '-')}?" if close else ""
        self._fail(
            shown, f"is not an option.{hint} `python -m uploader upload --help` lists the options"
        )

    def _value(self, shown: str, option: click.Option, value: Any) -> Any:
        wanted = _wanted(option)
        if not wanted.fits(value):
            self._fail(
                shown, f"must be {wanted.kind}, such as {wanted.example}, not {_kind(value)}"
            )
        try:
            for one in value if option.multiple else [value]:
                option.type.convert(one, option, None)
        except click.BadParameter as error:
            self._fail(shown, f"cannot be used: {error.message.rstrip('.')}")
        except ValueError as error:
            # No name of a file has a null byte, which the command line cannot hold.
            self._fail(shown, f"cannot be used: {error}")
        return value

    def _fail(self, shown: str, why: str) -> NoReturn:
        raise SettingsFileError(f"{self.where}: {printable(shown)} {why}.")


@dataclass(frozen=True)
class _Wanted:
    """What a value in a file must be, in words, with an example, and as types of TOML."""

    kind: str
    example: str
    types: tuple[type, ...]

    def fits(self, value: Any) -> bool:
        if self.types == (list,):
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        # In Python, a bool is an int.
        return isinstance(value, self.types) and isinstance(value, bool) == (self.types == (bool,))


def _wanted(option: click.Option) -> _Wanted:
    kind = option.type
    if option.is_flag:
        return _Wanted("true or false", "true", (bool,))
    if option.multiple:
        return _Wanted("a list of texts", '["10.0.0.0/8"]', (list,))
    if isinstance(kind, click.types.IntParamType):
        return _Wanted("a whole number", _example(option, 2), (int,))
    if isinstance(kind, click.types.FloatParamType):
        return _Wanted("a number", _example(option, 0.8), (int, float))
    if isinstance(kind, NumberOrShareType):
        return _Wanted("a number, or a share in quotes", '20 or "5%"', (int, str))
    example = '"azure"' if isinstance(kind, DestinationType) else '"text"'
    if isinstance(kind, click.Choice):
        example = f'"{kind.choices[0]}"'
    return _Wanted("a text in quotes", example, (str,))


def _example(option: click.Option, otherwise: float) -> str:
    # Without a default, click has an object of its own there.
    return str(option.default if isinstance(option.default, int | float) else otherwise)


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text in quotes"}
    kinds |= {list: "this list", dict: "a table"}
    return kinds.get(type(value), "a date or a time")


def _text(value: Any) -> str:
    """All texts in a value of TOML."""
    if isinstance(value, dict):
        return "\n".join(_text(one) for one in value.values())
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return str(value)


def _options(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name:
            yield parameter.name, parameter


def _table(path: Path) -> dict[str, Any]:
    """Return our table of a pyproject.toml; empty if it has none."""
    tools = _content(path).get("tool", {})
    if not isinstance(tools, dict):
        return {}
    if close := get_close_matches(TABLE, tools.keys() - {TABLE}, 1, 0.8):
        raise SettingsFileError(f"{path}: [tool.{close[0]}] must be called [tool.{TABLE}].")
    table = tools.get(TABLE, {})
    if not isinstance(table, dict):
        raise SettingsFileError(f"{path}: tool.{TABLE} must be a table: write [tool.{TABLE}].")
    return table


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsFileError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsFileError(f"{path} is not UTF-8: save it with that encoding.") from error
    except (ValueError, RecursionError) as error:
        # tomllib.TOMLDecodeError is a ValueError, and so is a number with thousands of digits.
        raise SettingsFileError(
            f"{path} is not valid TOML: {error}. A line is such as `workers = 32` or "
            '`to = "azure"`.'
        ) from error
