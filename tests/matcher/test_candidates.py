"""The images that may show one painting are compared, and few others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from paintings_dedupe.matcher import method
from paintings_dedupe.matcher.candidates import (
    Words,
    candidate_pairs,
    most_candidates,
    pairs_across,
    words,
)
from paintings_dedupe.matcher.features import Features, Keypoints, extract
from tests.helpers.painted import painted

Descriptors = np.ndarray


def _descriptors(seed: int, count: int = 300) -> Descriptors:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def _copy(
    descriptors: Descriptors, seed: int, share: float = 0.3, changed: float = 0.05
) -> Descriptors:
    """A share of the descriptors, each changed in a few bits, among as many others."""
    rng = np.random.default_rng(seed)
    kept = rng.permutation(descriptors)[: round(share * len(descriptors))]
    bits = np.unpackbits(kept, axis=1) ^ (rng.random((len(kept), 256)) < changed)
    others = _descriptors(seed + 10_000, len(descriptors) - len(kept))
    return np.concatenate([np.packbits(bits, axis=1), others])


def _words(plain: Descriptors, mirrored: Descriptors | None = None) -> Words:
    sides = (plain, _descriptors(len(plain), 0) if mirrored is None else mirrored)
    keypoints = [
        Keypoints(
            np.zeros((len(side), 2), np.uint16),
            np.zeros(len(side), np.uint8),
            np.zeros(len(side), np.uint8),
            side,
        )
        for side in sides
    ]
    return words(Features(480, 360, keypoints[0], keypoints[1], np.zeros((72, 96), np.uint8)))


def _strangers(count: int) -> list[Words]:
    return [_words(_descriptors(1_000 + number)) for number in range(count)]


def _found(images: list[Words]) -> list[tuple[int, int]]:
    pairs = candidate_pairs(images)
    assert pairs == sorted(set(pairs))
    assert all(one < other for one, other in pairs)
    return pairs


@pytest.mark.parametrize("count", [0, 1, 2, method.EXHAUSTIVE])
def test_of_a_few_images_all_pairs_are_compared(count: int) -> None:
    pairs = count * (count - 1) // 2
    assert len(_found(_strangers(count))) == most_candidates(count, 3) == pairs


def test_of_many_images_each_has_a_bounded_number() -> None:
    count, linked = 200, [(0, 1), (0, 2)]
    each = method.NEAREST + method.NEAREST_MIRRORED + 2 * method.NEAREST_CROWDED
    most = most_candidates(count, len(linked))
    assert len(candidate_pairs(_strangers(count), linked)) <= most == each * count + len(linked)


def test_a_copy_is_found_among_many() -> None:
    images = [*_strangers(150), _words(_descriptors(1)), _words(_copy(_descriptors(1), 2))]
    assert (150, 151) in _found(images)


def test_a_mirrored_copy_is_found_among_many() -> None:
    copy = _words(_descriptors(3), _copy(_descriptors(1), 2))
    images = [_words(_descriptors(1)), *_strangers(150), copy]
    assert (0, 151) in _found(images)


def test_many_copies_of_one_painting_are_connected() -> None:
    # Each word of the painting is in so many images that it says nothing by itself.
    count = 3 * method.MOST_IMAGES_OF_A_WORD
    copies = [_words(_copy(_descriptors(1), seed, 0.9, 0)) for seed in range(count)]
    # Strangers between them.
    images = [image for pair in zip(copies, _strangers(count), strict=True) for image in pair]
    labels = list(range(len(images)))
    for one, other in _found(images):
        if one % 2 == other % 2 == 0:
            low, high = sorted((labels[one], labels[other]))
            labels = [low if label == high else label for label in labels]
    assert len(set(labels[::2])) == 1


@pytest.mark.parametrize("count", [10, 100])
def test_linked_images_are_always_compared(count: int) -> None:
    """Whatever their keypoints are, because what hashes link must be refutable."""
    nothing = [_words(_descriptors(0, 0)) for _ in range(count)]
    linked = [(7, 2), (3, 9)]
    assert {(2, 7), (3, 9)} <= set(candidate_pairs(nothing, linked))
    assert count < 20 or candidate_pairs(nothing, linked) == [(2, 7), (3, 9)]


def test_images_without_keypoints_are_no_candidates() -> None:
    empty = [_words(_descriptors(0, 0)) for _ in range(100)]
    assert _found(empty) == []
    images = [*_strangers(50), *empty]
    assert not [pair for pair in _found(images) if pair[1] >= 50]


def test_words_and_pairs_are_the_same_in_every_run() -> None:
    images = _strangers(60)
    assert _found(images) == _found(_strangers(60))
    assert (images[0].plain == _words(_descriptors(1_000)).plain).all()
    # A change of the words needs another METHOD_VERSION.
    known = _words(np.arange(64, dtype=np.uint8).reshape(2, 32))
    assert known.plain.shape == (method.WORD_TABLES, 2)
    assert len({int(word) for word in known.plain.ravel()}) > 1
    assert all(one.dtype == other.dtype for one, other in pairwise([known.plain, images[0].plain]))


def test_details_of_painted_pictures_are_found() -> None:
    pictures = [painted(seed) for seed in range(20)]
    details = [picture.crop((200, 60, 440, 240)) for picture in pictures]
    images = [words(extract(image)) for image in pictures + details]
    pairs = set(_found(images))
    assert {(seed, seed + 20) for seed in range(20)} <= pairs


def test_across_artists_an_image_meets_its_copies_and_few_others() -> None:
    """However few images there are; and no image of its own artist, be it ever so similar."""
    original = _descriptors(1)
    images = [
        _words(original),
        *(_words(_copy(original, seed)) for seed in (2, 3)),
        *_strangers(40),
        _words(_descriptors(5), _copy(original, 6)),
    ]
    artists = ["Ann", "Ann", "Bob", *("Cleo" for _ in range(40)), "Dan"]
    pairs = pairs_across(images, artists)
    assert pairs == sorted(set(pairs))
    # The last one is mirrored.
    assert {(0, 2), (1, 2), (0, 43)} <= set(pairs)
    assert all(artists[one] != artists[other] for one, other in pairs)
    most = method.NEAREST_ACROSS + method.NEAREST_ACROSS_MIRRORED
    assert len(pairs) <= most * len(images)


def test_across_artists_own_copies_take_no_place() -> None:
    """An artist with many copies still finds the one under another name."""
    original = _descriptors(1)
    ours = [_words(_copy(original, seed, share=0.9)) for seed in range(method.NEAREST_ACROSS + 3)]
    images = [*ours, _words(_copy(original, 99))]
    pairs = pairs_across(images, ["Ann"] * len(ours) + ["Bob"])
    assert (0, len(ours)) in pairs


@pytest.mark.parametrize("artists", [[], ["Ann"], ["Ann", "Ann"]])
def test_without_another_artist_there_is_no_pair_across(artists: list[str]) -> None:
    assert pairs_across([_words(_descriptors(1))] * len(artists), artists) == []
