"""Choose which images to compare, out of all pairs of an artist, and of different artists.

Two images are worth comparing if they have many *words* in common. A word is a fixed choice of bits
of a keypoint's descriptor, so that similar keypoints often have an equal word; several tables make
different choices. A word says the less, the more images have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matcher import method
from matcher.features import DESCRIPTOR_BYTES, Features, Keypoints

_BITS = 8 * DESCRIPTOR_BYTES
# So many images at a time are looked up, to limit memory.
_BLOCK = 256
_HASH_BYTES = 16
_IMAGE_BITS = np.uint64(32)
_ANY_IMAGE = np.uint64(0xFFFFFFFF)
# The bits that the hash of a mirror image can be computed for, as bytes in their order.
_COMPARED = np.frombuffer(b"\xff" * 8 + b"\x7f" * 8, np.uint64)

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
    hashes: Sequence[str | None],
    is_new: Sequence[bool] | None = None,
) -> list[Pair]:
    """The pairs of images of one artist to compare, in ascending order, the smaller index first.

    All pairs if there are at most `method.EXHAUSTIVE` images. Otherwise those with the most words
    in common, with each other or with the mirror image, and those whose hashes are similar.

    Parameters
    ----------
    images
        In an order that does not change between runs, so that ties are broken alike.
    hashes
        DHashHex8 of each image; None if it has no usable one.
    is_new
        Which images were not compared before; only their pairs are returned. None for all.
    """
    count = len(images)
    if count <= method.EXHAUSTIVE:
        pairs = {(one, other) for other in range(count) for one in range(other)}
    else:
        pairs = set(_similar_hashes(hashes))
        plain = [image.plain for image in images]
        mirrored = [image.mirrored for image in images]
        pairs.update(_nearest(plain, plain, method.NEAREST, method.NEAREST_CROWDED))
        pairs.update(_nearest(mirrored, plain, method.NEAREST_MIRRORED, method.NEAREST_CROWDED))
    if is_new is not None:
        pairs = {(one, other) for one, other in pairs if is_new[one] or is_new[other]}
    return sorted(pairs)


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


def _similar_hashes(hashes: Sequence[str | None]) -> Iterator[Pair]:
    """The pairs of hashes that differ little, or of which one does from the other's mirror image.

    dbt links some of these, and what the matcher finds must be able to refute it.
    """
    known = [index for index, text in enumerate(hashes) if text is not None]
    digits = [bytes.fromhex(hashes[index] or "") for index in known]
    parts = np.frombuffer(b"".join(digits), np.uint64).reshape(-1, _HASH_BYTES // 8)
    mirrored = _mirrored_hashes(parts)
    for place, index in enumerate(known):
        differing = np.bitwise_count(parts[place + 1 :] ^ parts[place]).sum(axis=1, dtype=int)
        turned = np.bitwise_count((parts[place + 1 :] ^ mirrored[place]) & _COMPARED).sum(
            axis=1, dtype=int
        )
        similar = (differing <= method.HASH_BITS) | (turned <= method.MIRRORED_HASH_BITS)
        for later in np.flatnonzero(similar).tolist():
            yield (index, known[place + 1 + later])


def _mirrored_hashes(parts: np.ndarray) -> np.ndarray:
    """DHashHex8 of the mirror images: uint64, n x 2, as far as `_COMPARED` goes."""
    bits = np.unpackbits(parts.view(np.uint8), axis=1).reshape(-1, 2, 8, 8)
    mirrored = np.empty_like(bits)
    mirrored[:, 0] = 1 - bits[:, 0, :, ::-1]
    # The comparisons of columns use the first eight of nine pixels of a line.
    mirrored[:, 1, :, 1:] = bits[:, 1, :, :0:-1]
    mirrored[:, 1, :, 0] = 0
    return np.packbits(mirrored.reshape(-1, 8 * _HASH_BYTES), axis=1).view(np.uint64)
