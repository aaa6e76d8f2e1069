"""The compiled SQL of every model, on tables made by hypothesis, against the reference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.dbt_project import new_dbt
from tests.models import reference
from tests.models.compare import assert_models_match
from tests.models.compiled import CompiledModels, compile_models
from tests.models.tables import NEAR_ROW, ROW, frame


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return compile_models(new_dbt(tmp_path_factory.mktemp("compiled")))


@settings(max_examples=100)
@given(st.lists(ROW, max_size=25))
def test_no_difference_on_any_table(
    compiled: CompiledModels, rows: list[dict[str, str | None]]
) -> None:
    paintings = frame(rows)
    assert_models_match(compiled.read_after(paintings))


@settings(max_examples=40)
@given(st.lists(NEAR_ROW, max_size=20))
def test_no_difference_on_any_table_of_near_duplicates(
    compiled: CompiledModels, rows: list[dict[str, str | None]]
) -> None:
    """Also: under version 2, no pair within the threshold stands on both sides of the split."""
    assert_models_match(compiled.read_after(frame(rows)))


@settings(max_examples=25)
@given(st.lists(ROW, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    compiled: CompiledModels, rows: list[dict[str, str | None]], shuffler: object
) -> None:
    paintings = frame(rows)
    shuffled = list(rows)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    again = frame(shuffled)
    before, after = compiled.read_after(paintings), compiled.read_after(again)
    for relation in ("UniquePaintings", "duplicate_paintings"):
        one, other = before(relation), after(relation)
        order = list(one.columns)
        assert one.sort_values(order, ignore_index=True).equals(
            other.sort_values(order, ignore_index=True)
        )


@settings(max_examples=25)
@given(st.lists(ROW, min_size=1, max_size=20), st.lists(ROW, max_size=5))
def test_growth_moves_no_image_between_train_and_test(
    compiled: CompiledModels,
    rows: list[dict[str, str | None]],
    more: list[dict[str, str | None]],
) -> None:
    def sides(table: list[dict[str, str | None]]) -> dict[str, float]:
        paintings = frame(table)
        unique = compiled.read_after(paintings)("UniquePaintings")
        return dict(zip(unique["DHashHex3"], unique["Random"], strict=True))

    before, after = sides(rows), sides(rows + more)
    assert before == {text: after[text] for text in before}


def test_the_split_is_near_the_share(compiled: CompiledModels) -> None:
    """Of 20,000 hashes, Train takes 80 % within four standard deviations (0.28 % each)."""
    row = dict.fromkeys(reference.COLUMNS, "1") | reference.SOUND_HASHES
    rows = [row | {"DHashHex3": f"{n:06x}", "URL": f"http://a/{n}"} for n in range(20_000)]
    paintings = frame(rows)
    summary = compiled.read_after(paintings)("dedupe_summary").iloc[0]
    assert abs(summary["TrainRows"] / summary["UniqueRows"] - 0.8) < 0.0114
