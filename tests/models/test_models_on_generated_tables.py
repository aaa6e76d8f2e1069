"""The compiled SQL of every model, on tables made by hypothesis, against the reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.dbt_project import new_dbt
from tests.models import reference
from tests.models.compare import assert_models_match

_ALL_TEXT = pa.schema([(column, pa.string()) for column in reference.COLUMNS])


@dataclass(frozen=True)
class CompiledModels:
    """What dbt sends to the engine, to be run on many tables without starting dbt each time."""

    database: str
    statements: list[str] = field(repr=False)

    def read_after(self, paintings: pd.DataFrame) -> Callable[[str], pd.DataFrame]:
        """Build all models in memory over `paintings`, and return a reader of relations."""
        connection = duckdb.connect()
        connection.execute(f"attach ':memory:' as {self.database}")
        connection.execute(f"use {self.database}")
        rows = pa.Table.from_pandas(paintings, schema=_ALL_TEXT, preserve_index=False)
        connection.register("rows", rows)
        connection.execute("create table Paintings as from rows")
        connection.execute("; ".join(self.statements))
        return lambda relation: connection.execute(f'select * from "{relation}"').df()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    dbt = new_dbt(tmp_path_factory.mktemp("compiled"))
    dbt.succeed("compile", "--select", "resource_type:model")
    manifest = json.loads((dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = {
        name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    ordered: list[str] = []
    while len(ordered) < len(nodes):
        ordered += [
            name
            for name, node in nodes.items()
            if name not in ordered
            and all(parent in ordered for parent in node["depends_on"]["nodes"] if parent in nodes)
        ]
    statements = []
    for name in ordered:
        node = nodes[name]
        kind = node["config"]["materialized"]
        statements.append(f"create {kind} {node['relation_name']} as {node['compiled_code']}")
    return CompiledModels(dbt.database.stem, statements)


# Few values, so that hashes collide, sizes tie and every rule is met within a few rows.
def _one_of(*values: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from(values)


_GOOD_HASH = _one_of("0a", "0A", " ff", "00", "12244")
_HASH = st.one_of(
    _GOOD_HASH, _GOOD_HASH, _GOOD_HASH, _GOOD_HASH, _one_of(None, "", "0x1", "g", "é", "f" * 41)
)
_SIZE = _one_of(
    None, "", "100", "100.0", " 200 ", "1e3", "200", "0", "-1", "1.5", "wide", "2147483648"
)
_ROW = st.fixed_dictionaries(
    {
        "Artist": _one_of("Monet", "monet", " Monet ", "Édouard Manet", "Manet", "", None),
        "ArtistNumber": _one_of("1", "2", None, "1.0", "x"),
        "Width": _SIZE,
        "Height": _SIZE,
        "EncodingFormat": _one_of("jpeg", "JPEG", " png", None),
        "Name": st.one_of(st.none(), _one_of("a", "b", "ä; b")),
        "URL": _one_of("http://a/1", "http://a/2", "http://a/2 ", "http://ä", None),
        **dict.fromkeys(reference.HASHES, _GOOD_HASH),
        # One level is enough to show what a bad hash does; eight would reject nearly every row.
        "DHashHex5": _HASH,
    }
)


@settings(max_examples=100)
@given(st.lists(_ROW, max_size=25))
def test_no_difference_on_any_table(
    compiled: CompiledModels, rows: list[dict[str, str | None]]
) -> None:
    paintings = pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
    assert_models_match(compiled.read_after(paintings))


@settings(max_examples=25)
@given(st.lists(_ROW, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    compiled: CompiledModels, rows: list[dict[str, str | None]], shuffler: object
) -> None:
    paintings = pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
    shuffled = list(rows)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    again = pd.DataFrame(shuffled, columns=reference.COLUMNS, dtype=object)
    before, after = compiled.read_after(paintings), compiled.read_after(again)
    for relation in ("UniquePaintings", "duplicate_paintings"):
        one, other = before(relation), after(relation)
        order = list(one.columns)
        assert one.sort_values(order, ignore_index=True).equals(
            other.sort_values(order, ignore_index=True)
        )


@settings(max_examples=25)
@given(st.lists(_ROW, min_size=1, max_size=20), st.lists(_ROW, max_size=5))
def test_growth_moves_no_image_between_train_and_test(
    compiled: CompiledModels,
    rows: list[dict[str, str | None]],
    more: list[dict[str, str | None]],
) -> None:
    def sides(table: list[dict[str, str | None]]) -> dict[str, float]:
        paintings = pd.DataFrame(table, columns=reference.COLUMNS, dtype=object)
        unique = compiled.read_after(paintings)("UniquePaintings")
        return dict(zip(unique["DHashHex3"], unique["Random"], strict=True))

    before, after = sides(rows), sides(rows + more)
    assert before == {text: after[text] for text in before}


def test_the_split_is_near_the_share(compiled: CompiledModels) -> None:
    """Of 20,000 hashes, Train takes 80 % within four standard deviations (0.28 % each)."""
    row = dict.fromkeys(reference.COLUMNS, "0") | {"Artist": "a", "Width": "1", "Height": "1"}
    rows = [row | {"DHashHex3": f"{n:x}", "URL": f"http://a/{n}"} for n in range(20_000)]
    paintings = pd.DataFrame(rows, columns=reference.COLUMNS, dtype=object)
    summary = compiled.read_after(paintings)("dedupe_summary").iloc[0]
    assert abs(summary["TrainRows"] / summary["UniqueRows"] - 0.8) < 0.0114
