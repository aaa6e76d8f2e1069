"""Name the two sides of the split, and say on which one a row is."""

from __future__ import annotations

from enum import StrEnum


class Split(StrEnum):
    """Train or Test, as the table, blob names and the manifest spell it."""

    TRAIN = "Train"
    TEST = "Test"


def split_of(random: float, train_share: float) -> Split:
    """Train where `random` is below `train_share`, else Test."""
    return Split.TRAIN if random < train_share else Split.TEST
