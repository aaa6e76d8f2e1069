"""Show how many images reach each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from paintings_dedupe.review.content import Version


@dataclass(frozen=True)
class Funnel:
    """How many images reached each step, or were stopped at it.

    Attributes
    ----------
    found
        The number of files before the first step.
    rows
        The number of rows of Paintings.
    versions
        What each version of the table keeps, in the order of the columns.
    leaks
        By version: how many images in Test are near-duplicates of one in Train.
    """

    found: int
    rows: int
    versions: Sequence[Version]
    leaks: Mapping[int, int]

    def table(self) -> Table:
        """The funnel as a table for a terminal."""
        table = Table("Step", title="What became of the images")
        for version in self.versions:
            table.add_column(f"Version {version.number}", justify="right")
        table.add_column("Where it is listed")
        found, rows = ([count] * len(self.versions) for count in (self.found, self.rows))
        unusable = [self.found - self.rows] * len(self.versions)
        each = self.versions
        lines: list[tuple[str, Sequence[int | None], str]] = [
            ("found", found, "the files of the gallery"),
            ("- no usable image", unusable, "paintings.skipped.csv"),
            ("rows in Paintings", rows, "table Paintings"),
            ("- rejected", [v.rejected for v in each], "table rejected_paintings"),
            ("- duplicates", [v.duplicates for v in each], "image_groups, duplicate_paintings"),
            ("unique", [v.unique for v in each], "UniquePaintings_v2, UniquePaintings"),
            ("  Train", [v.train for v in each], ""),
            ("  Test", [v.test for v in each], ""),
            ("  Test, seen in Train", [self.leaks[v.number] for v in each], "table split_leakage"),
            (
                "- not in an accepted format",
                [v.unique - v.eligible for v in each],
                "webp is not uploaded",
            ),
            ("uploaded", [v.uploaded for v in each], "transferimages.txt"),
        ]
        for name, counts, where in lines:
            style = "dim" if name.startswith("-") else "bold" if name == "uploaded" else ""
            cells = ("" if count is None else f"{count:,}" for count in counts)
            table.add_row(name, *cells, where, style=style)
        return table
