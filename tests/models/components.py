"""The materialization `connected_components` without dbt: its selects, in a loop of Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb
from jinja2 import Environment

from tests.helpers.dbt_project import ROOT

_SELECTS = ROOT / "macros" / "materializations" / "component_selects.sql"


@cache
def _macros() -> Any:
    """The macros that write the selects; they use nothing that dbt adds to Jinja."""
    return Environment(autoescape=False).from_string(_SELECTS.read_text("utf-8")).module  # noqa: S701 (no HTML)


def select(macro: str, *arguments: object) -> str:
    """The select that one of the macros writes."""
    text: str = getattr(_macros(), macro)(*arguments)
    return text.strip()


def is_made_of_components(node: dict[str, Any]) -> bool:
    """Whether a node of the manifest is a model that is materialized so."""
    return node["config"]["materialized"] == "connected_components"


def selects(columns: list[str]) -> list[str]:
    """Every select that the materialization runs, with relations named as on a server."""
    links, labels, onward = (
        f'"paintings"."dbo"."{name}"' for name in ("links_0", "taken_0", "taken_1")
    )
    return [
        select("neighbours_taken", links, columns),
        select("labels_on_the_way", labels, columns),
        select("labels_followed", labels, onward, columns),
        select("labels_followed", labels, None, columns),
        select("links_left", links, labels, columns),
    ]


@dataclass(frozen=True)
class Components:
    """A relation that the materialization makes.

    Attributes
    ----------
    relation
        Its name.
    columns
        The graph, the node and the label.
    links
        The query of the model.
    translate
        What makes each select one for DuckDB.
    """

    relation: str
    columns: list[str]
    links: str = field(repr=False)
    translate: Callable[[str], str] = str

    def create(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Make the relation; returned is the number of passes that it took."""
        self._fill(connection, "links", self.links)
        passes = 0
        self._fill(connection, "labels", select("neighbours_taken", "links", self.columns))
        while self._count(connection, "select * from links"):
            passes += 1
            self._fill(connection, "taken", select("neighbours_taken", "links", self.columns))
            while self._count(connection, select("labels_on_the_way", "taken", self.columns)):
                self._follow(connection, "taken", "taken")
            if passes == 1:
                self._fill(connection, "labels", "select * from taken")
            else:
                self._follow(connection, "labels", "taken")
            self._fill(connection, "links", select("links_left", "links", "taken", self.columns))
        connection.execute(f"create or replace table {self.relation} as from temp.labels")
        return passes

    def _follow(self, connection: duckdb.DuckDBPyConnection, labels: str, onward: str) -> None:
        self._fill(connection, labels, select("labels_followed", labels, onward, self.columns))

    def _fill(self, connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        connection.execute(f"create or replace temp table {name} as {self.translate(query)}")

    def _count(self, connection: duckdb.DuckDBPyConnection, query: str) -> int:
        counted = connection.execute(f"select count(*) from ({self.translate(query)})").fetchone()
        assert counted
        return int(counted[0])
