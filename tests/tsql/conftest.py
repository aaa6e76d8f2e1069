"""The project, compiled once for SQL Server."""

from __future__ import annotations

import pytest

from tests.helpers.dbt_project import new_dbt
from tests.tsql.compiled_project import CompiledProject, compile_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AZURE_SQL_SERVER", "unused")
        return compile_project(new_dbt(tmp_path_factory.mktemp("tsql")))
