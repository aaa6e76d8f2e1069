"""The models, compiled once for DuckDB."""

from __future__ import annotations

import pytest

from tests.models.compiled import CompiledModels, compile_once


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return compile_once(tmp_path_factory)
