"""Identify a database."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

# Such as md:gallery or s3://bucket/file; a single letter would be a drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True)
class Place:
    """Identifies a database.

    Attributes
    ----------
    engine
        Such as ``"duckdb"`` or ``"sqlserver"``.
    location
        The absolute path of a DuckDB file, or its URL; for a server, its `server_location`.
    database
        The name of the database.
    """

    engine: str
    location: str
    database: str

    def folder(self) -> Path:
        """The folder of a DuckDB file; of anything else, the current folder."""
        is_file = self.engine == "duckdb" and self.location.startswith("/")
        return Path(self.location).parent if is_file else Path()

    def __str__(self) -> str:
        return self.location if self.engine == "duckdb" else f"{self.database} on {self.location}"


def is_address(path: str) -> bool:
    """Whether the path of a DuckDB database is a URL rather than a file."""
    return bool(_ADDRESS.match(path))


def duckdb_location(path: str) -> str:
    """The absolute path of a DuckDB file, or its URL without anything that may be secret."""
    if is_address(path):
        return re.sub(r"^(\w+:(?://)?).*@", r"\1", path.partition("?")[0])
    return os.path.realpath(os.path.expanduser(path))
