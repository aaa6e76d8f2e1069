"""The kinds of events. Their names and fields are those of docs/schemas/log-event.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from uploader.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A command begins.

    With `dry_run`, it changes nothing. `versions` are those of the program and of what it depends
    on, by name.
    """

    command: str
    dry_run: bool
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableRead:
    """The rows were read. `build` is the ID of the dbt command that wrote manifest.json."""

    relation: str
    model_version: int
    build: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class StoreListed:
    """It is known what is in the store, and so how many rows are left to do."""

    destination: str
    rows_left: int


@dataclass(frozen=True, slots=True)
class RowPlanned:
    """A dry run found a row that would be uploaded; `source` is its redacted URL."""

    source: str
    blob_name: str


@dataclass(frozen=True, slots=True)
class RowFailed:
    """The image of an eligible row could not be stored; `source` is its redacted URL."""

    outcome: Outcome
    hash: str
    artist: str
    reason: str
    source: str
    tries: int


@dataclass(frozen=True, slots=True)
class Progress:
    """So many of the rows that were left are done."""

    done: int
    total: int
    rows_per_second: float


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """No more rows are tried: so many were, and so many bytes of images were uploaded."""

    rows: int
    images: int
    bytes: int


@dataclass(frozen=True, slots=True)
class OutcomesCounted:
    """What became of the rows: the result of `Ledger.counts`."""

    counts: tuple[tuple[Outcome, str, int], ...]


@dataclass(frozen=True, slots=True)
class ManifestPublished:
    """A manifest was published. `sha256` is that of its text, in hexadecimal."""

    url: str
    images: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StaleFound:
    """Images in the store that belong to no row, after any were deleted.

    `earlier` of them were listed by earlier manifests of this table, `others` were not.
    """

    earlier: int
    others: int


@dataclass(frozen=True, slots=True)
class StaleDeleted:
    """`--prune` deleted stale images; `failed` of them could not be deleted."""

    deleted: int
    failed: int


@dataclass(frozen=True, slots=True)
class Compared:
    """`verify` has compared everything, and found so many differences of each kind."""

    differences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Message:
    """A line for people."""

    text: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A command ends. `error` says why it could not do its work; None if it could."""

    exit_code: int
    error: str | None


Event = (
    RunStarted
    | TableRead
    | StoreListed
    | RowPlanned
    | RowFailed
    | Progress
    | TransferEnded
    | OutcomesCounted
    | ManifestPublished
    | StaleFound
    | StaleDeleted
    | Compared
    | Message
    | RunEnded
)
