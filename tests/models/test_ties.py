"""Every row_number puts its rows into one order, so that no table depends on how they are read."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
import sqlglot
from hypothesis import given
from sqlglot import exp

from tests.helpers.examples import examples
from tests.models import reference
from tests.models.compiled import CompiledModels, Statement, execute
from tests.models.components import Components
from tests.models.plain_row import ROW, Rows
from tests.models.tables import any_row, frame, parts_of, rows_of
from tests.models.verdict_tables import Table, judged_tables


def _numbered(sql: str) -> tuple[str, int]:
    """The query with an error where a row_number has a tie, and how many it has."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    windows = [w for w in tree.find_all(exp.Window) if isinstance(w.this, exp.RowNumber)]
    for window in windows:
        number = window.sql("duckdb")
        over = number.partition(" OVER (")[2].removesuffix(")")
        peers = f"count(*) over ({over} range between current row and current row)"
        message = "a tie of rows in " + over.replace("'", "''")
        window.replace(
            sqlglot.parse_one(
                f"case when {peers} > 1 then error('{message}: ' || {peers}) else {number} end",
                dialect="duckdb",
            )
        )
    return tree.sql("duckdb"), len(windows)


@pytest.fixture(scope="module")
def without_ties(compiled: CompiledModels) -> CompiledModels:
    """The models, which end with an error where two rows have the same place."""
    statements: list[Statement] = []
    total = 0
    for statement in compiled.statements:
        text = statement.links if isinstance(statement, Components) else statement
        checked, count = _numbered(text)
        total += count
        is_text = isinstance(statement, str)
        statements.append(checked if is_text else replace(statement, links=checked))
    assert total >= 15
    return replace(compiled, statements=statements)


def test_a_tie_is_seen() -> None:
    place = "row_number() over (partition by a order by b)"
    query = f"create or replace table n as select {place} as n from t"
    with duckdb.connect() as connection:
        connection.execute("create table t as select * from (values (1, 1), (2, 1)) v (a, b)")
        execute(connection, [_numbered(query)[0]])
        connection.execute("insert into t values (2, 1)")
        with pytest.raises(duckdb.InvalidInputException, match="a tie of rows in PARTITION BY a"):
            execute(connection, [_numbered(query)[0]])


def test_images_at_one_url_have_an_order(without_ties: CompiledModels) -> None:
    """Version 1 keeps all of them, as their hashes differ, and version 2 takes them for one."""
    rows = [ROW | {"URL": "http://a/1", "DHashHex3": f"{number:06x}"} for number in range(3)]
    with without_ties.connect_after(frame(rows)) as connection:
        kept = connection.sql("select ModelVersion, count(*) from int_images_split group by all")
        assert sorted(kept.fetchall()) == [(1, 3), (2, 1)]


@examples(2)
@given(rows_of(any_row, 4), parts_of(judged_tables))
def test_no_two_rows_have_the_same_place(
    without_ties: CompiledModels, any_rows: Rows, judged: Table
) -> None:
    """Of rows that are the same, it does not matter which is first, so there are none."""
    paintings, matches, verdicts = judged
    given_rows = frame(any_rows + paintings)
    is_repeated = reference.clean(given_rows)[reference.COLUMNS].duplicated()
    different = given_rows[~is_repeated.to_numpy()]
    without_ties.connect_after(different, matches=matches, verdicts=verdicts).close()
