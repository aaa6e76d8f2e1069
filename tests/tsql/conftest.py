"""The project, compiled once for SQL Server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.dbt_project import Dbt, new_dbt
from tests.helpers.made_once import made_once
from tests.tsql.compiled_project import CompiledProject, compile_project, read_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return read_project(Dbt(made_once(tmp_path_factory, "compiled_t_sql", _compile_in)))


def _compile_in(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AZURE_SQL_SERVER", "unused")
        compile_project(new_dbt(folder))
