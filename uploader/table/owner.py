"""Record in a published table whose it is: of which project, relation and build."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from common.warehouse.connection import Place

_KEY = "paintings-dedupe."


@dataclass(frozen=True)
class Owner:
    """The table whose rows were published.

    Attributes
    ----------
    project
        The name of the dbt project.
    relation
        The table, quoted for its engine.
    model_version
        The version of the dbt model `unique_paintings` that it is.
    invocation
        What dbt calls the run that wrote its manifest.json; it tells builds apart, not owners.
    place
        Where its database is, as far as that tells tables apart; see `owner_place`. Empty: an
        older version of this program wrote it.
    """

    project: str = ""
    relation: str = ""
    model_version: int = 1
    invocation: str = ""
    place: str = ""

    def __str__(self) -> str:
        """The owner, as an error names it."""
        place = f" ({self.place})" if self.place else ""
        return (
            f"version {self.model_version} of unique_paintings, "
            f"{self.relation or '(no name)'}{place}, "
            f"of the dbt project {self.project or '(no name)'}"
        )

    def is_same_table(self, other: Owner) -> bool:
        """Whether both are the same table, of whatever build, as far as they say."""
        if self.place and other.place and self.place != other.place:
            return False
        return (self.project, self.relation, self.model_version) == (
            other.project,
            other.relation,
            other.model_version,
        )

    def sign(self, schema: pa.Schema) -> pa.Schema:
        """The schema with this owner in its key/value metadata."""
        values = {
            "project": self.project,
            "relation": self.relation,
            "model_version": str(self.model_version),
            "invocation": self.invocation,
            "place": self.place,
        }
        return schema.with_metadata({f"{_KEY}{name}": value for name, value in values.items()})


NOBODY = Owner()


def owner_place(database: Place | None) -> str:
    """What tells tables of one name apart: the engine, and the server if there is one.

    Not the path of a DuckDB file: it is another one wherever the project is checked out, and its
    name is in that of the relation.
    """
    if database is None or database.engine == "duckdb":
        return database.engine if database else ""
    return f"{database.engine}://{database.location}" if database.location else ""


def owner_of(schema: pa.Schema) -> Owner | None:
    """The owner that a schema names, or None where it names none."""
    found = {
        name.decode("utf-8", "replace").removeprefix(_KEY): value.decode("utf-8", "replace")
        for name, value in (schema.metadata or {}).items()
    }
    try:
        return Owner(
            found["project"],
            found["relation"],
            int(found["model_version"]),
            found["invocation"],
            found.get("place", ""),
        )
    except (KeyError, ValueError):
        return None
