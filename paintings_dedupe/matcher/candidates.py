"""Choose which images to compare, out of all pairs of an artist, and of different artists.

Two images are worth comparing if they have many *words* in common. A word is a fixed choice of bits
of a keypoint's descriptor, so that similar keypoints often have an equal word; several tables make
different choices. A word says the less, the more images have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from paintings_dedupe.matcher import method
from paintings_dedupe.matcher.features import DESCRIPTOR_BYTES, Features, Keypoints

_BITS = 8 * DESCRIPTOR_BYTES
# So many images at a time are looked up, to limit memory.
_BLOCK = 256
_IMAGE_BITS = np.uint64(32)
_ANY_IMAGE = np.uint64(0xFFFFFFFF)

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Words:
    """The words of an image and of its mirror image: uint32, tables x keypoints."""

    plain: np.ndarray
    mirrored: np.ndarray


def words(features: Features) -> Words:
    """The words of the keypoints: what is needed of an image to find candidates."""
    return Words(_words(features.plain), _words(features.mirrored))


def candidate_pairs(
    images: Sequence[Words],
    linked: Iterable[Pair] = (),
) -> list[Pair]:
    """The pairs of images of one artist to compare, in ascending order, the smaller index first.

    All pairs if there are at most `method.EXHAUSTIVE` images. Otherwise those with the most words
    in common, with each other or with the mirror image, and those that are linked otherwise.

    Parameters
    ----------
    images
        In an order that does not change between runs, so that ties are broken alike.
    linked
        Pairs that are compared in any case.
    """
    count = len(images)
    if count <= method.EXHAUSTIVE:
        pairs = {(one, other) for other in range(count) for one in range(other)}
    else:
        pairs = {(min(pair), max(pair)) for pair in linked}
        plain = [image.plain for image in images]
        mirrored = [image.mirrored for image in images]
        pairs.update(_nearest(plain, plain, method.NEAREST, method.NEAREST_CROWDED))
        pairs.update(_nearest(mirrored, plain, method.NEAREST_MIRRORED, method.NEAREST_CROWDED))
    return sorted(pairs)


def most_candidates(count: int, linked: int) -> int:
    """The most pairs that `candidate_pairs` may choose.

    Parameters
    ----------
    count, linked
        The number of images of an artist, and of pairs of them that are linked.
    """
    every = count * (count - 1) // 2
    if count <= method.EXHAUSTIVE:
        return every
    each = method.NEAREST + method.NEAREST_MIRRORED + 2 * method.NEAREST_CROWDED
    return min(every, each * count + linked)


def pairs_across(images: Sequence[Words], artists: Sequence[str]) -> list[Pair]:
    """The pairs of images of two artists to compare, in ascending order, the smaller index first.

    However few there are, each image is compared only with those that have the most words in common
    with it, or with its mirror image.

    Parameters
    ----------
    images
        In an order that does not change between runs, so that ties are broken alike.
    artists
        The artist of each image.
    """
    if not images:
        return []
    _, numbers = np.unique(np.array(artists, dtype=object), return_inverse=True)
    plain = [image.plain for image in images]
    pairs: set[Pair] = set()
    for queries, most in (
        (plain, method.NEAREST_ACROSS),
        ([image.mirrored for image in images], method.NEAREST_ACROSS_MIRRORED),
    ):
        pairs.update(_nearest(queries, plain, most, 0, numbers))
    return sorted(pairs)


def _words(keypoints: Keypoints) -> np.ndarray:
    bits = np.unpackbits(keypoints.descriptors, axis=1)
    # The same in every run and on every machine: the seed is a part of the method.
    rng = np.random.Generator(np.random.PCG64(0))
    choices = [rng.permutation(_BITS)[: method.WORD_BITS] for _ in range(method.WORD_TABLES)]
    values = 1 << np.arange(method.WORD_BITS, dtype=np.uint32)
    return np.stack([bits[:, choice] @ values for choice in choices]).astype(np.uint32)


def _nearest(
    queries: Sequence[np.ndarray],
    images: Sequence[np.ndarray],
    most: int,
    most_crowded: int,
    kinds: np.ndarray | None = None,
) -> Iterator[Pair]:
    """Each query with the `most` images that have most in common with it, except its own.

    Words that many images have are left out. If a painting has many copies, these are all of its
    words; therefore `most_crowded` images are added by such words alone. Given the kind of each
    image, only images of other kinds are chosen.
    """
    tables = [_Table(images, number) for number in range(method.WORD_TABLES)]
    for start in range(0, len(queries), _BLOCK):
        block = queries[start : start + _BLOCK]
        for kept, crowded in ((most, False), (most_crowded, True)):
            if not kept:
                continue
            votes = np.zeros((len(block), len(images)))
            for table in tables:
                votes += table.votes(block, start, crowded=crowded)
            votes[np.arange(len(block)), np.arange(start, start + len(block))] = 0
            if kinds is not None:
                votes[kinds[start : start + len(block), None] == kinds] = 0
            for index, row in enumerate(votes, start):
                for other in np.argsort(-row, kind="stable")[:kept].tolist():
                    if row[other] >= method.LEAST_VOTES:
                        yield (min(index, other), max(index, other))


class _Table:
    """One table: the images that have each word."""

    def __init__(self, images: Sequence[np.ndarray], number: int) -> None:
        self._number = number
        self._count = len(images)
        # Each word of an image once, as one number: the word, then the image.
        self._entries = self._sorted(images, 0)

    def _sorted(self, images: Sequence[np.ndarray], start: int) -> np.ndarray:
        entries = np.concatenate(
            [
                np.unique(image[self._number]).astype(np.uint64) << _IMAGE_BITS | np.uint64(index)
                for index, image in enumerate(images, start)
            ]
        )
        entries.sort()
        return entries

    def votes(self, block: Sequence[np.ndarray], start: int, *, crowded: bool) -> np.ndarray:
        """float64, len(block) x images: how much each has in common with each image.

        Of a crowded word, only the images next to the query count.
        """
        queries = self._sorted(block, start)
        found = queries >> _IMAGE_BITS << _IMAGE_BITS
        first = np.searchsorted(self._entries, found)
        end = np.searchsorted(self._entries, found | _ANY_IMAGE, "right")
        is_crowded = end - first > method.MOST_IMAGES_OF_A_WORD
        if crowded:
            here = np.searchsorted(self._entries, queries)
            first = np.maximum(first, here - method.CROWDED_NEIGHBOURS)
            end = np.minimum(end, here + method.CROWDED_NEIGHBOURS + 1)
        used = (end > first) & (is_crowded == crowded)
        first, sizes = first[used], (end - first)[used]
        rows = (queries[used] & _ANY_IMAGE).astype(np.int64) - start
        places = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        images = (self._entries[places] & _ANY_IMAGE).astype(np.int64)
        weights = np.repeat(1 / np.log2(1 + sizes), sizes)
        cells = np.repeat(rows, sizes) * self._count + images
        votes = np.bincount(cells, weights, minlength=len(block) * self._count)
        return votes.reshape(len(block), self._count)
