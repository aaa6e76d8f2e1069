"""What dbt makes of the project for SQL Server, without a server.

Unit tests are not among it: the adapter asks the server for the types of the rows they are given.
Of them there is the SQL that is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.helpers.dbt_project import Dbt
from tests.models import components

KINDS = ("model", "component", "test", "analysis", "fixture")


@dataclass(frozen=True)
class Query:
    """One compiled query and what the manifest tells about it."""

    name: str
    kind: str
    """One of `KINDS`."""
    sql: str = field(repr=False)
    node: dict[str, Any] = field(repr=False)

    @property
    def is_built_in(self) -> bool:
        """Whether it is a test that comes with dbt, such as not_null."""
        macros = self.node.get("depends_on", {}).get("macros", [])
        return any(macro.startswith("macro.dbt.test_") for macro in macros)


@dataclass(frozen=True)
class CompiledProject:
    """The manifest after `dbt compile`."""

    manifest: dict[str, Any] = field(repr=False)

    def queries(self, *kinds: str) -> Iterator[Query]:
        """All queries of these kinds."""
        for node in self.manifest["nodes"].values():
            if node["resource_type"] in kinds:
                yield Query(node["name"], node["resource_type"], node["compiled_code"], node)
            if "component" in kinds and components.is_made_of_components(node):
                apart = components.keeps_apart(node)
                for sql in components.selects(list(node["columns"]), apart):
                    yield Query(node["name"], "component", sql, node)
        for unit_test in self.manifest["unit_tests"].values():
            for given in [*unit_test["given"], unit_test["expect"]]:
                if given["format"] == "sql" and "fixture" in kinds:
                    yield Query(unit_test["name"], "fixture", given["rows"], unit_test)


def compile_project(dbt: Dbt, *options: str) -> CompiledProject:
    """Compile models, data tests and analyses for the target `azure`."""
    dbt.succeed("compile", "--target", "azure", "--no-introspect", "--no-populate-cache", *options)
    return read_project(dbt)


def read_project(dbt: Dbt) -> CompiledProject:
    """What was compiled."""
    manifest = (dbt.folder / "target" / "manifest.json").read_text(encoding="utf-8")
    return CompiledProject(json.loads(manifest))


def columns_of(node: dict[str, Any]) -> dict[str, str]:
    """The types that the contract of a model gives its columns."""
    return {name: column["data_type"] for name, column in node["columns"].items()}
