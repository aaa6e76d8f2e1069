"""The options that only the review has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CACHE_NAME = "review_thumbnails.sqlite"


@dataclass(frozen=True)
class ReviewOptions:
    """Their values; the help explains each."""

    out: Path
    no_thumbnails: bool
    thumbnails: Path | None
    processes: int
    dry_run: bool
