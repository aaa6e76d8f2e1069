"""Thumbnails show what a viewer shows, are never too large, and come from whole images only."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat

from paintings_dedupe.common.images.decode import Whole, decode
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hashing import finest_hash
from paintings_dedupe.common.images.looking import Seen
from paintings_dedupe.common.images.pictures import coloured
from paintings_dedupe.review.shrinking import SHRINKING, Size, Thumbnails, _checked
from paintings_dedupe.review.thumbnail import Thumbnail
from tests.helpers import zoo
from tests.helpers.painted import painted

Shrink = Seen[Thumbnails]


@pytest.fixture(scope="module")
def shrink() -> Iterator[Shrink]:
    with SHRINKING.guarded(1, max_pixels=1_000_000) as shrink_:
        yield shrink_


def shown(thumbnail: Thumbnail) -> Image.Image:
    """What a browser makes of it."""
    assert thumbnail.media_type == "image/webp"
    image = zoo.opened(thumbnail.data)
    assert image.format == "WEBP"
    assert image.mode == "RGB"
    assert image.size == (thumbnail.width, thumbnail.height)
    return image


def difference(image: Image.Image, other: Image.Image) -> float:
    """The mean difference of their pixels at one size, of 255."""
    difference = ImageChops.difference(image.resize((60, 60)), other.resize((60, 60)))
    return float(np.mean(ImageStat.Stat(difference).mean))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_upright_and_in_proportion(shrink: Shrink, orientation: int) -> None:
    picture = painted(1)
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = picture if undo is None else picture.transpose(undo)
    data = zoo.saved(stored, "JPEG", quality=95, exif=zoo.exif(orientation))
    found = shrink(data, "")
    for size, thumbnail in found.items():
        side = size.value.side
        assert (thumbnail.width, thumbnail.height) == (side, side * 3 // 4)
        assert difference(shown(thumbnail), picture) < 8
        assert difference(shown(thumbnail), picture.transpose(Image.Transpose.ROTATE_180)) > 20


def test_what_is_transparent_is_white(shrink: Shrink) -> None:
    picture = painted(1).convert("RGBA")
    picture.paste((255, 0, 0, 0), (0, 0, 240, 360))
    thumbnail = shown(shrink(zoo.saved(picture, "PNG"), "")[Size.LARGE])
    left = thumbnail.crop((0, 0, 140, 240))
    assert min(ImageStat.Stat(left).mean) > 250


def test_each_kind_of_image_has_thumbnails(shrink: Shrink) -> None:
    """16 bits, palettes, print colours and the like, as the zoo has them."""
    for kind, data in zoo.sound().items():
        for thumbnail in shrink(data, "").values():
            assert difference(shown(thumbnail), coloured(decode(data).image)) < 12, kind


@pytest.mark.parametrize("seed", [1, 2])
def test_noise_fits_into_the_bytes_of_a_thumbnail(shrink: Shrink, seed: int) -> None:
    """A page of any 2,000 images must stay below 10 MB."""
    noise = np.random.default_rng(seed).integers(0, 256, (500, 500, 3), np.uint8)
    for size, thumbnail in shrink(zoo.saved(Image.fromarray(noise), "PNG"), "").items():
        assert 0 < len(thumbnail.data) <= size.value.size
        assert shown(thumbnail).width >= 50


@pytest.mark.parametrize(
    ("size", "large"),
    [
        ((1, 1), (1, 1)),
        ((100, 80), (100, 80)),
        ((2000, 1), (320, 1)),
        ((2, 900), (1, 320)),
        ((999, 1000), (320, 320)),
    ],
)
def test_an_image_is_never_enlarged_and_never_vanishes(
    shrink: Shrink, size: tuple[int, int], large: tuple[int, int]
) -> None:
    thumbnail = shrink(zoo.saved(Image.new("RGB", size, "navy"), "JPEG"), "")[Size.LARGE]
    assert shown(thumbnail).size == large


def test_damaged_and_huge_images_are_refused_and_the_next_is_shown(shrink: Shrink) -> None:
    huge = zoo.saved(Image.new("1", (1001, 1000)), "PNG")
    for data in [b"", b"<html>", huge, *zoo.damaged().values()]:
        with pytest.raises(ImageError):
            shrink(data, "")
    assert shrink(zoo.saved(painted(1), "PNG"), "")


def test_a_picture_of_another_hash_is_refused(shrink: Shrink) -> None:
    """It would be judged in the place of the one that was measured."""
    with pytest.raises(ImageError, match="another picture"):
        shrink(zoo.saved(painted(2), "JPEG"), finest_hash(painted(1)))
    assert shrink(zoo.saved(painted(1), "JPEG", quality=30), finest_hash(painted(1)))


def hang(whole: Whole) -> list[Any]:
    """Never return, however late the result is asked for."""
    threading.Event().wait()
    return []


def test_an_image_that_takes_too_long_is_given_up() -> None:
    with (
        replace(SHRINKING, work=hang).guarded(1, timeout=0.1) as shrink,
        pytest.raises(ImageError, match="took longer"),
    ):
        shrink(zoo.saved(painted(1), "PNG"), "")


_SOUND = base64.b64encode(zoo.saved(Image.new("RGB", (9, 9)), "WEBP")).decode()
_SMALL, _LARGE = ["SMALL", _SOUND, 9, 9], ["LARGE", _SOUND, 9, 9]


def test_a_sound_reply_is_taken() -> None:
    assert set(_checked([_SMALL, _LARGE])) == set(Size)


@pytest.mark.parametrize(
    "reply",
    [
        [],
        [_SMALL],
        [_SMALL, _SMALL],
        [_SMALL, ["HUGE", _SOUND, 9, 9]],
        [_SMALL, ["LARGE", "?", 9, 9]],
        [_SMALL, ["LARGE", base64.b64encode(b"<script>").decode(), 9, 9]],
        [_SMALL, ["LARGE", _SOUND, 9, "9"]],
        [_SMALL, ["LARGE", _SOUND, 9, 9.5]],
        [_SMALL, ["LARGE", _SOUND, True, 9]],
        [_SMALL, ["LARGE", _SOUND, 9, 321]],
        [_SMALL, ["LARGE", _SOUND, 0, 9]],
        [_SMALL, ["LARGE", _SOUND]],
        [_SMALL, [["LARGE"], _SOUND, 9, 9]],
        [_SMALL, ["LARGE", base64.b64encode(b"RIFF....WEBP" + bytes(16_000)).decode(), 9, 9]],
        [_SMALL, None],
        [_SMALL, 7],
    ],
)
def test_a_forged_reply_is_refused(reply: list[object]) -> None:
    """A process in which hostile bytes have taken over may answer anything."""
    with pytest.raises(ImageError, match="thumbnails are invalid"):
        _checked(reply)
