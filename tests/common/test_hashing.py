"""The hashes are those of the package `dhash`, whatever the image."""

from __future__ import annotations

import dhash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.hashing import LEVELS, difference_hashes

_BYTES_PER_PIXEL = {
    "L": 1,
    "P": 1,
    "LA": 2,
    "PA": 2,
    "I;16": 2,
    "RGB": 3,
    "YCbCr": 3,
    "HSV": 3,
    "RGBA": 4,
    "RGBX": 4,
    "CMYK": 4,
    "I": 4,
}


def _of_the_package(image: Image.Image) -> dict[int, str]:
    return {level: dhash.format_hex(*dhash.dhash_row_col(image, level), level) for level in LEVELS}


@st.composite
def _images(draw: st.DrawFn, mode: str) -> Image.Image:
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    size = width * height * _BYTES_PER_PIXEL[mode]
    image = Image.frombytes(mode, (width, height), draw(st.binary(min_size=size, max_size=size)))
    if mode == "P":
        image.putpalette(draw(st.binary(min_size=768, max_size=768)))
    return image


@pytest.mark.parametrize("mode", _BYTES_PER_PIXEL)
@given(data=st.data())
def test_hashes_equal_the_package(mode: str, data: st.DataObject) -> None:
    image = data.draw(_images(mode))
    assert difference_hashes(image) == _of_the_package(image)


@given(pixels=st.lists(st.booleans(), min_size=144, max_size=144))
def test_hashes_of_black_and_white_equal_the_package(pixels: list[bool]) -> None:
    image = Image.new("1", (12, 12))
    image.putdata([255 * pixel for pixel in pixels])
    assert difference_hashes(image) == _of_the_package(image)


@given(pixels=st.lists(st.floats(-300, 600, width=32), min_size=81, max_size=81))
def test_hashes_of_floats_equal_the_package(pixels: list[float]) -> None:
    image = Image.new("F", (9, 9))
    image.putdata(pixels)
    assert difference_hashes(image) == _of_the_package(image)


# Pillow advises to convert such a palette to RGBA; the package does not, so neither may we.
@pytest.mark.filterwarnings("ignore:Palette images with Transparency:UserWarning")
@pytest.mark.parametrize("transparency", [3, bytes(range(256))], ids=["one colour", "a table"])
def test_hashes_of_a_transparent_palette_equal_the_package(transparency: int | bytes) -> None:
    image = Image.linear_gradient("L").resize((40, 30)).rotate(30).convert("P")
    image.info["transparency"] = transparency
    assert difference_hashes(image) == _of_the_package(image)


def test_transparent_pixels_count_as_white() -> None:
    """What lies under full transparency must not tell two images apart."""
    red, blue = (Image.new("RGBA", (20, 20), colour) for colour in ("#f000", "#00f0"))
    for image in (red, blue):
        image.paste("black", (10, 0, 20, 20))
    assert difference_hashes(red) == difference_hashes(blue)
    assert int(difference_hashes(red)[8], 16) != 0


def test_the_image_is_left_as_it_was() -> None:
    image = Image.new("RGBA", (9, 9), "#1234")
    before = image.tobytes()
    difference_hashes(image)
    assert (image.mode, image.tobytes()) == ("RGBA", before)


def test_a_known_hash() -> None:
    """Rows grow brighter to the right, never downwards: row bits all 1, column bits all 0."""
    image = Image.new("L", (9, 9))
    image.putdata([x * 20 for _ in range(9) for x in range(9)])
    assert difference_hashes(image)[8] == "f" * 16 + "0" * 16


def test_a_colour_space_without_grey_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="LAB"):
        difference_hashes(Image.new("LAB", (9, 9)))
