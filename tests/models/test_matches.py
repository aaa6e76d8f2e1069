"""What matches make of groups: against the reference, and what the documentation promises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.helpers.dbt_project import new_dbt
from tests.models.compare import assert_models_match
from tests.models.compiled import CompiledModels, compile_models
from tests.models.match_reference import Match
from tests.models.tables import frame, rows_and_matches

Rows = list[dict[str, str | None]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return compile_models(new_dbt(tmp_path_factory.mktemp("compiled")))


@settings(max_examples=60)
@given(rows_and_matches())
def test_no_difference_on_any_table_with_matches(
    compiled: CompiledModels, table: tuple[Rows, list[Match]]
) -> None:
    """Also: under version 2, no link stands on both sides of the split, dropped ones included."""
    rows, matches = table
    assert_models_match(compiled.read_after(frame(rows), matches), matches)
