"""Features are found in any image, are the same in every run, and survive storage."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from PIL import Image, ImageOps

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from paintings_dedupe.matcher import method
from paintings_dedupe.matcher.features import Features, extract
from tests.helpers.painted import painted

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16")


def test_features_are_the_same_whatever_came_before() -> None:
    first = extract(painted(1)).to_bytes()
    extract(painted(2))
    np.random.default_rng(5)
    assert extract(painted(1)).to_bytes() == first


def test_features_survive_storage() -> None:
    found = extract(painted(1))
    read = Features.from_bytes(found.to_bytes())
    assert read.to_bytes() == found.to_bytes()
    assert (read.width, read.height) == (found.width, found.height) == (480, 360)


def test_features_of_a_painting_take_about_25_kilobytes_a_side() -> None:
    found = extract(painted(1))
    assert 0.9 * method.KEYPOINTS <= len(found.plain) <= 1.01 * method.KEYPOINTS
    assert len(found.mirrored) >= 0.9 * method.MIRRORED_KEYPOINTS
    assert len(found.to_bytes()) < 64_000


def test_keypoints_are_spread_over_the_picture() -> None:
    # A busy corner does not take the keypoints of the rest, or a crop of the rest has none.
    quiet = painted(1, shapes=60)
    quiet.paste(painted(2, (160, 120), shapes=600), (0, 0))
    places = extract(quiet).plain.places()
    outside = (places[:, 0] > 160) | (places[:, 1] > 120)
    assert outside.mean() > 0.6


@pytest.mark.parametrize("data", [b"", b"no features"])
def test_bytes_that_are_no_features_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not features of an image"):
        Features.from_bytes(data)


@pytest.mark.parametrize("kept", [-100, 100])
def test_features_that_were_cut_short_are_refused(kept: int) -> None:
    with pytest.raises(ValueError, match="not features of an image"):
        Features.from_bytes(extract(painted(1)).to_bytes()[:kept])


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("plain_points", np.zeros((3, 2), np.uint16)),
        ("plain_angles", np.zeros(900, np.float32)),
        ("mirrored_descriptors", np.zeros((450, 31), np.uint8)),
        ("small", np.zeros((3, 3, 3), np.uint8)),
        ("size", np.zeros(3, np.uint16)),
        ("plain_octaves", np.array([object()])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arrays_of_other_shapes_are_refused(name: str, array: np.ndarray) -> None:
    with np.load(io.BytesIO(extract(painted(1)).to_bytes())) as file:
        arrays = {key: file[key] for key in file.files}
    data = io.BytesIO()
    np.savez(data, **(arrays | {name: array}))
    with pytest.raises(ValueError, match="not features of an image"):
        Features.from_bytes(data.getvalue())


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_has_features(mode: str) -> None:
    grey = painted(1).convert("L")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.new(mode, grey.size) if mode == "LAB" else grey.convert(mode)
    found = extract(image)
    assert (found.width, found.height) == (480, 360)


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 9000), (9000, 1), (2, 2), (31, 31), (33, 33), (9000, 40), (6000, 5000)]
)
def test_any_size_has_features_of_a_bounded_size(size: tuple[int, int]) -> None:
    found = extract(Image.effect_noise(size, 60))
    assert min(found.width, found.height) >= 1
    assert max(found.width, found.height) <= method.LONGEST_SIDE
    assert Features.from_bytes(found.to_bytes()).to_bytes() == found.to_bytes()


def test_a_scroll_keeps_enough_of_its_short_side() -> None:
    found = extract(painted(1, (3000, 300), shapes=900))
    assert (found.width, found.height) == (1440, 144)
    assert len(found.plain) > 0.5 * method.KEYPOINTS


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_a_single_colour_has_no_keypoints(colour: int) -> None:
    found = extract(Image.new("L", (640, 480), colour))
    assert len(found.plain) == len(found.mirrored) == 0


def test_the_mirrored_keypoints_are_those_of_the_mirror_image() -> None:
    image = painted(1)
    mirrored, other = extract(image).mirrored, extract(ImageOps.mirror(image)).plain
    near = np.abs(mirrored.places()[:, None] - other.places()[None]).max(axis=2) < 1.5
    bits = np.bitwise_count(mirrored.descriptors[:, None] ^ other.descriptors[None]).sum(axis=2)
    assert (near & (bits < 40)).any(axis=1).mean() > 0.8
