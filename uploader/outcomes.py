"""Define the possible outcomes of a row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """The final state of a row. Each row has exactly one."""

    UPLOADED = "uploaded"
    UPLOADED_UNCOMPARED = "uploaded, not compared"
    PRESENT = "already there"
    PRESENT_UNCOMPARED = "already there, not compared"
    SKIPPED = "skipped"
    DISALLOWED = "disallowed"
    REFUSED = "refused"
    DRIFTED = "drifted"
    FAILED = "failed"
    PENDING = "pending"


# The outcomes of rows whose image is in the store.
STORED = (
    Outcome.UPLOADED,
    Outcome.UPLOADED_UNCOMPARED,
    Outcome.PRESENT,
    Outcome.PRESENT_UNCOMPARED,
)
# Of these, the outcomes of rows whose image this run has uploaded.
UPLOADS = (Outcome.UPLOADED, Outcome.UPLOADED_UNCOMPARED)
# The outcomes of rows in the store without a hash that identifies the image.
UNCOMPARED = (Outcome.UPLOADED_UNCOMPARED, Outcome.PRESENT_UNCOMPARED)
# The outcomes of eligible rows whose image is not in the store.
FAULTS = (Outcome.DISALLOWED, Outcome.REFUSED, Outcome.DRIFTED, Outcome.FAILED)
# The outcomes that count against --max-failures. An image that its site forbids is no failure.
FAILURES = (Outcome.REFUSED, Outcome.DRIFTED, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image in the store: blob name, size in bytes, MD5, and size in pixels if known."""

    blob_name: str
    size: int
    md5: bytes
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one row.

    Attributes
    ----------
    outcome
        The final state of the row.
    reason
        Why the image is not in the store or, if it is, why it was not compared (empty if it was).
    tries
        The number of download attempts.
    stored
        The image, if it is in the store.
    by_store
        Whether the store caused the failure.
    """

    outcome: Outcome
    reason: str = ""
    tries: int = 0
    stored: StoredImage | None = None
    by_store: bool = False


class RowError(Exception):
    """The image of one row cannot be stored. The message gives the cause.

    Attributes
    ----------
    outcome
        The outcome of the row.
    by_store
        Whether the store caused the failure.
    """

    outcome: ClassVar[Outcome] = Outcome.FAILED
    by_store: ClassVar[bool] = False

    def result(self, tries: int = 0) -> Result:
        """Return this error as the result of the row, after `tries` download attempts."""
        return Result(self.outcome, str(self), tries, by_store=self.by_store)
