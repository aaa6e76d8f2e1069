"""Count the images at each step."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow.parquet as pq
from rich.table import Table


@dataclass(frozen=True)
class Funnel:
    """How many images reached each step, or were stopped at it."""

    found: int
    rows: int
    rejected: int
    duplicates: int
    unique: int
    train: int
    test: int

    def table(self) -> Table:
        """The funnel as a table for a terminal."""
        table = Table("Step", title="What became of the images")
        table.add_column("Images", justify="right")
        table.add_column("Where it is listed")
        uploaded = self.train + self.test
        lines = [
            ("found", self.found, "the files of the gallery"),
            ("- no usable image", self.found - self.rows, "paintings.skipped.csv"),
            ("rows in Paintings", self.rows, "table Paintings"),
            ("- rejected", self.rejected, "table rejected_paintings"),
            ("- duplicates", self.duplicates, "table duplicate_paintings"),
            ("unique", self.unique, "table UniquePaintings"),
            ("- not in an accepted format", self.unique - uploaded, "webp is not uploaded"),
            ("uploaded", uploaded, "transferimages.txt"),
            ("  Train", self.train, ""),
            ("  Test", self.test, ""),
        ]
        for name, count, where in lines:
            style = "dim" if name.startswith("-") else "bold" if name == "uploaded" else ""
            table.add_row(name, f"{count:,}", where, style=style)
        return table


def read_funnel(found: int, summary: Mapping[str, int], manifest_parquet: bytes) -> Funnel:
    """Gather the counts from the warehouse and from the uploader's manifest.

    Parameters
    ----------
    found
        The number of files before the first step.
    summary
        The row of the model `dedupe_summary`.
    manifest_parquet
        The content of ``transferimages.parquet``.
    """
    splits = pq.read_table(io.BytesIO(manifest_parquet))["Split"].to_pylist()
    return Funnel(
        found,
        summary["PaintingsRows"],
        summary["RejectedRows"],
        summary["EliminatedRows"],
        summary["UniqueRows"],
        splits.count("Train"),
        splits.count("Test"),
    )
