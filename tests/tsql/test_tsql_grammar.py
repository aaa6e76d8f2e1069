"""Every query parses with ScriptDom, the parser of SQL Server's own tools, by way of maxdop.

The grammar is that of SQL Server 2017, the first with concat_ws and trim(x from y). A parser knows
no tables and no functions: what it lets pass may still be refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.dbt_project import new_dbt
from tests.tsql.compiled_project import (
    KINDS,
    CompiledProject,
    Query,
    columns_of,
    compile_project,
)

GRAMMAR = "2017"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dbt-sqlserver writes "names" so, which connections by ODBC understand from the start."""
    file = tmp_path_factory.mktemp("maxdop") / "settings.json"
    file.write_text(json.dumps({"initialQuotedIdentifiers": True}), encoding="utf-8")
    return file


def complaint(batches: list[str], settings: Path, grammar: str = GRAMMAR) -> str:
    """What the parser has against these batches; empty when nothing."""
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "maxdop",
            "--config",
            settings,
            "--parser-version",
            grammar,
        ],
        input="\ngo\n".join(batches),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return finished.stderr.strip() if finished.returncode else ""


def as_the_adapter_sends(query: Query) -> list[str]:
    """The batches around a query, as dbt-sqlserver writes them before it quotes them for EXEC."""
    if query.kind == "analysis":
        return [f"{query.sql};"]
    if query.kind == "fixture":
        return [f"create view [dbo].[fixture] as {query.sql};"]
    if query.kind == "test":
        test = query.node["config"]
        fails = test["fail_calc"]
        return [
            f"create view [dbo].[testview] as {query.sql};",
            f"select {fails} as failures,"
            f" case when {fails} {test['warn_if']} then 'true' else 'false' end as should_warn,"
            f" case when {fails} {test['error_if']} then 'true' else 'false' end as should_error"
            " from (select * from [dbo].[testview]) dbt_internal_test;",
        ]
    relation = query.node["relation_name"]
    if query.node["config"]["materialized"] == "view":
        return [f'create or alter view "dbo"."{query.name}" as {query.sql};']
    types = columns_of(query.node)
    columns = ", ".join(f"[{name}]" for name in types)
    definitions = ", ".join(f"{name} {kind}" for name, kind in types.items())
    return [
        f'create or alter view "dbo"."{query.name}__dbt_tmp_vw" as {query.sql};',
        f"create table {relation} ({definitions})"
        f" insert into {relation} with (tablock) ({columns})"
        f' select {columns} from "dbo"."{query.name}__dbt_tmp_vw"',
    ]


def test_every_query_parses(project: CompiledProject, settings: Path) -> None:
    queries = list(project.queries(*KINDS))
    assert {query.kind for query in queries} == set(KINDS)
    complaints = [
        f"{query.kind} {query.name}: {fault}"
        for query in queries
        if (fault := complaint(as_the_adapter_sends(query), settings))
    ]
    assert not complaints, "\n".join(complaints)


def test_every_query_parses_when_the_build_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Path
) -> None:
    """Under `--empty` dbt puts a query in place of each relation; T-SQL wants an alias for it."""
    monkeypatch.setenv("AZURE_SQL_SERVER", "unused")
    project = compile_project(new_dbt(tmp_path), "--empty")
    queries = list(project.queries("model", "test"))
    assert any("where 1=0" in query.sql for query in queries)
    batches = [batch for query in queries for batch in as_the_adapter_sends(query)]
    assert complaint(batches, settings) == ""


@pytest.mark.parametrize(
    "sql",
    [
        "select a from t limit 3",
        "select a from (select b from u)",
        "select a || b as c from t",
        "select a > 1 as b from t",
        "select a from t join u using (a)",
        "select a from t order by a nulls last",
        "select a from t where true",
        "select * exclude (a) from t",
        "select a from t qualify row_number() over (order by a) = 1",
    ],
)
def test_the_parser_refuses_what_is_not_t_sql(sql: str, settings: Path) -> None:
    assert "could not be parsed" in complaint([f"create view v as {sql};"], settings)


def test_the_grammar_is_the_lowest_that_serves(settings: Path) -> None:
    batch = ["select trim(N' ' from a) as b from \"dbo\".[t];"]
    assert "could not be parsed" in complaint(batch, settings, "2016")
    assert complaint(batch, settings) == ""
