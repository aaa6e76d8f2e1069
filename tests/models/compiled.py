"""Run the compiled models on many tables, in memory, without starting dbt each time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, field
from graphlib import TopologicalSorter
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from tests.helpers.dbt_project import Dbt, new_dbt
from tests.helpers.made_once import made_once
from tests.models import reference
from tests.models.components import Components, is_made_of_components, keeps_apart
from tests.models.match_reference import Match
from tests.models.verdict_reference import Verdict

_ALL_TEXT = {column: pa.string() for column in reference.COLUMNS}
_WITH_NUMBERS = _ALL_TEXT | {column: pa.int32() for column in reference.NUMBERS}


Statement = str | Components
"""What builds one relation."""


class Brief:
    """What a failing test of generated data names as `repr` does.

    Of a dataclass, Hypothesis would write fields without repr, too: all statements. It then says
    that they are too long, instead of the error.
    """

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True)
class CompiledModels(Brief):
    """What builds every model, in an order in which each finds what it reads."""

    schema: str
    """Database and schema that the statements name."""
    own_tables: list[str] = field(repr=False)
    """What makes the tables that the project fills itself."""
    statements: list[Statement] = field(repr=False)
    sources: dict[str, frozenset[int]] = field(default_factory=dict, repr=False)
    """The places in `statements` of what builds a relation and all that it reads."""

    def connect_after(
        self,
        paintings: pd.DataFrame,
        numbers: bool = False,
        matches: Iterable[Match] = (),
        verdicts: Iterable[Verdict] = (),
    ) -> duckdb.DuckDBPyConnection:
        """Build all models in memory over `paintings`, and return the connection.

        Parameters
        ----------
        numbers
            Whether the columns of numbers are int in the table; else every column is text.
        matches
            The rows of `ImageMatches`.
        verdicts
            The rows of the seed.
        """
        connection = self._connect(paintings, numbers, matches, verdicts)
        execute(connection, self.statements)
        return connection

    def _connect(
        self,
        paintings: pd.DataFrame,
        numbers: bool = False,
        matches: Iterable[Match] = (),
        verdicts: Iterable[Verdict] = (),
    ) -> duckdb.DuckDBPyConnection:
        """A database in memory with the tables that models read."""
        connection = duckdb.connect()
        database = self.schema.partition(".")[0]
        connection.execute(f"attach ':memory:' as {database}")
        connection.execute(f"create schema if not exists {self.schema}")
        connection.execute(f"use {self.schema}")
        schema = pa.schema((_WITH_NUMBERS if numbers else _ALL_TEXT).items())
        rows = pa.Table.from_pandas(paintings, schema=schema, preserve_index=False)
        connection.register("rows", rows)
        connection.execute("create table Paintings as from rows")
        execute(connection, self.own_tables)
        insert_matches(connection, matches)
        insert_verdicts(connection, verdicts)
        return connection

    def read_after(
        self,
        paintings: pd.DataFrame,
        matches: Iterable[Match] = (),
        verdicts: Iterable[Verdict] = (),
    ) -> Callable[[str], pd.DataFrame]:
        """Return a reader of relations, which builds in memory what a relation is made of."""
        connection = self._connect(paintings, matches=matches, verdicts=verdicts)
        built: set[int] = set()

        def read(relation: str) -> pd.DataFrame:
            missing = sorted(self.sources.get(relation, frozenset()) - built)
            execute(connection, [self.statements[place] for place in missing])
            built.update(missing)
            return connection.execute(f'select * from "{relation}"').df()

        return read


def compile_once(factory: pytest.TempPathFactory) -> CompiledModels:
    """The models as they are without vars, which one process compiles for all."""
    return _read_compiled(Dbt(made_once(factory, "compiled_models", _compile_in)))


def compile_models(dbt: Dbt, **variables: object) -> CompiledModels:
    """Compile the models for DuckDB with these vars."""
    dbt.succeed("compile", "--select", "resource_type:model", **variables)
    return _read_compiled(dbt)


def _compile_in(folder: Path) -> None:
    compile_models(new_dbt(folder))


def _read_compiled(dbt: Dbt) -> CompiledModels:
    """What was compiled."""
    manifest = json.loads((dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    models = models_in_order(manifest)
    return CompiledModels(
        f"{dbt.database.stem}.main",
        create_own_tables(manifest),
        [create_statement(node) for node in models],
        sources_of(models),
    )


def sources_of(models: list[dict[str, Any]]) -> dict[str, frozenset[int]]:
    """By the name of each relation: the places of its model and of all that it is made of."""
    found: dict[str, frozenset[int]] = {}
    for place, node in enumerate(models):
        parents = (found.get(name, frozenset()) for name in node["depends_on"]["nodes"])
        found[node["unique_id"]] = frozenset([place]).union(*parents)
    return {node["alias"]: found[node["unique_id"]] for node in models}


def insert_matches(connection: duckdb.DuckDBPyConnection, matches: Iterable[Match]) -> None:
    """Write rows into `ImageMatches`, as the matcher does."""
    rows = [
        (
            *(*m.one, *m.other, m.inliers),
            None if m.is_match is None else int(m.is_match),
            *(0, 0, 1, 1 if m.is_same_view else 0.5),
        )
        for m in matches
    ]
    if rows:
        connection.executemany(
            "insert into ImageMatches (Artist, Fingerprint, OtherArtist, OtherFingerprint, Inliers,"
            " IsMatch, IsMirrored, Turn, Shown, OtherShown)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def insert_verdicts(connection: duckdb.DuckDBPyConnection, verdicts: Iterable[Verdict]) -> None:
    """Write rows into the table of the seed, as `dbt seed` does."""
    rows = [astuple(verdict) for verdict in verdicts]
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into review_verdicts values ({marks})", rows)


def models_in_order(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The models of a manifest, each after those that it reads."""
    models = {
        name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"
    }
    parents = {name: node["depends_on"]["nodes"] for name, node in models.items()}
    return [models[name] for name in TopologicalSorter(parents).static_order() if name in models]


def execute(connection: duckdb.DuckDBPyConnection, statements: Iterable[Statement]) -> None:
    """Build one relation after the other."""
    for is_text, group in groupby(statements, lambda statement: isinstance(statement, str)):
        if is_text:
            connection.execute("; ".join(str(statement) for statement in group))
        else:
            for statement in group:
                assert isinstance(statement, Components)
                statement.create(connection)


def create_statement(
    node: dict[str, Any], translate: Callable[[str], str] = str, replaces: bool = False
) -> Statement:
    """What builds the relation of a model.

    Parameters
    ----------
    translate
        What makes a query one for DuckDB.
    replaces
        Whether the relation may be there already.
    """
    sql, relation = node["compiled_code"], node["relation_name"]
    if is_made_of_components(node):
        return Components(relation, list(node["columns"]), sql, translate, keeps_apart(node))
    # Compiled without a database, an incremental model is what its first build makes. Every reader
    # of a view would plan it again, which takes longer than running it.
    return f"create {'or replace ' if replaces else ''}table {relation} as {translate(sql)}"


def create_own_tables(manifest: dict[str, Any]) -> list[str]:
    """What makes the tables that the project fills itself, empty, as the first run does."""
    tables = {
        table["relation_name"]: {
            name: column["data_type"] for name, column in table["columns"].items()
        }
        for table in manifest["sources"].values()
        # Of Paintings, nothing is promised, not even types.
        if table["name"] != "paintings"
    }
    for node in manifest["nodes"].values():
        if node["resource_type"] == "seed":
            tables[node["relation_name"]] = node["config"]["column_types"]
    return [
        f"create table {name} ({', '.join(f'{column} {kind}' for column, kind in types.items())})"
        for name, types in tables.items()
    ]
