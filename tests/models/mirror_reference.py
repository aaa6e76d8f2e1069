"""Which hash is that of the mirror image a second time, in numpy."""

from __future__ import annotations

from functools import cache

import numpy as np

MIRRORED, LEAST_CHANGES = 6, 74


def are_mirrored(one: str, other: str, near: int) -> bool:
    """Whether one DHashHex8 is that of the mirror image of the other.

    Parameters
    ----------
    one, other
        Hashes of 32 digits.
    near
        A picture that is as near as this to its own mirror image says nothing.
    """
    return (
        mirrored_distance(one, other) <= MIRRORED
        and min(changes(one), changes(other)) >= LEAST_CHANGES
        and min(mirrored_distance(one, one), mirrored_distance(other, other)) > near
    )


@cache
def _grid(hash_text: str) -> np.ndarray:
    """The bits: rows and columns, 8 lines, 8 places."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(hash_text), np.uint8)).reshape(2, 8, 8)


def mirrored_hash(hash_text: str) -> str:
    """The hash of the mirror image; of the first place of a line of columns, nothing is known."""
    bits = _grid(hash_text)
    columns = np.zeros((8, 8), np.uint8)
    # The comparisons of columns use the first eight of nine pixels of a line.
    columns[:, 1:] = bits[1, :, :0:-1]
    return np.packbits(np.stack([1 - bits[0, :, ::-1], columns])).tobytes().hex()


@cache
def mirrored_distance(one: str, other: str) -> int:
    """In how many of 120 bits the mirror image of one differs from the other."""
    differs = _grid(mirrored_hash(one)) != _grid(other)
    return int(differs[0].sum() + differs[1, :, 1:].sum())


@cache
def changes(hash_text: str) -> int:
    """How many bits differ from the next one of their line, or from the one below."""
    bits = _grid(hash_text).astype(int)
    return int(sum((np.diff(bits, axis=axis) != 0).sum() for axis in (1, 2)))
