"""Group images as a user would: dbt, the matcher, and dbt again."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.near_duplicates.dbt import ROOT, build
from benchmarks.near_duplicates.measured import measured
from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE

# What the matcher reads, and what says how the images are grouped.
_COMMAND = "run --select +images_to_match +pairs_to_match +image_groups +unique_paintings.v2"


@dataclass(frozen=True)
class Grouped:
    """The databases before and after matching.

    Attributes
    ----------
    by_hashes, database
        The DuckDB files before and after.
    seconds, cpu_seconds
        What the matcher took by the clock, and of all cores together.
    gigabytes
        The most memory that one of its processes had.
    build_seconds
        What dbt took before and after, by the clock.
    is_complete
        Whether every image could be looked at.
    """

    by_hashes: Path
    database: Path
    seconds: float
    cpu_seconds: float
    gigabytes: float
    build_seconds: tuple[float, float]
    is_complete: bool


def group(paintings: Path, images: Path, url_prefix: str, folder: Path) -> Grouped:
    """Group the rows of a table by hashes, match their images, and group them again.

    Parameters
    ----------
    paintings
        A file in the form of the table Paintings.
    images, url_prefix
        The folder of the images, and the URL under which the table has them.
    folder
        Where everything is written.

    Raises
    ------
    subprocess.CalledProcessError
        When dbt or the matcher fails.
    """
    first = build(paintings, folder, _COMMAND)
    database = first.database
    by_hashes = folder / "by_hashes.duckdb"
    shutil.copy(database, by_hashes)
    matched = measured(
        [
            *(sys.executable, "-m", "paintings_dedupe.matcher", "--target", "dev"),
            *("--folder", str(images), "--url-prefix", url_prefix),
            *("--profiles-dir", str(folder), "--target-path", str(folder / "target")),
        ],
        ROOT,
        {**os.environ, "DUCKDB_PATH": str(database)},
        accepted=(0, EXIT_INCOMPLETE),
    )
    second = build(paintings, folder, _COMMAND)
    return Grouped(
        by_hashes,
        database,
        matched.seconds,
        matched.cpu_seconds,
        matched.gigabytes,
        (first.seconds, second.seconds),
        is_complete=matched.code == 0,
    )


def groups_in(database: Path) -> dict[str, str]:
    """The GroupId of each image, by its URL."""
    return dict(rows(database, "select URL, GroupId from image_groups"))


def rows(database: Path, query: str) -> list[Any]:
    """The rows that a query returns."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()
