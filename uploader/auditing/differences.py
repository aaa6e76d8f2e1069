"""Collect differences, count them by kind, and give a remedy for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from rich.console import Console

from paintings_dedupe.common.terminal import say

_NAMED_A_KIND = 100


class Remedy(StrEnum):
    """The remedies, as shown to the user."""

    RUN = "Run the uploader again."
    RUN_FOR_ROWS = (
        "Run the uploader again. The results list the outcome of each row with the reason."
    )
    RUN_AND_PRUNE = "Run the uploader again. --prune deletes images that no longer belong to a row."
    DELETE_AND_RUN = (
        "Delete the named images, but not the manifest, and run the uploader again: it takes an "
        "image that is there for whole."
    )
    DOWNLOAD = "Compare the bytes with verify --download."
    PRUNE_OR_DELETE = (
        "The uploader's --prune deletes images that a manifest of this table once listed. Delete "
        "others by hand, such as those of a manifest that was taken over."
    )
    BY_HAND = "Move or delete the named files by hand."
    REHYDRATE = "Move the named files out of the archive tier."
    OWNER = "Use the --prefix of this table, or run the uploader with --take-over."
    TAKE_OVER = "Run the uploader with --take-over."
    ROWS = "Correct these rows; they cannot be stored as they are."


class Differences:
    """The differences found so far.

    Parameters
    ----------
    console
        Shows each difference, up to a hundred of a kind.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._found: Counter[str] = Counter()
        self._kinds: dict[Remedy, list[str]] = {}

    def add(self, kind: str, what: str, remedy: Remedy = Remedy.RUN) -> None:
        """Add and show a difference."""
        self._found[kind] += 1
        if self._found[kind] == 1:
            self._kinds.setdefault(remedy, []).append(kind)
        if self._found[kind] <= _NAMED_A_KIND:
            say(self._console, f"{kind}: {what}")

    def total(self) -> int:
        """Return the number of differences."""
        return self._found.total()

    def by_kind(self) -> list[tuple[str, int]]:
        """Return the number of differences of each kind, the most frequent first."""
        return self._found.most_common()

    def remedies(self) -> Iterator[str]:
        """Yield a line for each remedy, with the kinds that it resolves."""
        for remedy, kinds in self._kinds.items():
            yield f"{remedy} This resolves: {'; '.join(kinds)}."
