"""No query does what SQL Server refuses beyond its grammar, or takes otherwise than meant."""

from __future__ import annotations

import pytest

from tests.tsql.compiled_project import KINDS, CompiledProject
from tests.tsql.tsql_rules import RULES, parse

BAD = {
    "cast by ::": "select a::int as a from t",
    "||": "select a || b as c from t",
    "true": "select true as a from t",
    "false": "select case when a = 1 then false end as a from t",
    "boolean": "select cast(a as boolean) as a from t",
    "limit": "select a from t limit 1",
    "text beyond ASCII": "select N'é' as a from t",
    "text in double quotes": 'select a from t where a = "monet"',
    "function of another engine": "select regexp_full_match(a, 'b') as a from t",
    "using": "select a from t inner join u using (a)",
    "group by a number": "select a from t group by 1",
    "order by without top": "with c as (select a from t order by a) select a from c",
    "with inside a query": "select a from (with c as (select a from t) select a from c) as d",
    "count() as int": "select count(*) as n from t",
    "column without a name": "with c as (select count_big(*) from t) select * from c",
    "window without order": "select row_number() over (partition by a) as n from t",
    "two collations": (
        "with c as (select a collate Latin1_General_100_BIN2 as a from t) "
        "select coalesce(u.a, c.a) as a from u cross join c"
    ),
    "like by a collation": (
        "with c as (select a collate Latin1_General_100_BIN2 collate database_default as a from t) "
        "select a from c where a not like '0%'"
    ),
    "length by a collation": (
        "select unicode(substring(a collate Latin1_General_100_BIN2, n.Place, 1)) as b "
        "from t inner join n on n.Place <= len(a)"
    ),
}
GOOD = [
    'select top 3 a, N\'x\' as b from "d"."dbo"."t" order by a',
    "select count_big(distinct a) as n, 'count(true) || limit ::' as b from t group by a",
    "select row_number() over (partition by a order by b) as n from t where a in (1, 2)",
    "select v.n from (values (1), (2)) as v (n)",
    "with c as (select a from t), d as (select a from c) select c.a from c, d where c.a = d.a",
    "with c as (select a collate Latin1_General_100_BIN2 as a from t) "
    "select c.a from u inner join c on u.a collate Latin1_General_100_BIN2 = c.a",
    "select a from t where a collate Latin1_General_100_BIN2 like '0%'",
    "with c as (select lower(a collate Latin1_General_100_BIN2) as a from t) "
    "select a from c where a not like '0%'",
    "select a from t where exists (select 1 from u) and b = (select count_big(*) from u)",
]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_a_bad_example(rule: str) -> None:
    assert list(RULES[rule](parse(BAD[rule])))


@pytest.mark.parametrize("sql", GOOD)
def test_rules_let_good_examples_pass(sql: str) -> None:
    assert {rule: found for rule in RULES if (found := list(RULES[rule](parse(sql))))} == {}


@pytest.mark.parametrize("rule", RULES)
def test_no_query_breaks_the_rule(rule: str, project: CompiledProject) -> None:
    faults = []
    for query in project.queries(*KINDS):
        # dbt's own tests use the count that they make for a comparison only.
        if rule == "count() as int" and query.is_built_in:
            continue
        faults += [f"{query.kind} {query.name}: {found}" for found in RULES[rule](parse(query.sql))]
    assert not faults, "\n".join(faults)
