"""The materialization `connected_components`: its selects, run by Python, and a project of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml
from jinja2 import Environment

from tests.helpers.dbt_project import ROOT

_MACROS = ROOT / "macros"
_SELECTS = _MACROS / "materializations" / "component_selects.sql"

TYPES = {"Strength": "varchar(20)", "FingerprintNumber": "bigint", "Label": "bigint"}
"""The columns of the project below: the graph, the node and the label."""
Link = tuple[str, int, int]


@cache
def _macros(count: str) -> Any:
    """The macros that write the selects; of what dbt adds to Jinja, they use one macro."""
    environment = Environment(autoescape=False)  # noqa: S701 (no HTML)
    source = _SELECTS.read_text(encoding="utf-8")
    return environment.from_string(source, {"count_big": f"{count}({{}})".format}).module


def select(macro: str, *arguments: object, count: str = "count") -> str:
    """The select that one of the macros writes, where `count` is the function that counts."""
    text: str = getattr(_macros(count), macro)(*arguments)
    return text.strip()


def is_made_of_components(node: dict[str, Any]) -> bool:
    """Whether a node of the manifest is a model that is materialized so."""
    return node["config"]["materialized"] == "connected_components"


def keeps_apart(node: dict[str, Any]) -> bool:
    """Whether such a model has nodes that must not come together."""
    return bool(node["config"]["meta"].get("keeps_apart"))


def selects(columns: list[str], apart: bool = False) -> list[str]:
    """Every select that the materialization runs, with relations named as on a server."""
    links, labels, onward = (
        f'"paintings"."dbo"."{name}"' for name in ("links_0", "taken_0", "taken_1")
    )
    if apart:
        counted = [select(macro, links, columns) for macro in ("links_to_follow", "nodes_labelled")]
        counted += [select("labels_on_the_way", labels, columns)]
        return [
            *(select("component_rows", query, count="count_big") for query in counted),
            *(select(macro, links, columns) for macro in ("links_allowed", "firmest_taken")),
            select("labels_followed", labels, onward, columns),
            select("links_joined", links, labels, columns),
            select("nodes_labelled", links, columns),
        ]
    counted = ["select * from links as links", select("labels_on_the_way", labels, columns)]
    return [
        *(select("component_rows", query, count="count_big") for query in counted),
        select("neighbours_taken", links, columns),
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
    apart
        Whether it keeps nodes apart.
    """

    relation: str
    columns: list[str]
    links: str = field(repr=False)
    translate: Callable[[str], str] = str
    apart: bool = False

    def create(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Make the relation; returned is the number of passes that it took."""
        self._fill(connection, "links", self.links)
        if self.apart:
            return self._create_apart(connection)
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

    def _create_apart(self, connection: duckdb.DuckDBPyConnection) -> int:
        passes = 0
        self._fill(connection, "links", select("links_allowed", "links", self.columns))
        while self._count(connection, select("links_to_follow", "links", self.columns)):
            passes += 1
            self._fill(connection, "taken", select("firmest_taken", "links", self.columns))
            while self._count(connection, select("labels_on_the_way", "taken", self.columns)):
                self._follow(connection, "taken", "taken")
            self._fill(connection, "joined", select("links_joined", "links", "taken", self.columns))
            self._fill(connection, "links", select("links_allowed", "joined", self.columns))
        self._fill(connection, "labels", select("nodes_labelled", "links", self.columns))
        connection.execute(f"create or replace table {self.relation} as from temp.labels")
        return passes

    def _follow(self, connection: duckdb.DuckDBPyConnection, labels: str, onward: str) -> None:
        self._fill(connection, labels, select("labels_followed", labels, onward, self.columns))

    def _fill(self, connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        connection.execute(f"create or replace temp table {name} as {self.translate(query)}")

    def _count(self, connection: duckdb.DuckDBPyConnection, query: str) -> int:
        query = select("component_rows", query)
        counted = connection.execute(self.translate(query)).fetchone()
        assert counted
        return int(counted[0])


def write_project(folder: Path) -> None:
    """Write a dbt project of one model: `made`, of the table `links`, by the macros of this one."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    project = {"name": "components", "profile": settings["profile"], "flags": settings["flags"]}
    made = {
        "name": "made",
        "config": {
            "materialized": "connected_components",
            "contract": {"enforced": True},
            "as_columnstore": False,
            "meta": {"most_passes": "{{ var('most_passes', 64) }}"},
        },
        "columns": [{"name": name, "data_type": kind} for name, kind in TYPES.items()],
    }
    given = {"name": "given", "schema": "{{ target.schema }}", "tables": [{"name": "links"}]}
    shutil.copytree(_MACROS / "materializations", folder / "macros")
    for macro in ("count_big", "get_create_table_as_sql"):
        shutil.copy(_MACROS / f"{macro}.sql", folder / "macros")
    (folder / "models").mkdir()
    for name, text in {
        "dbt_project.yml": json.dumps(project),
        "models/made.yml": json.dumps({"models": [made], "sources": [given]}),
        "models/made.sql": "with links as (select * from {{ source('given', 'links') }} as links)"
        " select * from links",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")


def smallest_reachable(links: Iterable[Link]) -> set[Link]:
    """Every node that has a link, with the smallest node of its component."""
    label: dict[tuple[str, int], int] = {}

    def root(graph: str, node: int) -> int:
        while label.setdefault((graph, node), node) != node:
            node = label[graph, node]
        return node

    for graph, one, other in links:
        if one != other:
            low, high = sorted((root(graph, one), root(graph, other)))
            label[graph, high] = low
    return {(graph, node, root(graph, node)) for graph, node in list(label)}
