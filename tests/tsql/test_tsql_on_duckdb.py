"""The T-SQL of every model, carried over to DuckDB, makes the same tables as the native models.

`on_duckdb` says what such a run cannot show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import example, given

from tests.helpers.dbt_project import REAL_PAINTINGS, ROOT
from tests.helpers.examples import examples
from tests.models import reference
from tests.models.compare import assert_models_match
from tests.models.compiled import (
    CompiledModels,
    compile_once,
    create_own_tables,
    create_statement,
    models_in_order,
)
from tests.models.match_reference import Match
from tests.models.plain_row import ROW, Row, Rows
from tests.models.tables import any_row, frame, parts_of, rows_of
from tests.models.verdict_reference import Verdict
from tests.models.verdict_tables import Table, judged_tables, name_of
from tests.tsql.compiled_project import CompiledProject
from tests.tsql.on_duckdb import CASE_DOES_NOT_COUNT, translate

Bag = Counter[tuple[object, ...]]
PLAIN = ROW | {"URL": "http://a/1", "DHashHex8": "0f0f33cc55aa96c30ff03c5a69a5f00f"}


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    return compile_once(tmp_path_factory)


@pytest.fixture(scope="module")
def translated(project: CompiledProject) -> CompiledModels:
    return CompiledModels(
        "paintings.dbo",
        [CASE_DOES_NOT_COUNT, *create_own_tables(project.manifest)],
        [create_statement(node, translate) for node in models_in_order(project.manifest)],
    )


@pytest.fixture(scope="module")
def relations(project: CompiledProject) -> list[str]:
    return [model.node["alias"] for model in project.queries("model")]


@pytest.fixture(scope="module", params=["sample", "real paintings"])
def paintings(request: pytest.FixtureRequest) -> pd.DataFrame:
    file: Path = {
        "sample": ROOT / "demo" / "paintings.csv",
        "real paintings": REAL_PAINTINGS / "paintings.csv",
    }[request.param]
    if not file.exists():
        pytest.skip(f"the test data {file} are not beside this checkout")
    return pd.read_csv(file, dtype=str, keep_default_na=False)[reference.COLUMNS]


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> Bag:
    return Counter(connection.execute(query).fetchall())


def assert_same_tables(
    translated: CompiledModels,
    native: CompiledModels,
    paintings: pd.DataFrame,
    names: list[str],
    matches: Iterable[Match] = (),
    verdicts: Iterable[Verdict] = (),
) -> None:
    """Every relation has the same columns and rows either way, which are those of the reference."""
    ours, theirs = (
        models.connect_after(paintings, matches=matches, verdicts=verdicts)
        for models in (translated, native)
    )
    _assert_same(ours, theirs, names, matches, verdicts)


def _assert_same(
    ours: duckdb.DuckDBPyConnection,
    theirs: duckdb.DuckDBPyConnection,
    names: list[str],
    matches: Iterable[Match] = (),
    verdicts: Iterable[Verdict] = (),
) -> None:
    for name in names:
        one, other = (c.execute(f'select * from "{name}"') for c in (ours, theirs))
        assert [c[0] for c in one.description] == [c[0] for c in other.description], name
        assert Counter(one.fetchall()) == Counter(other.fetchall()), name
    assert_models_match(
        lambda name: ours.execute(f'select * from "{name}"').df(), matches, verdicts
    )


@pytest.fixture(scope="module")
def built(translated: CompiledModels, paintings: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """The tables that the translated models make."""
    return translated.connect_after(paintings)


def test_the_models_make_the_same_tables(
    built: duckdb.DuckDBPyConnection,
    native: CompiledModels,
    relations: list[str],
    paintings: pd.DataFrame,
) -> None:
    _assert_same(built, native.connect_after(paintings), relations)


def _one_unit_a_character(row: Row) -> Row:
    """The row without characters beyond the BMP, which DuckDB counts once and SQL Server twice."""
    return {
        name: value and re.sub("[\U00010000-\U0010ffff]", "\u00e9", value)
        for name, value in row.items()
    }


@examples(2)
@given(rows_of(any_row, 4), parts_of(judged_tables))
@example([], ([], [], []))
@example(
    # Which note is the first one depends on whether case counts.
    [],
    ([PLAIN], [], [Verdict("drop", *name_of(PLAIN), None, None, None, note) for note in "Ba"]),
)
def test_the_models_make_the_same_tables_of_any_rows_matches_and_verdicts(
    translated: CompiledModels,
    native: CompiledModels,
    relations: list[str],
    any_rows: Rows,
    judged: Table,
) -> None:
    paintings, matches, verdicts = judged
    rows = [_one_unit_a_character(row) for row in any_rows + paintings]
    assert_same_tables(translated, native, frame(rows), relations, matches, verdicts)


def test_a_match_of_a_name_with_a_blank_behind_says_nothing(
    translated: CompiledModels, native: CompiledModels, relations: list[str]
) -> None:
    """Though T-SQL takes it for the name without: the matcher has written no such row."""
    hashes = ["0f0f33cc55aa96c30ff03c5a69a5f00f", "a5c3f0693c965a0f33aa55cc0f6996f0"]
    row = reference.SOUND_HASHES | {"Artist": "Monet", "EncodingFormat": "jpeg", "Width": "9"}
    rows = [row | {"DHashHex8": name, "URL": f"http://a/{name}"} for name in hashes]
    one, other = (("Monet", name) for name in hashes)
    lost = ((("Monet ", hashes[0]), other), (one, ("Monet", f"{hashes[1]} ")))
    matches = [Match(*pair, 99, True) for names in lost for pair in (names, names[::-1])]
    assert_same_tables(translated, native, frame(rows), relations, matches)


def test_the_singular_tests_find_nothing(
    built: duckdb.DuckDBPyConnection, project: CompiledProject
) -> None:
    tests = [q for q in project.queries("test") if "test_metadata" not in q.node]
    assert len(tests) == len(list((ROOT / "tests" / "singular").glob("*.sql")))
    for test in tests:
        assert rows(built, translate(test.sql)) == Counter(), test.name


def test_the_queries_by_hand_agree_with_the_marts(
    translated: CompiledModels, project: CompiledProject, paintings: pd.DataFrame
) -> None:
    """On tables without a rejected row, which both of these are, and with sizes as numbers."""
    numbers = paintings.astype(dict.fromkeys(reference.NUMBERS, int))
    connection = translated.connect_after(numbers, numbers=True)
    analyses = {q.name: translate(q.sql) for q in project.queries("analysis")}
    assert rows(connection, "select * from rejected_paintings") == Counter()

    counts = rows(connection, analyses["unique_counts_by_windows"])
    assert counts == rows(connection, "select * from unique_counts_by_artist")
    assert counts

    columns = "DHashHex3, Width, Height"
    by_window = f"select {columns} from ({analyses['unique_paintings_by_window']})"
    kept = rows(connection, f"select {columns} from UniquePaintings")
    assert rows(connection, by_window) == kept

    total = len(paintings)
    comparison = rows(connection, analyses["row_count_comparison"])
    assert comparison == Counter([(total, kept.total(), total - kept.total())])


_BITS = (
    "cast(substring(cast(try_cast('00000000-0000-0000-' + stuff({}, 5, 0, '-') as uniqueidentifier)"
    " as varbinary(16)), 9, 8) as bigint)"
)


@pytest.mark.parametrize(
    ("t_sql", "expected"),
    [
        ("trim(nchar(32) + nchar(9) from N' \ta b ')", "a b"),
        ("convert(nvarchar(max), 12, 3) collate Latin1_General_100_BIN2", "12"),
        ("case when 'a1' not like '%[^0-9a-f]%' then 'hex' else 'other' end", "hex"),
        ("case when 'g1' like '%[^0-9a-f]%' then 'other' else 'hex' end", "other"),
        ("1 + 2", 3),
        (
            "replace(translate(N'a b', nchar(32) + N'c', replicate(nchar(9), 2)), nchar(9), N'-')",
            "a-b",
        ),
        ("right(concat('0000', lower('AB')), 4)", "00ab"),
        (_BITS.format("'0000' + substring('123456789abc', 1, 12)"), 0x123456789ABC),
        (_BITS.format("'8000000000000001'"), 1 - 2**63),
        (_BITS.format("'800000000000000g'"), None),
        ("((6 ^ 3) & cast(7 as bigint)) / 2", 2),
        # uuid.UUID(bytes_le=md5(b"a").digest()).hex
        (
            "lower(replace(cast(cast(hashbytes('MD5', cast('a' as varchar(max)))"
            " as uniqueidentifier) as varchar(36)), '-', ''))",
            "b975c10cf1c0a8b631c399e269772661",
        ),
        (
            "(select ' ' + string_agg(cast(t.code as varchar(9)), '.')"
            " within group (order by t.n) from (values (2, 66), (1, 65)) as t (n, code))",
            " 65.66",
        ),
        # int.from_bytes(md5(b"seed:0a").digest()[:2], "big")
        (
            "cast(substring(hashbytes('MD5', 'seed:' + cast('0a' as varchar(9))), 1, 2) as bigint)",
            26714,
        ),
    ],
)
def test_a_rewrite_keeps_the_meaning(t_sql: str, expected: object) -> None:
    assert duckdb.execute(translate(f"select {t_sql} as answer")).fetchone() == (expected,)
