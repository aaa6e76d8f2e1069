"""The models, compiled once for DuckDB."""

from __future__ import annotations

import pytest

from tests.helpers.dbt_project import new_dbt
from tests.models.compiled import CompiledModels, compile_models


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return compile_models(new_dbt(tmp_path_factory.mktemp("compiled")))
