"""Name what can become of a row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from uploader.rows import Painting


class Outcome(StrEnum):
    """The one end of a row."""

    UPLOADED = "uploaded"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row.

    Attributes
    ----------
    painting
        The row.
    outcome
        Its end.
    reason
        Why, unless it was uploaded.
    blob_name
        The blob it was stored as, if it was uploaded.
    size, md5, width, height
        Of the image stored: bytes, digest, pixels.
    """

    painting: Painting
    outcome: Outcome
    reason: str = ""
    blob_name: str = ""
    size: int = 0
    md5: bytes = b""
    width: int = 0
    height: int = 0
