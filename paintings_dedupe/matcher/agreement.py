"""Measure how well the pixels of two images agree where one lies on the other.

Keypoints alone cannot tell a painting from what is laid over it: two paintings in the same frame,
or above the same caption, have hundreds of pairs in common. The middle of the pictures tells them
apart.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from paintings_dedupe.matcher import method

_SHARP = 0.9
_FEWEST_PIXELS = 30
# The least variance to divide by, in grey levels squared.
_LEAST_VARIANCE = 4.0
_ALIKE_STEPS, _ALIKE_PRECISION, _ALIKE_BLUR = 30, 1e-3, 3
_SINGULAR = 1e-9


class Agreement(NamedTuple):
    """How well two pictures agree.

    Attributes
    ----------
    correlation
        The mean correlation of small squares in the middle of what both show, -1 to 1.
    is_telling
        Whether there is something to see in the middle. If not, the squares are from anywhere, and
        a frame or a caption may be all that the pictures have in common.
    """

    correlation: float
    is_telling: bool


def agreement(small: np.ndarray, other: np.ndarray, transform: np.ndarray) -> Agreement:
    """Compare two pictures where one lies on the other.

    Parameters
    ----------
    small, other
        The small pictures (`paintings_dedupe.matcher.features.Features.small`).
    transform
        Takes places in the first reduced image to the second.
    """
    to_small = np.diag([1 / method.SMALLER, 1 / method.SMALLER, 1.0])
    transform = to_small @ transform @ np.linalg.inv(to_small)
    magnified = _magnified(transform, small)
    if magnified > 1:
        small, other, transform = other, small, np.linalg.inv(transform)
        magnified = 1 / magnified
    one, mask = _laid(small, other, transform, magnified)
    if mask.sum() < _FEWEST_PIXELS:
        return Agreement(0.0, is_telling=False)
    correlation, has_contrast = _correlation(one, other.astype(np.float32), mask)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    middle = depth >= method.MIDDLE * depth.max()
    used = has_contrast & middle
    is_telling = bool(used.sum() >= method.LEAST_MIDDLE * middle.sum())
    if not is_telling:
        used = has_contrast
    return Agreement(float(correlation[used].mean()) if used.any() else 0.0, is_telling)


def are_alike(small: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures agree almost everywhere if they are laid on each other as they are.

    Parameters
    ----------
    small, other
        The small pictures (`paintings_dedupe.matcher.features.Features.small`).
    """
    if small.size < other.size:
        small, other = other, small
    height, width = other.shape
    resized = cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA)
    if _correlation_of(resized, other) < method.ALIKE_CORRELATION:
        return False
    transform = _shifted(resized, other)
    if transform is None:
        return False
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    shift = np.abs(cv2.perspectiveTransform(corners, transform) - corners).max()
    if shift > method.ALIKE_SHIFT * max(width, height):
        return False
    to_reduced = np.diag([method.SMALLER, method.SMALLER, 1.0])
    reduced = to_reduced @ transform @ np.linalg.inv(to_reduced)
    return agreement(resized, other, reduced).correlation >= method.ALIKE_AGREEMENT


def _correlation_of(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of all pixels; 0 if one of the pictures has only one grey level."""
    if not one.std() or not other.std():
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _shifted(picture: np.ndarray, other: np.ndarray) -> np.ndarray | None:
    """The affine transform, 3 x 3, that lays the picture best on the other, from where it is."""
    steps = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ALIKE_STEPS, _ALIKE_PRECISION)
    start, everywhere = np.eye(2, 3, dtype=np.float32), np.ones_like(picture)
    try:
        _, found = cv2.findTransformECC(
            other, picture, start, cv2.MOTION_AFFINE, steps, everywhere, _ALIKE_BLUR
        )
    except cv2.error:
        # It finds no way to a better place.
        return None
    back = np.vstack([found.astype(np.float64), [0, 0, 1]])
    if not np.isfinite(back).all() or abs(np.linalg.det(back)) < _SINGULAR:
        return None
    transform: np.ndarray = np.linalg.inv(back)
    return transform


def _magnified(transform: np.ndarray, small: np.ndarray) -> float:
    """How many times longer the transform makes a line in the middle of the picture."""
    x, y = small.shape[1] / 2, small.shape[0] / 2
    around = np.array([[[x, y], [x + 1, y], [x, y + 1]]])
    middle, right, below = cv2.perspectiveTransform(around, transform)[0]
    return float(np.sqrt(abs(np.linalg.det(np.stack([right - middle, below - middle])))))


def _laid(
    small: np.ndarray, other: np.ndarray, transform: np.ndarray, magnified: float
) -> tuple[np.ndarray, np.ndarray]:
    """The picture laid on the other, as coarse as that, and a mask of where both are."""
    picture: np.ndarray = small.astype(np.float32)
    if magnified < _SHARP:
        blur = 0.5 * np.sqrt(1 / max(magnified, 1 / method.MOST_SCALE) ** 2 - 1)
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    size = (other.shape[1], other.shape[0])
    laid = cv2.warpPerspective(picture, transform, size)
    mask = (cv2.warpPerspective(np.ones_like(picture), transform, size) > 0.99).astype(np.uint8)  # noqa: PLR2004
    mask[[0, -1], :] = 0
    mask[:, [0, -1]] = 0
    return laid, mask


def _correlation(
    one: np.ndarray, other: np.ndarray, mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The correlation of the squares around each pixel, and where they have contrast."""
    count = _sums(mask.astype(np.float32))

    def mean(values: np.ndarray) -> np.ndarray:
        means: np.ndarray = _sums(values * mask) / np.maximum(count, 1)
        return means

    mean_one, mean_other = mean(one), mean(other)
    variance = mean(one * one) - mean_one**2
    other_variance = mean(other * other) - mean_other**2
    common = mean(one * other) - mean_one * mean_other
    correlation = common / np.sqrt(
        np.maximum(variance, _LEAST_VARIANCE) * np.maximum(other_variance, _LEAST_VARIANCE)
    )
    contrast = np.maximum(variance, other_variance) > method.LEAST_CONTRAST**2
    return correlation, contrast & (mask > 0) & (count > method.WINDOW**2 / 2)


def _sums(values: np.ndarray) -> np.ndarray:
    """The sum of the square around each pixel."""
    return cv2.boxFilter(
        values,
        -1,
        (method.WINDOW, method.WINDOW),
        normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )
