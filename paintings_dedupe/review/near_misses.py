"""Find the pairs of kept images that nearly became one group."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# So that a block of distances takes a few megabytes at most, however many images an artist has.
_BLOCK = 512
_HALF = 16

Bits = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Near:
    """Two images of a sequence, by their places, and how many bits differ."""

    image: int
    other: int
    distance: int


@dataclass(frozen=True)
class NearMisses:
    """The nearest pairs, nearest first, and how many there are within the limit."""

    nearest: list[Near]
    total: int


def find_near_misses(
    images: Sequence[tuple[str, str]],
    within: int,
    limit: int,
    left_out: Collection[tuple[int, int]] = (),
    block: int = _BLOCK,
) -> NearMisses:
    """Compare the images of each artist with each other.

    Parameters
    ----------
    images
        Artist and DHashHex8 of each image.
    within
        How many bits may differ.
    limit
        How many pairs to return. Of equally near pairs, those of the first images are returned.
    left_out
        Pairs of places, the smaller first, that neither are returned nor count.
    block
        How many images to compare with as many others at a time.
    """
    best = np.empty((0, 3), dtype=np.int64)
    total = 0
    skip = np.array(sorted(left_out), dtype=np.int64).reshape(-1, 2)
    skipped = set(map(tuple, skip.tolist()))
    for places in _by_artist(images):
        hashes = _bits([images[place][1] for place in places])
        for found in _pairs(hashes, within, block):
            pairs = np.column_stack([np.asarray(places)[found[:, :2]], found[:, 2]])
            if skipped:
                keep = [tuple(pair) not in skipped for pair in pairs[:, :2].tolist()]
                pairs = pairs[np.array(keep, dtype=bool)]
            total += len(pairs)
            best = _nearest(np.concatenate([best, pairs]), limit)
    return NearMisses([Near(*map(int, row)) for row in best], total)


def _by_artist(images: Sequence[tuple[str, str]]) -> Iterator[list[int]]:
    places: dict[str, list[int]] = {}
    for place, (artist, _) in enumerate(images):
        places.setdefault(artist, []).append(place)
    yield from places.values()


def _bits(hashes: Sequence[str]) -> Bits:
    """Two numbers of 64 bits for each hash."""
    halves = [(int(text[:_HALF], 16), int(text[_HALF:], 16)) for text in hashes]
    return np.array(halves, dtype=np.uint64).reshape(-1, 2)


def _pairs(hashes: Bits, within: int, block: int) -> Iterator[npt.NDArray[np.int64]]:
    """Arrays of first, second and distance, block by block."""
    for top in range(0, len(hashes), block):
        for left in range(top, len(hashes), block):
            rows, columns = hashes[top : top + block], hashes[left : left + block]
            differing = np.bitwise_count(rows[:, None] ^ columns[None]).sum(axis=2, dtype=np.int64)
            first, second = np.nonzero(differing <= within)
            distances = differing[first, second]
            first, second = first + top, second + left
            once = first < second
            yield np.column_stack([first[once], second[once], distances[once]])


def _nearest(pairs: npt.NDArray[np.int64], limit: int) -> npt.NDArray[np.int64]:
    order = np.lexsort((pairs[:, 1], pairs[:, 0], pairs[:, 2]))
    return pairs[order[:limit]]
