"""Read dbt's YAML files without dbt, as far as they are plain.

Importing dbt takes longer than many a run. What is read here means the same to dbt; whatever may
mean something else is refused, and then dbt itself must read it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

# Jinja, with which dbt reads all text, looks for these and removes a line feed at the end.
_JINJA = re.compile(r"\{[{%#]|[#}%]\}|[\r\n]")
# The one expression that is understood here: env_var with a name, and perhaps with a default.
_ENV_VAR = re.compile(
    r"""\{\{\s*env_var\(\s*(['"])(\w+)\1\s*(?:,\s*(['"])([^'"\\{}\r\n]*)\3\s*)?\)\s*\}\}""",
    re.ASCII,
)
# dbt replaces the values of such variables after everything else.
_SECRET = "DBT_ENV_SECRET"  # noqa: S105 (a prefix of names)


class NotPlainError(Exception):
    """Only dbt knows what the value means, or what is wrong with it."""


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the content of a YAML file.

    Raises
    ------
    NotPlainError
        If it cannot be read, or is not a mapping.
    """
    # What dbt uses; without it, dbt uses another loader.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_bytes().decode(), loader)  # noqa: S506 (both are safe)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise NotPlainError from error
    if not isinstance(content, dict):
        raise NotPlainError
    return content


def rendered(value: object, environ: Mapping[str, str] = os.environ) -> Any:
    """Return a value as dbt renders it in profiles.yml: text may contain ``env_var``.

    Raises
    ------
    NotPlainError
        If it contains other Jinja, or names a variable that is not set.
    """
    if isinstance(value, dict):
        return {key: rendered(entry, environ) for key, entry in value.items()}
    if value is None or isinstance(value, bool | int | float):
        return value
    # A date, for instance.
    if not isinstance(value, str):
        raise NotPlainError

    def looked_up(match: re.Match[str]) -> str:
        name, default = match[2], match[4]
        found = environ.get(name, default)
        if found is None or name.startswith(_SECRET):
            raise NotPlainError
        return found

    # The text around the expressions, and then the values, which dbt does not read as Jinja.
    if _JINJA.search(_ENV_VAR.sub("", value)):
        raise NotPlainError
    text = _ENV_VAR.sub(looked_up, value)
    if _SECRET in text:
        raise NotPlainError
    return text
