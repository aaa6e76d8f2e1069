"""Decide from the features of two images whether one shows the painting of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from paintings_dedupe.matcher import method
from paintings_dedupe.matcher.agreement import agreement, are_alike
from paintings_dedupe.matcher.features import Features, Keypoints
from paintings_dedupe.matcher.pairing import near_pairs, paired

_FEWEST_FOR_HULL = 3
_SINGULAR = 1e-9
# How many times further away than another a corner of an image may be.
_MOST_DEPTH = 3.0
_HALF_TURN = 180.0


@dataclass(frozen=True)
class Evidence:
    """What two images have in common.

    Attributes
    ----------
    inliers
        The pairs of keypoints that one transform explains, once a small square.
    hull_share
        The share of its image that the convex hull of the inliers covers, in the image where this
        share is smaller.
    agreement
        How well the pixels agree, -1 to 1, in the middle of what both images show.
    is_mirrored
        Whether one image shows the other's mirror image.
    scale
        How many times larger the painting is in the second image, in pixels of the reduced images;
        None if no transform was found.
    turn
        The degrees by which the second image is turned clockwise against the first, after it is
        mirrored if `is_mirrored`; above -180, at most 180. None if no transform was found.
    shown, other_shown
        The share of the first image that the second also shows, and the reverse.
    is_match
        Whether this is enough for the same painting. None if that cannot be told, so that hashes
        decide: there is nothing to see in the middle of what both show; or keypoints do not show
        it, but the pictures agree almost everywhere if they are laid on each other.
    """

    inliers: int
    hull_share: float
    agreement: float
    is_mirrored: bool
    scale: float | None
    turn: float | None
    shown: float
    other_shown: float
    is_match: bool | None

    def reversed(self) -> Evidence:
        """The evidence for the same images, with the second one first."""
        return replace(
            self,
            scale=None if self.scale is None else 1 / self.scale,
            turn=None
            if self.turn is None
            else _turn(self.turn if self.is_mirrored else -self.turn),
            shown=self.other_shown,
            other_shown=self.shown,
        )


@dataclass(frozen=True, eq=False)
class Alignment:
    """How one image lies on another.

    Attributes
    ----------
    transform
        float64, 3 x 3: takes places in the first reduced image to the second (a homography).
    points, other_points
        float32, n x 2: the inliers in both images.
    """

    transform: np.ndarray
    points: np.ndarray
    other_points: np.ndarray


def compare(first: Features, second: Features) -> Evidence:
    """The evidence that two images show the same painting, in either order the same.

    The mirror image is only compared if the image itself does not match.
    """
    if _order(second) < _order(first):
        return compare(second, first).reversed()
    plain = _evidence(first, second, is_mirrored=False)
    if plain.is_match:
        return plain
    mirrored = _evidence(first, second, is_mirrored=True)
    if mirrored.is_match:
        return mirrored
    for found in (plain, mirrored):
        if found.is_match is None:
            return found
    if are_alike(first.small, second.small):
        return replace(plain, is_match=None)
    return max(plain, mirrored, key=lambda found: found.inliers)


def align(first: Features, second: Features, *, is_mirrored: bool = False) -> Alignment | None:
    """Lay the first image, or its mirror image, on the second; None if nothing fits."""
    keypoints, others = (first.mirrored if is_mirrored else first.plain), second.plain
    places, other_places = keypoints.places(), others.places()
    affine = _affine(keypoints, others)
    if affine is None:
        return None
    near = near_pairs(keypoints, others, affine)
    if len(near) < method.LEAST_PAIRS:
        return None
    start, end = places[near[:, 0]], other_places[near[:, 1]]
    found, mask = cv2.findHomography(
        start,
        end,
        cv2.RANSAC,
        method.PERSPECTIVE_TOLERANCE,
        maxIters=method.PERSPECTIVE_TRIES,
        confidence=method.CONFIDENCE,
    )
    if found is None:
        return None
    inside = mask.ravel().astype(bool)
    start, end = _once_a_square(start[inside], end[inside])
    if len(start) < method.LEAST_PAIRS:
        return None
    transform = _settled(found, start, end, first, second)
    if not _is_natural(_linear(transform, start.mean(axis=0))):
        return None
    return Alignment(transform, start, end)


def is_match(inliers: int, hull_share: float, agreement_: float, shown: float) -> bool:
    """Whether evidence is enough: the fewer the inliers, the better must the pixels agree.

    Parameters
    ----------
    shown
        The share of an image that the other also shows, in the image where this share is larger.
    """
    if inliers < method.LEAST_INLIERS or hull_share < method.LEAST_HULL_SHARE:
        return False
    if shown < method.LEAST_SHOWN and (
        inliers < method.PART_INLIERS or agreement_ < method.PART_AGREEMENT
    ):
        return False
    return bool(agreement_ >= np.interp(inliers, method.INLIERS, method.LEAST_AGREEMENT))


def _order(features: Features) -> tuple[bytes, bytes, bytes, bytes]:
    plain = features.plain
    return (
        plain.descriptors.tobytes(),
        plain.points.tobytes(),
        features.mirrored.descriptors.tobytes(),
        features.small.tobytes(),
    )


def _evidence(first: Features, second: Features, *, is_mirrored: bool) -> Evidence:
    found = align(first, second, is_mirrored=is_mirrored)
    if found is None:
        return Evidence(0, 0.0, 0.0, is_mirrored, None, None, 0.0, 0.0, is_match=False)
    inliers = len(found.points)
    hull_share = min(
        _hull(found.points) / (first.width * first.height),
        _hull(found.other_points) / (second.width * second.height),
    )
    small = first.small[:, ::-1] if is_mirrored else first.small
    agreeing, is_telling = agreement(small, second.small, found.transform)
    other_shown, shown = _shown(found.transform, first, second)
    scale, turn = _scale_and_turn(found.transform, found.points)
    matches = is_match(inliers, hull_share, agreeing, max(shown, other_shown))
    return Evidence(
        inliers,
        hull_share,
        agreeing,
        is_mirrored,
        scale,
        turn,
        shown,
        other_shown,
        None if matches and not is_telling else matches,
    )


def _affine(first: Keypoints, second: Keypoints) -> np.ndarray | None:
    """The affine transform, 3 x 3, that most pairs of keypoints support."""
    pairs = paired(first, second)
    if len(pairs) < method.LEAST_AFFINE_INLIERS:
        return None
    found, mask = cv2.estimateAffine2D(
        first.places()[pairs[:, 0]],
        second.places()[pairs[:, 1]],
        method=cv2.RANSAC,
        ransacReprojThreshold=method.AFFINE_TOLERANCE,
        maxIters=method.AFFINE_TRIES,
        confidence=method.CONFIDENCE,
    )
    if found is None or mask.sum() < method.LEAST_AFFINE_INLIERS or not _is_natural(found[:, :2]):
        return None
    return np.vstack([found, [0, 0, 1]])


def _is_natural(linear: np.ndarray) -> bool:
    """Whether a 2 x 2 matrix neither mirrors nor distorts more than photographs do."""
    if not np.isfinite(linear).all() or np.linalg.det(linear) <= 0:
        return False
    large, small = np.linalg.svd(linear, compute_uv=False)
    return bool(
        large <= method.MOST_SCALE
        and small >= 1 / method.MOST_SCALE
        and large <= method.MOST_STRETCH * small
    )


def _settled(
    found: np.ndarray, start: np.ndarray, end: np.ndarray, first: Features, second: Features
) -> np.ndarray:
    """The homography, or an affine transform of the same points if it has a horizon in an image.

    The few points of a detail may say too little about the perspective of the whole.
    """
    if abs(np.linalg.det(found)) > _SINGULAR:
        back = np.linalg.inv(found)
        if _has_no_horizon(found, first) and _has_no_horizon(back, second):
            return found
    known = np.hstack([start, np.ones((len(start), 1))]).astype(np.float64)
    affine = np.linalg.lstsq(known, end.astype(np.float64))[0].T
    return np.vstack([affine, [0, 0, 1]])


def _has_no_horizon(transform: np.ndarray, features: Features) -> bool:
    """Whether no corner of the image is much further away than another."""
    depths = np.hstack([_corners(features), np.ones((4, 1))]) @ transform[2]
    depths = depths / depths[0]
    return bool(depths.min() > 0 and depths.max() < _MOST_DEPTH * depths.min())


def _corners(features: Features) -> np.ndarray:
    width, height = features.width, features.height
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def _linear(transform: np.ndarray, place: np.ndarray) -> np.ndarray:
    """What the transform does to a small surrounding of a place: a 2 x 2 matrix."""
    x, y, depth = transform @ np.array([place[0], place[1], 1.0])
    moved = np.array([x, y]) / depth
    linear: np.ndarray = (transform[:2, :2] - np.outer(moved, transform[2, :2])) / depth
    return linear


def _once_a_square(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the pairs in the same small square of an image, in either one, the first."""
    for places in (0, 1):
        squares = ((start, end)[places] // method.INLIER_CELL).astype(int)
        first = np.sort(np.unique(squares, axis=0, return_index=True)[1])
        start, end = start[first], end[first]
    return start, end


def _hull(points: np.ndarray) -> float:
    """The area of the convex hull."""
    if len(points) < _FEWEST_FOR_HULL:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(points)))


def _shown(transform: np.ndarray, first: Features, second: Features) -> tuple[float, float]:
    """The share of the second image that the first shows, and the reverse."""
    return _share(transform, first, second), _share(np.linalg.inv(transform), second, first)


def _share(transform: np.ndarray, first: Features, second: Features) -> float:
    """The share of the second image that the first covers."""
    laid = cv2.perspectiveTransform(_corners(first)[None], transform)[0].astype(np.float32)
    area, _ = cv2.intersectConvexConvex(laid, _corners(second).astype(np.float32))
    return min(1.0, area / (second.width * second.height))


def _scale_and_turn(transform: np.ndarray, points: np.ndarray) -> tuple[float, float]:
    linear = _linear(transform, points.mean(axis=0))
    # The nearest turn, by the polar decomposition.
    turn = math.atan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1])
    return math.sqrt(np.linalg.det(linear)), _turn(math.degrees(turn))


def _turn(degrees: float) -> float:
    """The same turn, above -180 and at most 180 degrees."""
    return _HALF_TURN - (_HALF_TURN - degrees) % (2 * _HALF_TURN)
