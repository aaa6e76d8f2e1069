"""Define the two sides of the split, and assign rows to them."""

from __future__ import annotations

from enum import StrEnum


class Split(StrEnum):
    """A side of the split, spelt as in the table, blob names and the manifest."""

    TRAIN = "Train"
    TEST = "Test"


def split_of(random: float, train_share: float) -> Split:
    """Return Train if `random` is below `train_share`, otherwise Test."""
    return Split.TRAIN if random < train_share else Split.TEST
