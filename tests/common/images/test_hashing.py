"""The hashes are those of the package `dhash`, whatever the image."""

from __future__ import annotations

from pathlib import Path

import dhash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from paintings_dedupe.common.images.hash_text import (
    FLAT_BITS,
    LEVELS,
    HashTextError,
    read_finest_hash,
    says_nothing,
)
from paintings_dedupe.common.images.hashing import difference_hashes

_BYTES_PER_PIXEL = {
    "L": 1,
    "P": 1,
    "RGB": 3,
    "YCbCr": 3,
    "HSV": 3,
    "RGBX": 4,
    "CMYK": 4,
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


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@given(data=st.data())
def test_hashes_with_an_alpha_channel_equal_the_package(mode: str, data: st.DataObject) -> None:
    """But where it is zero everywhere: the package then sees a white page."""
    plain = data.draw(_images(mode[:-1]))
    alpha = data.draw(
        st.binary(min_size=plain.width * plain.height, max_size=plain.width * plain.height)
    )
    image = plain.copy()
    image.putalpha(Image.frombytes("L", plain.size, alpha))
    expected = image if any(alpha) else plain
    assert difference_hashes(image) == _of_the_package(expected)


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


@given(st.integers(0, (1 << 128) - 1))
def test_a_number_without_its_leading_zeros_is_the_same_hash(bits: int) -> None:
    """A spreadsheet or a column of numbers drops them."""
    assert read_finest_hash(f" {bits:X} ") == f"{bits:032x}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "has no DHashHex8"),
        ("  ", "has no DHashHex8"),
        ("0x" + "a" * 32, "is not a hexadecimal number"),
        ("g" * 32, "is not a hexadecimal number"),
        ("\uff11" * 32, "is not a hexadecimal number"),
        ("-1", "is not a hexadecimal number"),
        ("1_0", "is not a hexadecimal number"),
        ("0" + "a" * 30, "has 31 digits, not 32"),
        ("00", "has 2 digits, not 32"),
        ("a" * 33, "has 33 digits, not 32"),
    ],
)
def test_what_is_no_finest_hash_is_told(text: str | None, reason: str) -> None:
    with pytest.raises(HashTextError, match=reason):
        read_finest_hash(text)


def test_a_hash_of_hardly_any_edge_says_nothing() -> None:
    """The rule of the models, var flat_bits: bits that differ from the rest of their half."""
    defaults = (Path(__file__).parents[3] / "dbt_project.yml").read_text(encoding="utf-8")
    assert f"flat_bits: {FLAT_BITS}" in defaults
    for rows, columns, nothing in [(0, 0, True), (64, 64, True), (8, 56, True), (8, 55, False)]:
        text = f"{(1 << rows) - 1:016x}{(1 << columns) - 1:016x}"
        assert says_nothing(text) is nothing
    assert not says_nothing("5" * 32)
