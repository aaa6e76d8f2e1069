"""Define the records that the ledger returns."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.outcomes import Outcome, StoredImage
from uploader.table.plan import Plan
from uploader.table.split import Split


@dataclass(frozen=True, slots=True)
class Task:
    """A row to upload: its number in the ledger, and its plan."""

    number: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the table with parts of its plan.

    Attributes
    ----------
    key, hash, artist, artist_number, url
        As in `uploader.table.painting.Painting`.
    split
        The side of the split.
    finest_hash, source, not_compared
        As in `uploader.table.plan.Plan`; None, None and empty for a row that is not eligible.
    """

    key: str
    hash: str
    artist: str
    artist_number: int | None
    url: str
    split: Split
    finest_hash: str | None
    source: str | None
    not_compared: str


@dataclass(frozen=True, slots=True)
class FinishedRow:
    """A row with its result; see `uploader.outcomes.Result`."""

    row: LedgerRow
    outcome: Outcome
    reason: str
    tries: int
    stored: StoredImage | None


@dataclass(frozen=True, slots=True)
class EarlierResult:
    """The result of a row in an earlier run, by the row's key."""

    key: str
    outcome: Outcome
    reason: str
    tries: int


@dataclass(frozen=True, slots=True)
class SplitTotals:
    """The totals of one side of the split in the store; `size` is in bytes."""

    split: Split
    images: int
    artists: int
    size: int
