"""The project, compiled once for SQL Server."""

from __future__ import annotations

import pytest

from tests.helpers.dbt_project import Dbt, new_dbt
from tests.tsql.compiled_project import CompiledProject, compile_project


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    return new_dbt(tmp_path_factory.mktemp("tsql"))


@pytest.fixture(scope="session")
def project(dbt: Dbt) -> CompiledProject:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AZURE_SQL_SERVER", "unused")
        return compile_project(dbt)
