"""Find the marts by manifest.json, to read rows of any of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.warehouse.connection import Warehouse
from paintings_dedupe.common.warehouse.package import own_package


class TablesError(UserError):
    """manifest.json does not describe the tables; the message gives the cause and the remedy."""


@dataclass(frozen=True)
class Marts:
    """The marts of a project, as dbt's manifest.json names them.

    Attributes
    ----------
    project
        The name of the dbt project.
    relations
        The quoted relation of each model, by its name; version 2 of a model has the suffix `_v2`.
    """

    warehouse: Warehouse
    project: str
    relations: dict[str, str]

    def rows(self, mart: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a mart, in no particular order.

        Raises
        ------
        TablesError
            When the manifest has no such mart.
        WarehouseError
            When the mart cannot be read.
        """
        if mart not in self.relations:
            raise TablesError(
                f"manifest.json does not describe the model {mart}. Run `dbt build` again."
            )
        sql = f"select {', '.join(columns)} from {self.relations[mart]}"  # noqa: S608
        yield from self.warehouse.built_rows(sql)


def find_marts(warehouse: Warehouse, manifest_json: Path) -> Marts:
    """Find the marts.

    Raises
    ------
    TablesError
        When the file is missing or unreadable.
    """
    try:
        artifact = json.loads(manifest_json.read_text(encoding="utf-8"))
        package = own_package(artifact)
        relations = {
            node["name"] + (f"_v{version}" if (version := node.get("version")) else ""): relation
            for node in artifact["nodes"].values()
            if node["package_name"] == package and (relation := node.get("relation_name"))
        }
        return Marts(warehouse, str(artifact["metadata"]["project_name"]), relations)
    except FileNotFoundError as error:
        raise TablesError(
            f"{manifest_json} does not exist. Run `dbt build` first, in the same folder."
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise TablesError(
            f"{manifest_json} does not describe the models ({error}). Run `dbt build` again."
        ) from error
