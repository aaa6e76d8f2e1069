"""Tell a person how a run ended."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc
from rich.table import Table
from rich.text import Text

from common.terminal import printable
from uploader.naming import Split
from uploader.outcomes import Outcome, Result

_REASONS_SHOWN = 10


class Tally:
    """How many rows ended how, and why."""

    def __init__(self) -> None:
        self._counts: dict[Outcome, Counter[str]] = {outcome: Counter() for outcome in Outcome}

    def add(self, result: Result) -> None:
        """Count one row."""
        self._counts[result.outcome][result.reason] += 1

    def count(self, outcome: Outcome) -> int:
        """How many rows ended so."""
        return self._counts[outcome].total()

    @property
    def total(self) -> int:
        """How many rows there were."""
        return sum(self.count(outcome) for outcome in Outcome)

    @property
    def eligible(self) -> int:
        """How many rows belong into the store: all but the skipped."""
        return self.total - self.count(Outcome.SKIPPED)

    def table(self, title: str) -> Table:
        """The counts by outcome, with the most frequent reasons of each."""
        table = Table("Outcome", "Reason", title=title)
        table.add_column("Rows", justify="right")
        for outcome, reasons in self._counts.items():
            for reason, count in reasons.most_common(_REASONS_SHOWN):
                # Reasons quote what servers and tables say: no markup.
                table.add_row(outcome, Text(printable(reason)), f"{count:,}")
            if len(reasons) > _REASONS_SHOWN:
                rest = sum(n for _, n in reasons.most_common()[_REASONS_SHOWN:])
                table.add_row(outcome, "other reasons", f"{rest:,}")
        table.add_section()
        table.add_row("all", "", f"{self.total:,}")
        return table


def split_table(manifest: pa.Table) -> Table:
    """Images, artists and bytes of each side of the split, from the rows of the manifest."""
    table = Table("Split", title="In the store")
    for heading in ("Images", "Artists", "MB"):
        table.add_column(heading, justify="right")
    for split in Split:
        side = manifest.filter(pc.equal(manifest["Split"], str(split)))
        megabytes = (pc.sum(side["Bytes"]).as_py() or 0) / 1e6
        artists = pc.count_distinct(side["Artist"]).as_py()
        table.add_row(split, f"{side.num_rows:,}", f"{artists:,}", f"{megabytes:,.1f}")
    return table
