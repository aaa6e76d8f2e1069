"""Read the rows to upload from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from uploader.ledger.records import Task
from uploader.table.painting import Painting
from uploader.table.plan import Plan
from uploader.table.split import Split

TASK_COLUMNS = (
    "rows.id, key, artist, artist_number, encoding_format, url, hash, finest_hash, rows.random, "
    "own_split, image_format, stem, source, not_compared"
)
UNFINISHED = "rows.id not in (select id from results)"


def ledger_task(values: Sequence[Any]) -> Task:
    """Return a row to upload, given the values of `TASK_COLUMNS`."""
    number, *columns, own_split, image_format, stem, source, not_compared = values
    columns.append(own_split and Split(own_split))
    return Task(number, Plan(Painting(*columns), image_format, stem, source, not_compared))
