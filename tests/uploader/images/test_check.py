"""Bytes are an image of their row, to the last pixel of the last frame, or they are refused."""

from __future__ import annotations

import pytest
from PIL import Image

from paintings_dedupe.common.images.faults import ImageError
from tests.uploader.samples import encoded, hash_of, picture
from uploader.images.check import CheckedImage, Claim, DriftError, check
from uploader.table.plan import FORMATS

JPEG = picture("JPEG", size=(640, 480))
FRAMES = [Image.effect_noise((64, 48), sigma).convert("P") for sigma in (10, 20, 30)]


def _claim(
    image_format: str = "jpeg", hash_: str = "", drift: int = 32, any_format: bool = False
) -> Claim:
    return Claim(image_format, frozenset(FORMATS), any_format, hash_, drift)


def _off(data: bytes, bits: int) -> str:
    """Return the hash of an image with this many bits flipped."""
    return f"{int(hash_of(data), 16) ^ (1 << bits) - 1:032x}"


def test_the_size_is_that_of_the_file_and_not_of_the_draft() -> None:
    assert check(JPEG, _claim(hash_=hash_of(JPEG))) == CheckedImage("jpeg", 640, 480)


@pytest.mark.parametrize(("bits", "drift", "passes"), [(0, 0, True), (8, 8, True), (9, 8, False)])
def test_as_many_bits_may_differ_as_allowed(bits: int, drift: int, passes: bool) -> None:
    claim = _claim(hash_=_off(JPEG, bits), drift=drift)
    if passes:
        check(JPEG, claim)
    else:
        with pytest.raises(DriftError, match=f"in {bits} of 128 bits, more than {drift}"):
            check(JPEG, claim)


def test_a_plain_placeholder_is_another_picture_though_it_is_near() -> None:
    """A picture with few edges is as near to a plain one as to itself, by number of bits."""
    plain = encoded(Image.new("RGB", (64, 48), "grey"), "JPEG")
    assert int(hash_of(plain), 16) == 0
    with pytest.raises(DriftError, match="in 4 of 128 bits, more than 2"):
        check(plain, _claim(hash_=f"{0b1111:032x}"))


def test_without_a_hash_nothing_is_compared() -> None:
    check(JPEG, _claim())


@pytest.mark.parametrize("image_format", FORMATS)
def test_each_format_may_be_what_it_is(image_format: str) -> None:
    data = picture(image_format.upper())
    assert check(data, _claim(image_format, hash_of(data))).image_format == image_format


def test_another_format_than_the_rows_is_refused_unless_any_will_do() -> None:
    data = picture("PNG")
    with pytest.raises(ImageError, match="a png, not a jpeg as the row says"):
        check(data, _claim("jpeg"))
    assert check(data, _claim("jpeg", any_format=True)).image_format == "png"


@pytest.mark.parametrize("name", ["WEBP", "TIFF"])
def test_a_format_that_is_not_accepted_sees_no_decoder(name: str) -> None:
    with pytest.raises(ImageError, match="unknown bytes, not an image"):
        check(picture(name), _claim(any_format=True))


def test_an_animation_is_decoded_to_its_end() -> None:
    data = encoded(FRAMES[0], "GIF", *FRAMES[1:])
    check(data, _claim("gif"))
    with pytest.raises(ImageError, match="corrupt: cut short"):
        check(data[: int(len(data) * 0.9)], _claim("gif"))
