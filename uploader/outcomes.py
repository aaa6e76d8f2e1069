"""Name what can become of a row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Outcome(StrEnum):
    """The one end of a row."""

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
# Those of them whose image nothing could be compared with.
UNCOMPARED = (Outcome.UPLOADED_UNCOMPARED, Outcome.PRESENT_UNCOMPARED)
# The outcomes of rows that belong into the store and did not get there.
FAULTS = (Outcome.DISALLOWED, Outcome.REFUSED, Outcome.DRIFTED, Outcome.FAILED)
# What a run that is stopped early counts against --max-failures: a site's wish is no failure.
FAILURES = (Outcome.REFUSED, Outcome.DRIFTED, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image in the store: its blob's name, size in bytes, MD5, and pixels, if known."""

    blob_name: str
    size: int
    md5: bytes
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row.

    Attributes
    ----------
    outcome
        Its end.
    reason
        Why, unless it is in the store; there: why it was not compared, if it was not.
    tries
        How often it was asked for.
    stored
        The image, if it is in the store.
    by_store
        Whether it was the store that failed.
    """

    outcome: Outcome
    reason: str = ""
    tries: int = 0
    stored: StoredImage | None = None
    by_store: bool = False


class RowError(Exception):
    """Why the image of one row is not in the store; what is raised by the steps on its way.

    Attributes
    ----------
    outcome
        What it makes of the row.
    by_store
        Whether it was the store that failed.
    """

    outcome: ClassVar[Outcome] = Outcome.FAILED
    by_store: ClassVar[bool] = False

    def result(self, tries: int = 0) -> Result:
        """The result of the row, which was tried so often."""
        return Result(self.outcome, str(self), tries, by_store=self.by_store)
