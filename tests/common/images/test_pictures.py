"""Every mode that Pillow opens gives the picture that a viewer shows, in 8 bits."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from PIL import Image, ImageCms

from paintings_dedupe.common.images.hash_text import hamming_distance
from paintings_dedupe.common.images.hashing import difference_hashes, finest_hash
from paintings_dedupe.common.images.pictures import grey, turned, turned_size

# A picture with structure of its own: squares of grey, as wide as the hash looks.
_SHADES = np.random.default_rng(3).integers(0, 256, (9, 9), np.uint8)
GREY = Image.fromarray(_SHADES).resize((90, 90), Image.Resampling.BICUBIC)
COLOUR = Image.merge("RGB", (GREY, GREY.rotate(90), GREY.rotate(180)))
_PIXELS = np.asarray(GREY)


def _alike(image: Image.Image, picture: Image.Image = GREY) -> int:
    return hamming_distance(finest_hash(image), finest_hash(picture))


def _of(values: object, mode: str) -> Image.Image:
    image = Image.fromarray(np.asarray(values))
    assert image.mode == mode
    return image


@pytest.mark.parametrize(
    "image",
    [
        _of(_PIXELS.astype(np.uint16) * 257, "I;16"),
        _of((_PIXELS.astype(np.uint16) * 257).astype(">u2"), "I;16B"),
        _of(_PIXELS.astype(np.uint16) * 256 + 77, "I;16"),
        _of(_PIXELS.astype(np.uint16) * 16 + 5, "I;16"),
        _of(_PIXELS.astype(np.uint16), "I;16"),
        _of(_PIXELS.astype(np.int32) * 257, "I"),
        _of(_PIXELS.astype(np.int32) * 16, "I"),
        _of(_PIXELS.astype(np.int32), "I"),
        _of(_PIXELS.astype(np.float32), "F"),
        _of(_PIXELS.astype(np.float32) * 257, "F"),
    ],
    ids=[
        "16 bits",
        "16 bits, big-endian",
        "16 bits, the lower byte used",
        "12 bits",
        "8 bits in 16",
        "16 bits in 32",
        "12 bits in 32",
        "8 bits in 32",
        "floating point to 255",
        "floating point to 65,535",
    ],
)
def test_a_picture_is_the_same_in_more_bits(image: Image.Image) -> None:
    assert grey(image).tobytes() == GREY.tobytes()


@pytest.mark.parametrize(
    "image",
    [
        _of(_PIXELS.astype(np.float32) / 255, "F"),
        _of(_PIXELS.astype(np.float32) * 1e6 - 5e7, "F"),
        _of(_PIXELS.astype(np.int32) * 8_000_000, "I"),
        _of(_PIXELS.astype(np.int32) * 1000 - 100_000, "I"),
    ],
    ids=["to 1", "any range", "32 bits", "signed"],
)
def test_other_ranges_are_scaled(image: Image.Image) -> None:
    assert np.abs(np.asarray(grey(image), int) - _stretched(_PIXELS)).max() <= 2


def _stretched(pixels: np.ndarray) -> np.ndarray:
    low, high = int(pixels.min()), int(pixels.max())
    assert (low, high) == (0, 255), "the picture must use all shades for this test"
    return pixels.astype(int)


def test_floats_that_are_no_numbers_spoil_no_picture() -> None:
    values = _PIXELS.astype(np.float32)
    values[0, :3] = np.nan, np.inf, -np.inf
    assert _alike(_of(values, "F")) <= 2


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa", "La"])
def test_transparent_parts_are_white(mode: str) -> None:
    alpha = Image.new("L", GREY.size, 255)
    alpha.paste(0, (0, 0, 40, 90))
    white = GREY.copy()
    white.paste(255, (0, 0, 40, 90))
    image = GREY.convert("LA" if "L" in mode or "P" in mode else "RGBA")
    image.putalpha(alpha)
    # Pillow converts from LA to PA through RGBA only.
    shown = image.convert("RGBA").convert("PA") if mode == "PA" else image.convert(mode)
    assert shown.mode == mode
    assert _alike(shown, white) <= (0 if mode != "PA" else 12)
    assert _alike(shown, GREY) > 12


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_an_alpha_channel_of_zeros_does_not_count(mode: str) -> None:
    """Some programs write 32 bits a pixel and leave the last 8 as they are."""
    image = COLOUR.convert(mode)
    image.putalpha(0)
    assert difference_hashes(image) == difference_hashes(COLOUR.convert(mode[:-1]))


@pytest.mark.parametrize("kind", ["one colour", "a table"])
def test_a_transparent_palette_is_laid_on_white(kind: str) -> None:
    image = GREY.convert("P")
    half = np.array(image)
    half[:, :40] = 7
    image = Image.fromarray(half, "P")
    image.putpalette(bytes(shade for shade in range(256) for _ in "rgb"))
    image.info["transparency"] = (
        7 if kind == "one colour" else bytes(255 * (n != 7) for n in range(256))
    )
    white = np.array(_PIXELS)
    white[half == 7] = 255
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert grey(image).tobytes() == white.tobytes()


def test_a_transparent_shade_is_laid_on_white() -> None:
    """PNG can name one shade of an image without a palette, in 8 or 16 bits."""
    for image in (GREY.copy(), _of(_PIXELS.astype(np.uint16) * 257, "I;16")):
        image.info["transparency"] = 0
        shown = np.asarray(grey(image))
        assert (shown[_PIXELS == 0] == 255).all()
        assert (shown[_PIXELS != 0] == _PIXELS[_PIXELS != 0]).all()


def test_an_image_that_is_transparent_all_over_keeps_its_picture() -> None:
    image = Image.new("I;16", (9, 9), 5000)
    image.info["transparency"] = 5000
    assert grey(image).getextrema() == (5000 // 256, 5000 // 256)


def test_lab_is_shown_in_its_colours() -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = ImageCms.applyTransform(COLOUR, to_lab)
    assert lab is not None
    assert lab.mode == "LAB"
    assert _alike(lab, COLOUR) <= 8


@pytest.mark.parametrize("mode", ["1", "CMYK", "YCbCr", "HSV", "P"])
def test_every_other_mode_is_the_same_picture(mode: str) -> None:
    assert _alike(COLOUR.convert(mode), COLOUR) <= 16


def test_an_orientation_turns_the_picture_and_its_size() -> None:
    stored = GREY.crop((0, 0, 60, 40))
    for orientation in range(10):
        shown = turned(stored, orientation)
        assert shown.size == turned_size(60, 40, orientation)
    assert turned(stored, 6).tobytes() == stored.rotate(-90, expand=True).tobytes()
    assert turned(stored, 8).tobytes() == stored.rotate(90, expand=True).tobytes()
    assert turned(stored, 1) is turned(stored, 77) is stored
