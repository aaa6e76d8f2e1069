"""Pair the keypoints of two images."""

from __future__ import annotations

import cv2
import numpy as np

from paintings_dedupe.matcher import method
from paintings_dedupe.matcher.features import Keypoints

_NEAREST = 2


def paired(first: Keypoints, second: Keypoints) -> np.ndarray:
    """int, n x 2: pairs of clearly nearest descriptors, which agree in turn and scale."""
    if len(first) < _NEAREST or len(second) < _NEAREST:
        return np.zeros((0, 2), int)
    distances, nearest = cv2.batchDistance(
        first.descriptors, second.descriptors, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=_NEAREST
    )
    clear = np.flatnonzero(distances[:, 0] < method.NEAREST_RATIO * distances[:, 1])
    pairs = np.stack([clear, nearest[clear, 0]], axis=1)
    return _agreeing(first, second, _each_once(pairs, distances[clear, 0]))


def near_pairs(first: Keypoints, second: Keypoints, transform: np.ndarray) -> np.ndarray:
    """int, n x 2: pairs with similar descriptors that are near where the transform expects them."""
    expected = cv2.perspectiveTransform(first.places()[None].astype(np.float64), transform)[0]
    across, down = (
        np.subtract.outer(expected[:, axis].astype(np.float32), second.places()[:, axis])
        for axis in (0, 1)
    )
    pairs = np.argwhere(across * across + down * down < method.SEARCH_RADIUS**2)
    differing = first.descriptors[pairs[:, 0]] ^ second.descriptors[pairs[:, 1]]
    bits = np.bitwise_count(differing).sum(axis=1, dtype=int)
    similar = bits <= method.SEARCH_BITS
    return _each_once(pairs[similar], bits[similar])


def _each_once(pairs: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """The pairs of which no nearer one has a keypoint in common; the nearest first."""
    used: tuple[set[int], set[int]] = (set(), set())
    kept = []
    for index in np.argsort(distances, kind="stable").tolist():
        one, other = pairs[index].tolist()
        if one not in used[0] and other not in used[1]:
            used[0].add(one)
            used[1].add(other)
            kept.append(index)
    return pairs[kept]


def _agreeing(first: Keypoints, second: Keypoints, pairs: np.ndarray) -> np.ndarray:
    """The pairs around the turn and scale that has most of them."""
    if not len(pairs):
        return pairs
    # Angles of a byte are a full circle, so their differences are, too: from half a turn back to
    # half a turn on.
    turns = second.angles[pairs[:, 1]] - first.angles[pairs[:, 0]]
    octaves = (second.octaves[pairs[:, 1]] - first.octaves[pairs[:, 0]]).view(np.int8)
    turned = np.subtract.outer(turns, turns).view(np.int8)
    scaled = np.subtract.outer(octaves, octaves)
    agree = (
        (turned <= method.TURN_SPREAD)
        & (turned >= -method.TURN_SPREAD)
        & (scaled <= method.OCTAVE_SPREAD)
        & (scaled >= -method.OCTAVE_SPREAD)
    )
    agreeing: np.ndarray = pairs[agree[agree.sum(axis=1).argmax()]]
    return agreeing
