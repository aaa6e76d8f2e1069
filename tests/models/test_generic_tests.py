"""The generic tests of the project find what they are for, and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.helpers.dbt_project import new_dbt

# A call of the test, with what it reads, and how many rows it must find.
CASES = [
    ("test_between('{}', 'x', at_least=1)", "values (0), (1), (2), (null)", 2),
    ("test_between('{}', 'x', at_least=1, nullable=true)", "values (0), (1), (null)", 1),
    ("test_between('{}', 'x', below=1)", "values (0), (1), (2), (null)", 3),
    ("test_between('{}', 'x', at_least=0, below=1)", "values (-0.1), (0), (0.9), (1)", 2),
    ("test_filled('{}', 'x')", "values ('a'), (''), (null)", 2),
    ("test_filled('{}', 'x', nullable=true)", "values ('a'), (''), (null)", 1),
    ("test_hexadecimal('{}', 'x')", "values ('0af'), ('0AF'), ('g'), (''), (null)", 4),
    ("test_hexadecimal('{}', 'x', nullable=true)", "values ('0af'), ('g'), (null)", 1),
    ("test_one_of('{}', 'x', ['a', 'b'])", "values ('a'), ('A'), ('c'), (null)", 3),
    ("test_one_of('{}', 'x', [0, 1], nullable=true)", "values (0), (1), (2), (null)", 1),
    ("test_unique_combination('{}', text_columns=['x'])", "values ('a'), ('A'), ('b'), ('b')", 1),
    ("test_unique_combination('{}', columns=['x'])", "values (1), (1), (2)", 1),
    ("test_relationships('{}', 'x', '(select 1 as x)', 'x')", "values (1), (2), (null)", 1),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """How many rows each test finds, in the order of `CASES`."""
    queries = []
    for place, (call, rows, _) in enumerate(CASES):
        read = call.format("(select * from rows_of_test) as tested")
        queries.append(
            f"select {place} as place, count(*) as found from "
            f"(with rows_of_test (x) as ({rows}) select * from ({{{{ {read} }}}}))"
        )
    sql = f"select * from ({' union all '.join(queries)}) order by place"
    dbt = new_dbt(tmp_path_factory.mktemp("generic"))
    printed = dbt.succeed(
        *("--quiet", "show", "--output", "json", "--limit", str(len(CASES)), "--inline", sql)
    )
    return [row["found"] for row in json.loads(printed)["show"]]


@pytest.mark.parametrize("place", range(len(CASES)), ids=[case[0] for case in CASES])
def test_a_generic_test_finds_what_it_is_for(place: int, found: list[int]) -> None:
    assert found[place] == CASES[place][2]
