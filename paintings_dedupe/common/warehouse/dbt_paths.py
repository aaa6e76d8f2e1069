"""Find a dbt project, its profile and its target folder where dbt would find them."""

from __future__ import annotations

import os
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import Any

from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.common.warehouse.plain_yaml import NotPlainError, read_yaml, rendered

# dbt takes a second to import, so it reads only what is not plain. `dbt.cli`, which knows the usual
# folders, would also import all commands of dbt.


def project_folder(asked: Path | None) -> Path:
    """The project folder: as given, else DBT_PROJECT_DIR, else this folder or one above it.

    Other relative paths, such as that of a DuckDB file in a profile, start in the folder where the
    command was started, for dbt as well.
    """
    return asked or Path(from_environment("PROJECT_DIR") or _usual_project())


def check_project(project: Path) -> None:
    """Check that a folder has a dbt project.

    Raises
    ------
    WarehouseError
        If it has none.
    """
    if not (project / "dbt_project.yml").exists():
        raise WarehouseError(
            f"there is no dbt_project.yml in {project}: start the command in the folder of the dbt "
            "project, or give --project-dir"
        )


def profiles_folder(asked: Path | None, project: Path) -> Path:
    """The folder of profiles.yml: as given, else DBT_PROFILES_DIR, else this folder, else ~/.dbt.

    If dbt would find no profile of the project there, it is the project folder.
    """
    if found := asked or from_environment("PROFILES_DIR"):
        return Path(found)
    here = Path.cwd()
    usual = here if (here / "profiles.yml").exists() else Path.home() / ".dbt"
    name = from_environment("PROFILE") or _settings(project).get("profile")
    return usual if name in _profiles(usual) else project


def target_folder(asked: Path | None, project: Path) -> Path:
    """The folder of manifest.json: as given, else DBT_TARGET_PATH, else as in the project.

    A relative path starts in the project folder.
    """
    return project / (asked or from_environment("TARGET_PATH") or _target_path(project))


def from_environment(name: str) -> str | None:
    """The value of a dbt option in the environment; dbt uses two prefixes."""
    return os.environ.get(f"DBT_ENGINE_{name}") or os.environ.get(f"DBT_{name}") or None


def _usual_project() -> Path:
    here = Path.cwd()
    folders = (here, *here.parents)
    return next((folder for folder in folders if (folder / "dbt_project.yml").exists()), here)


def _target_path(project: Path) -> str:
    return str(_settings(project).get("target-path") or "target")


def _settings(project: Path) -> dict[str, Any]:
    """What dbt_project.yml says of `profile` and `target-path`; empty if it cannot be read."""
    path = project / "dbt_project.yml"
    try:
        raw = read_yaml(path)
        return {name: rendered(raw.get(name)) for name in ("profile", "target-path")}
    except NotPlainError:
        return _settings_by_dbt(project) if path.exists() else {}


def _settings_by_dbt(project: Path) -> dict[str, Any]:
    from dbt.config.project import PartialProject  # noqa: PLC0415
    from dbt.config.renderer import DbtProjectYamlRenderer  # noqa: PLC0415
    from dbt_common.context import set_invocation_context  # noqa: PLC0415
    from dbt_common.exceptions import DbtBaseException  # noqa: PLC0415

    # For `env_var` in the file.
    set_invocation_context(os.environ)
    # Whatever reads the project next reports what is wrong with it.
    with suppress(DbtBaseException):
        partial = PartialProject.from_project_root(str(project), verify_version=False)
        found = partial.get_rendered(DbtProjectYamlRenderer(None, {}))
        return dict(found.project_dict)
    return {}


def _profiles(folder: Path) -> Container[object]:
    """The names in profiles.yml, which are not rendered; empty if it cannot be read."""
    try:
        return read_yaml(folder / "profiles.yml")
    except NotPlainError:
        return ()
