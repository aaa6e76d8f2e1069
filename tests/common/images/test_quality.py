"""What is measured tells the better of two files of the same picture."""

from __future__ import annotations

import pytest
from PIL import Image, ImageOps

from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.quality import MOST_COLOURS, Quality, quality
from tests.helpers.landscapes import encoded, landscape, larger, turned_by_exif

SEEDS = range(4)


def measured(data: bytes) -> Quality:
    decoded = decode(data)
    return quality(decoded.image, decoded.is_turned)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_good_file_shows_all_that_its_pixels_can(seed: int) -> None:
    expected = Quality(True, MOST_COLOURS, detail=480, border=0, is_turned=False)
    assert measured(encoded(landscape(seed))) == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("factor", [1.3, 2, 3])
@pytest.mark.parametrize("jpeg_quality", [5, 90])
def test_enlarging_adds_no_detail(seed: int, factor: float, jpeg_quality: int) -> None:
    copy = encoded(larger(landscape(seed), factor), quality=jpeg_quality)
    assert measured(copy).detail < 480


@pytest.mark.parametrize("seed", SEEDS)
def test_shrinking_and_strong_compression_lose_detail(seed: int) -> None:
    picture = landscape(seed)
    assert measured(encoded(larger(picture, 0.5))).detail <= 240
    details = [measured(encoded(picture, quality=quality)).detail for quality in (75, 20, 5)]
    assert details == sorted(details, reverse=True)
    assert details[0] == 480 > details[-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_grey_copy_has_no_colour_whatever_its_tone(seed: int) -> None:
    grey = landscape(seed).convert("L")
    assert measured(encoded(landscape(seed))).is_colour
    assert not measured(encoded(grey)).is_colour
    assert not measured(encoded(grey.convert("RGB"))).is_colour
    sepia = ImageOps.colorize(grey, black="#201008", white="#fff0d0", mid="#a08060")
    assert not measured(encoded(sepia)).is_colour


def test_a_little_colour_is_enough() -> None:
    """A few red strokes on a drawing."""
    drawing = landscape(0).convert("L").convert("RGB")
    drawing.paste("#c02020", (100, 100, 160, 160))
    assert measured(encoded(drawing)).is_colour


def test_a_palette_shows_in_the_number_of_colours() -> None:
    picture = landscape(0)
    assert measured(encoded(picture, "GIF")).colours <= 256
    assert measured(encoded(picture.quantize(256), "PNG")).colours <= 256
    # The palette stays visible in a copy without one.
    assert measured(encoded(picture.quantize(16).convert("RGB"), "PNG")).colours == 16


@pytest.mark.parametrize("shade", ["white", "black", "#806040"])
def test_a_border_is_seen_and_adds_no_detail(shade: str) -> None:
    picture = landscape(1)
    bordered = measured(encoded(ImageOps.expand(picture, 60, shade)))
    # A JPEG blurs where it ends.
    assert bordered.border == pytest.approx(100 * (1 - 480 * 360 / (600 * 480)), abs=3)
    assert bordered.detail == pytest.approx(480, abs=12)
    # Below a picture, as for a caption.
    captioned = Image.new("RGB", (480, 400), shade)
    captioned.paste(picture)
    assert measured(encoded(captioned)).border == 10


def test_what_is_all_border_has_none() -> None:
    assert measured(encoded(Image.new("RGB", (300, 200), "white"))).border == 0
    # A small picture on a large page is a picture of a page.
    page = Image.new("RGB", (600, 600), "white")
    page.paste(landscape(0, 200, 200), (200, 200))
    assert measured(encoded(page)).border == 0


def test_exif_that_turns_the_picture_is_noticed() -> None:
    picture = landscape(2)
    turned = measured(turned_by_exif(picture))
    upright = measured(encoded(picture))
    assert turned.is_turned
    assert not upright.is_turned
    assert turned.detail == upright.detail


def test_the_file_format_does_not_matter() -> None:
    picture = landscape(3)
    assert measured(encoded(picture, "PNG")) == measured(encoded(picture, "BMP"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F", "LAB", "YCbCr"])
@pytest.mark.parametrize("size", [(1, 1), (1, 700), (2, 3), (129, 5), (256, 256), (257, 300)])
def test_every_mode_and_shape_can_be_measured(mode: str, size: tuple[int, int]) -> None:
    image = landscape(0, 300, 300).resize(size)
    image = image.convert("L").convert(mode) if mode in ("I;16", "F") else image.convert(mode)
    found = quality(image, is_turned=False)
    assert 1 <= found.detail <= max(size)
    assert 1 <= found.colours <= MOST_COLOURS
    assert 0 <= found.border < 100


def test_what_is_transparent_is_white() -> None:
    """Colours that nobody sees do not count."""
    image = landscape(0).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste((90, 90, 90, 255), (0, 0, 240, 360))
    assert not quality(image, is_turned=False).is_colour
