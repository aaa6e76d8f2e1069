"""Say what the ledger knows of a row, and of what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.outcomes import Outcome, StoredImage
from uploader.table.plan import Plan
from uploader.table.split import Split


@dataclass(frozen=True, slots=True)
class Task:
    """A row that is to be uploaded: its number in the ledger, and its plan."""

    number: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the table, as it was planned.

    Attributes
    ----------
    key, hash, artist, artist_number, url
        As in `uploader.table.rows.Painting`.
    split
        Where its image belongs.
    finest_hash, source, not_compared
        As in `uploader.table.plan.Plan`; None and empty for a row that is not eligible.
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
    """A row, and its result; see `uploader.outcomes.Result` for what that is made of."""

    row: LedgerRow
    outcome: Outcome
    reason: str
    tries: int
    stored: StoredImage | None


@dataclass(frozen=True, slots=True)
class EarlierResult:
    """What an earlier run recorded of the row of a key."""

    key: str
    outcome: Outcome
    reason: str
    tries: int


@dataclass(frozen=True, slots=True)
class SplitTotals:
    """What is in the store on one side of the split; `size` in bytes."""

    split: Split
    images: int
    artists: int
    size: int
