"""The options that only the matcher has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CACHE_NAME = "image_features.sqlite"


@dataclass(frozen=True)
class MatchOptions:
    """Their values; the help explains each."""

    features: Path | None
    processes: int
    across_artists: bool
    dry_run: bool
