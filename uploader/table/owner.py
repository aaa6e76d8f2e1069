"""Record in a published file which table it was published from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from paintings_dedupe.common.warehouse.place import Place

_KEY = "paintings-dedupe."


@dataclass(frozen=True)
class Owner:
    """The table from which a file was published.

    Attributes
    ----------
    project
        The name of the dbt project.
    relation
        The table, quoted for its engine.
    model_version
        The version of the dbt model `unique_paintings`.
    invocation
        The invocation ID of the dbt command that wrote manifest.json. It identifies a build and
        is not compared.
    place
        The database server; see `owner_place`. Empty if an older version of this program wrote
        the file.
    """

    project: str = ""
    relation: str = ""
    model_version: int = 1
    invocation: str = ""
    place: str = ""

    def __str__(self) -> str:
        """Describe the owner for an error message."""
        place = f" ({self.place})" if self.place else ""
        return (
            f"version {self.model_version} of unique_paintings, "
            f"{self.relation or '(no name)'}{place}, "
            f"of the dbt project {self.project or '(no name)'}"
        )

    def is_same_table(self, other: Owner) -> bool:
        """Whether both are the same table, of any build. A missing place matches any place."""
        if self.place and other.place and self.place != other.place:
            return False
        return (self.project, self.relation, self.model_version) == (
            other.project,
            other.relation,
            other.model_version,
        )

    def sign(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema with this owner in its key/value metadata."""
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
    """Return the engine and, if there is one, the server, which distinguish tables of one name.

    The path of a DuckDB file is left out: it differs between checkouts, and the relation already
    contains the name of the file.
    """
    if database is None or database.engine == "duckdb":
        return database.engine if database else ""
    return f"{database.engine}://{database.location}" if database.location else ""


def owner_of(schema: pa.Schema) -> Owner | None:
    """Return the owner recorded in a schema, or None if there is none."""
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
