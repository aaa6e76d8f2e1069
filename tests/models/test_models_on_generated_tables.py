"""The compiled SQL of every model, on tables made by hypothesis, against the reference."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from paintings_dedupe.common.text import clean, clean_url
from tests.helpers.examples import drawn, examples
from tests.models import reference
from tests.models.compare import assert_models_match
from tests.models.compiled import CompiledModels
from tests.models.match_reference import Match
from tests.models.plain_row import Rows
from tests.models.tables import any_row, frame, near_row, parts_of, rows_and_matches, rows_of
from tests.models.verdict_reference import Verdict
from tests.models.verdict_tables import judged_tables


def test_the_tables_of_the_tests_have_rows_of_all_kinds(compiled: CompiledModels) -> None:
    """Else a test of a few tables would compare nothing with nothing."""
    tables: list[tuple[Rows, list[Match], list[Verdict]]] = [
        *((rows, [], []) for rows in drawn(rows_of(any_row, 12), 1)),
        *((rows, [], []) for rows in drawn(rows_of(near_row, 16), 1)),
        *((rows, matches, []) for rows, matches in drawn(parts_of(rows_and_matches), 1)),
        *drawn(parts_of(judged_tables), 2),
    ]
    empty = []
    for rows, matches, verdicts in tables:
        read = compiled.read_after(frame(rows), matches, verdicts)
        empty.append({relation for relation in compiled.sources if read(relation).empty})
    kinds = {
        *("UniquePaintings", "UniquePaintings_v2", "duplicate_paintings", "near_duplicate_pairs"),
        *("rejected_paintings", "cleaned_paintings", "flat_images", "label_conflicts"),
    }
    assert all(kinds.isdisjoint(found) for found in empty)
    # The rows were neither read from a file nor uploaded.
    assert empty[-1] & empty[-2] == {"rejected_lines", "stg_uploads__results"}


def test_a_failing_test_tells_its_error(compiled: CompiledModels) -> None:
    """And not that what it was given is too large to be written."""

    @settings(max_examples=1, database=None, phases=[Phase.generate])
    @given(rows=rows_of(any_row, 12))
    def fails(models: CompiledModels, rows: Rows) -> None:
        raise KeyError(models.schema, len(rows))

    with pytest.raises(KeyError):
        fails(compiled)


@examples(3)
@given(rows_of(any_row, 12))
def test_no_difference_on_any_table(compiled: CompiledModels, rows: Rows) -> None:
    assert_models_match(compiled.read_after(frame(rows)))


@examples(3)
@given(rows_of(near_row, 16))
def test_no_difference_on_any_table_of_near_duplicates(
    compiled: CompiledModels, rows: Rows
) -> None:
    """Also: under version 2, no pair within the threshold stands on both sides of the split."""
    assert_models_match(compiled.read_after(frame(rows)))


@examples(2)
@given(rows_of(any_row, 12), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    compiled: CompiledModels, rows: Rows, shuffler: object
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


@examples(2)
@given(rows_of(any_row, 10), rows_of(any_row, 3))
def test_growth_moves_no_image_between_train_and_test(
    compiled: CompiledModels, rows: Rows, more: Rows
) -> None:
    def sides(table: Rows) -> dict[str, float]:
        paintings = frame(table)
        unique = compiled.read_after(paintings)("UniquePaintings")
        return dict(zip(unique["DHashHex3"], unique["Random"], strict=True))

    before, after = sides(rows), sides(rows + more)
    assert before == {text: after[text] for text in before}


def staged(compiled: CompiledModels, rows: Rows) -> pd.DataFrame:
    """The rows as staging has them, in their order, which a view does not keep."""
    numbered = [row | {"ArtistNumber": str(number)} for number, row in enumerate(rows)]
    table = compiled.read_after(frame(numbered))("stg_gallery__paintings")
    return table.sort_values("ArtistNumber")


def test_each_character_is_cleaned_as_python_does_it(compiled: CompiledModels) -> None:
    """In the middle of a name and at the ends of an address."""
    codes = (*range(1, 0xD800), *range(0xE000, 0x30000), *range(0xDFF00, 0xE1100))
    characters = [chr(code) for code in codes]
    sound = dict.fromkeys(reference.COLUMNS, "1") | reference.SOUND_HASHES
    table = staged(
        compiled,
        [sound | {"Name": f"a{c} b", "URL": f"{c}http://a/{c}b{c}"} for c in characters],
    )
    assert table["Name"].tolist() == [clean(f"a{c} b") for c in characters]
    assert table["URL"].tolist() == [clean_url(f"{c}http://a/{c}b{c}") for c in characters]


@pytest.mark.parametrize(
    ("text", "kept", "is_whole"),
    [
        ("x" * 400, "x" * 400, True),
        ("\u00e9" * 400, "\u00e9" * 400, True),
        ("x" * 398 + "\U0001f3a8", "x" * 398 + "\U0001f3a8", True),
        ("x" * 399 + "\U0001f3a8", "x" * 399, False),
        ("\U0001f3a8" * 200, "\U0001f3a8" * 200, True),
        ("x" + "\U0001f3a8" * 200, "x" + "\U0001f3a8" * 199, False),
        ("x" * 401, "x" * 400, False),
    ],
)
def test_length_is_counted_and_cut_as_sql_server_does(
    compiled: CompiledModels, text: str, kept: str, is_whole: bool
) -> None:
    """Its nvarchar(400) has 400 units of UTF-16; a character of two units is not cut in half."""
    sound = dict.fromkeys(reference.COLUMNS, "1") | reference.SOUND_HASHES
    (row,) = staged(compiled, [sound | {"Artist": text}]).to_dict("records")
    assert row["Artist"] == kept
    assert (row["TypingErrors"] is None) == is_whole


def test_a_row_with_every_text_at_its_full_length_takes_part(compiled: CompiledModels) -> None:
    paintings = frame([reference.FULL_LENGTH])
    read = compiled.read_after(paintings)
    assert read("UniquePaintings")[reference.COLUMNS].astype(str).to_dict("records") == [
        reference.FULL_LENGTH
    ]
    assert_models_match(read)


def test_the_split_is_near_the_share(compiled: CompiledModels) -> None:
    """Of 20,000 hashes, Train takes 80 % within four standard deviations (0.28 % each)."""
    row = dict.fromkeys(reference.COLUMNS, "1") | reference.SOUND_HASHES
    rows = [row | {"DHashHex3": f"{n:06x}", "URL": f"http://a/{n}"} for n in range(20_000)]
    paintings = frame(rows)
    summary = compiled.read_after(paintings)("dedupe_summary").iloc[0]
    assert abs(summary["TrainRows"] / summary["UniqueRows"] - 0.8) < 0.0114
