"""Find the features of one image: keypoints of it and of its mirror image, and a small picture."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from paintings_dedupe.common.images.pictures import grey
from paintings_dedupe.matcher import method

DESCRIPTOR_BYTES = 32
# Coordinates are stored in these parts of a pixel, and angles in these parts of a full turn.
_POINT_PARTS, _ANGLE_PARTS = 32, 256
_FULL_TURN = 360.0


@dataclass(frozen=True, eq=False)
class Keypoints:
    """The keypoints of a reduced image, `n` of them, which may be none.

    Attributes
    ----------
    points
        uint16, `n` x 2: x and y, in 1/32 of a pixel of the reduced image.
    angles
        uint8, `n`: the direction of each keypoint, in 1/256 of a full turn.
    octaves
        uint8, `n`: the level of the pyramid, each 1.2 times smaller than the one before.
    descriptors
        uint8, `n` x 32: the 256 bits of ORB.
    """

    points: np.ndarray
    angles: np.ndarray
    octaves: np.ndarray
    descriptors: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def places(self) -> np.ndarray:
        """float32, `n` x 2: x and y in pixels."""
        return (self.points / np.float32(_POINT_PARTS)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Features:
    """What is compared of an image.

    Attributes
    ----------
    width, height
        The size of the reduced image, in pixels.
    plain
        The keypoints of the image.
    mirrored
        The keypoints of its mirror image (left and right exchanged), in its coordinates.
    small
        uint8, height x width: the reduced image in grey, `method.SMALLER` times smaller.
    """

    width: int
    height: int
    plain: Keypoints
    mirrored: Keypoints
    small: np.ndarray

    def to_bytes(self) -> bytes:
        """The features as an `.npz` file; equal features give equal bytes."""
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **_arrays(self))
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Features:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ValueError
            When the bytes are anything else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            return _features(arrays)
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"these bytes are not features of an image: {error}") from error


def extract(image: Image.Image) -> Features:
    """Find the features of a decoded image, of any mode and size."""
    reduced = _reduced(grey(image))
    height, width = reduced.shape
    small = _small(reduced)
    found = _detected(reduced)
    flipped = np.ascontiguousarray(reduced[:, ::-1])
    mirrored = [_mirrored(point, width) for point in _chosen(found, method.MIRRORED_KEYPOINTS)]
    return Features(
        width,
        height,
        _described(reduced, _chosen(found, method.KEYPOINTS)),
        _described(flipped, mirrored),
        small,
    )


def _reduced(image: Image.Image) -> np.ndarray:
    long, short = max(image.size), min(image.size)
    scale = min(max(method.LONG_SIDE / long, method.SHORT_SIDE / short), method.LONGEST_SIDE / long)
    width, height = (max(1, round(side * scale)) for side in image.size)
    filter_ = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    return np.asarray(image.resize((width, height), filter_))


def _small(reduced: np.ndarray) -> np.ndarray:
    height, width = (max(1, round(side / method.SMALLER)) for side in reduced.shape)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_AREA)


def _orb() -> cv2.ORB:
    return cv2.ORB.create(
        nfeatures=method.FOUND_KEYPOINTS,
        scaleFactor=method.OCTAVE_SCALE,
        nlevels=method.OCTAVES,
        edgeThreshold=method.EDGE,
        fastThreshold=method.FAST_THRESHOLD,
    )


def _detected(reduced: np.ndarray) -> Sequence[cv2.KeyPoint]:
    if min(reduced.shape) <= 2 * method.EDGE:
        return ()
    return _orb().detect(reduced, None)


def _chosen(found: Sequence[cv2.KeyPoint], count: int) -> list[cv2.KeyPoint]:
    """About `count` of the keypoints: of each octave its share, taken from the cells in turn.

    Within a cell, the strongest come first. Ties are broken by place, so that the choice does not
    depend on the order in which keypoints were found.
    """
    if not found:
        return []
    places = np.array([point.pt for point in found])
    responses = np.array([point.response for point in found])
    octaves = np.array([point.octave for point in found])
    columns, rows = (places // method.CELL).astype(int).T
    cells = rows * (columns.max() + 1) + columns
    order = np.lexsort((places[:, 0], places[:, 1], -responses, cells, octaves))
    turns = _numbered(octaves[order] * (cells.max() + 1) + cells[order])
    shares = (1 / method.OCTAVE_SCALE) ** np.arange(method.OCTAVES)
    quotas = np.round(shares / shares.sum() * count).astype(int)
    kept: list[int] = []
    for octave, quota in enumerate(quotas):
        here = np.flatnonzero(octaves[order] == octave)
        strength = -responses[order][here]
        kept += order[here[np.lexsort((strength, turns[here]))[:quota]]].tolist()
    return [found[index] for index in kept]


def _numbered(values: np.ndarray) -> np.ndarray:
    """The position of each of the sorted values among its equals: 0, 1, 2, ..."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    return np.arange(len(values)) - np.repeat(starts, np.diff(np.r_[starts, len(values)]))


def _mirrored(point: cv2.KeyPoint, width: int) -> cv2.KeyPoint:
    return cv2.KeyPoint(
        width - 1 - point.pt[0],
        point.pt[1],
        point.size,
        (_FULL_TURN / 2 - point.angle) % _FULL_TURN,
        point.response,
        point.octave,
    )


def _described(reduced: np.ndarray, chosen: Sequence[cv2.KeyPoint]) -> Keypoints:
    descriptors = None
    if chosen:
        chosen, descriptors = _orb().compute(reduced, chosen)
    if not chosen or descriptors is None:
        return Keypoints(
            np.zeros((0, 2), np.uint16),
            np.zeros(0, np.uint8),
            np.zeros(0, np.uint8),
            np.zeros((0, DESCRIPTOR_BYTES), np.uint8),
        )
    points = np.array([point.pt for point in chosen])
    angles = np.array([point.angle for point in chosen])
    return Keypoints(
        np.round(points * _POINT_PARTS).astype(np.uint16),
        (np.round(angles * (_ANGLE_PARTS / _FULL_TURN)) % _ANGLE_PARTS).astype(np.uint8),
        np.array([point.octave for point in chosen], np.uint8),
        descriptors,
    )


def _arrays(features: Features) -> dict[str, np.ndarray]:
    arrays = {
        "size": np.array([features.width, features.height], np.uint16),
        "small": features.small,
    }
    for side, keypoints in (("plain", features.plain), ("mirrored", features.mirrored)):
        arrays[f"{side}_points"] = keypoints.points
        arrays[f"{side}_angles"] = keypoints.angles
        arrays[f"{side}_octaves"] = keypoints.octaves
        arrays[f"{side}_descriptors"] = keypoints.descriptors
    return arrays


def _features(arrays: dict[str, np.ndarray]) -> Features:
    size, small = arrays["size"], arrays["small"]
    if size.shape != (2,) or small.ndim != 2 or small.dtype != np.uint8:  # noqa: PLR2004
        raise ValueError("its pictures have other shapes")
    return Features(
        int(size[0]),
        int(size[1]),
        _keypoints(arrays, "plain"),
        _keypoints(arrays, "mirrored"),
        small,
    )


def _keypoints(arrays: dict[str, np.ndarray], side: str) -> Keypoints:
    read = Keypoints(
        arrays[f"{side}_points"],
        arrays[f"{side}_angles"],
        arrays[f"{side}_octaves"],
        arrays[f"{side}_descriptors"],
    )
    count = len(read.angles)
    expected = (
        (read.points, (count, 2), np.uint16),
        (read.angles, (count,), np.uint8),
        (read.octaves, (count,), np.uint8),
        (read.descriptors, (count, DESCRIPTOR_BYTES), np.uint8),
    )
    if any(array.shape != shape or array.dtype != kind for array, shape, kind in expected):
        raise ValueError("its keypoints have other shapes")
    return read
