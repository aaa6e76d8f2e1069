"""Images of one painting match, other images do not, and the order does not matter."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

cv2 = pytest.importorskip(
    "cv2", reason="the extra matcher is not installed; make setup installs it"
)

from paintings_dedupe.matcher import method
from paintings_dedupe.matcher.features import Features, extract
from paintings_dedupe.matcher.geometry import Evidence, compare, is_match
from tests.helpers.painted import painted


@cache
def of(seed: int) -> Features:
    """The features of a painting."""
    return extract(painted(seed))


def _jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=20)
    return Image.open(file)


def _framed(image: Image.Image) -> Image.Image:
    side = 60
    frame = painted(99, (image.width + 2 * side, image.height + 2 * side), shapes=500)
    frame.paste(image, (side, side))
    return frame


def _captioned(image: Image.Image) -> Image.Image:
    page = ImageOps.expand(image, (20, 20, 20, 130), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(26)
    pen.text((20, image.height + 30), "The Museum of Painted Pictures", "black", font)
    pen.text((20, image.height + 80), "Oil on canvas, gift of A. Friend", "black", font)
    return page


def _watermarked(image: Image.Image) -> Image.Image:
    layer = Image.new("L", image.size)
    pen, font = ImageDraw.Draw(layer), ImageFont.load_default(40)
    for y in range(0, image.height, 90):
        pen.text((-y % 60, y), "© Art Images © Art Images", 90, font)
    return Image.composite(Image.new("RGB", image.size, "white"), image, layer)


def _perspective(image: Image.Image) -> Image.Image:
    canvas = ImageOps.expand(image, 60, (150, 140, 130))
    bend = (1.05, 0.06, -20.0, 0.02, 1.12, -20.0, 0.0001, 0.0003)
    return canvas.transform(canvas.size, Image.Transform.PERSPECTIVE, bend, fillcolor=(150,) * 3)


Change = Callable[[Image.Image], Image.Image]
CHANGES: dict[str, Change] = {
    "itself": lambda image: image,
    "JPEG quality 20": _jpeg,
    "128 px": lambda image: image.resize((128, 96)),
    "grey, dark": lambda image: image.convert("L").point(lambda value: value * 0.5),
    "inner part": lambda image: image.crop((96, 72, 384, 288)),
    "corner": lambda image: image.crop((0, 0, 240, 180)),
    "framed": _framed,
    "captioned": _captioned,
    "watermarked": _watermarked,
    "in perspective": _perspective,
    "turned by 90°": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "turned by 10°": lambda image: image.rotate(10, expand=True),
    "upside down": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "stretched": lambda image: image.resize((640, 360)),
    "mirrored": ImageOps.mirror,
    "upside down, mirrored": ImageOps.flip,
    "mirrored crop": lambda image: ImageOps.mirror(image.crop((60, 40, 440, 330))),
}


def assert_same(one: Evidence, other: Evidence) -> None:
    """Equal, but for the rounding of 1 / scale."""
    assert one.scale == pytest.approx(other.scale, rel=1e-12)
    assert replace(one, scale=None) == replace(other, scale=None)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_image_matches(name: str) -> None:
    changed = extract(CHANGES[name](painted(1)))
    found = compare(of(1), changed)
    assert found.is_match
    assert found.is_mirrored == ("mirrored" in name)
    assert_same(compare(changed, of(1)), found.reversed())
    assert not compare(of(2), changed).is_match


def test_the_transform_is_described() -> None:
    corner = compare(of(1), extract(painted(1).crop((0, 0, 240, 180))))
    assert corner.scale == pytest.approx(2, abs=0.05)
    assert corner.turn == pytest.approx(0, abs=1)
    assert corner.shown == pytest.approx(0.25, abs=0.02)
    assert corner.other_shown == pytest.approx(1, abs=0.02)

    # Pillow turns counter-clockwise.
    turned = compare(of(1), extract(painted(1).transpose(Image.Transpose.ROTATE_90)))
    assert turned.turn == pytest.approx(-90, abs=1)
    assert turned.reversed().turn == pytest.approx(90, abs=1)

    # To mirror upside down is to mirror, then to turn by 180 degrees.
    flipped = compare(of(1), extract(ImageOps.flip(painted(1))))
    assert abs(flipped.turn or 0) == pytest.approx(180, abs=1)
    mirrored = compare(of(1), extract(ImageOps.mirror(painted(1).rotate(15, expand=True))))
    back = compare(extract(ImageOps.mirror(painted(1).rotate(15, expand=True))), of(1))
    assert mirrored.turn == pytest.approx(15, abs=1.5)
    assert back.turn == pytest.approx(15, abs=1.5)


@pytest.mark.parametrize(
    "overlay", [_framed, _captioned, _watermarked], ids=["frame", "caption", "watermark"]
)
def test_what_is_laid_over_two_paintings_is_no_match(overlay: Change) -> None:
    laid = [extract(overlay(painted(seed))) for seed in range(3, 9)]
    pairs = [(one, other) for other in range(6) for one in range(other)]
    found = [compare(laid[one], laid[other]) for one, other in pairs]
    assert not [evidence for evidence in found if evidence.is_match]


def test_a_frame_alone_has_the_inliers_of_a_match() -> None:
    # Otherwise the test above would test nothing.
    found = compare(extract(_framed(painted(3))), extract(_framed(painted(4))))
    assert found.inliers > method.INLIERS[1]
    assert found.hull_share > 0.5


def _monochrome(seed: int) -> Image.Image:
    """One colour, with the grain of a canvas, a little lighter on one side."""
    random = np.random.default_rng(seed)
    light = random.integers(40, 216) + np.outer(np.ones(360), np.linspace(0, 15, 480))
    return Image.fromarray((light + random.normal(0, 4, light.shape)).astype(np.uint8))


@pytest.mark.parametrize("overlay", [_framed, _captioned], ids=["frame", "caption"])
def test_what_is_laid_over_two_monochromes_decides_nothing(overlay: Change) -> None:
    laid = [extract(overlay(_monochrome(seed).convert("RGB"))) for seed in range(6)]
    found = [compare(laid[one], laid[other]) for other in range(6) for one in range(other)]
    assert min(evidence.inliers for evidence in found) > method.INLIERS[-1]
    assert {evidence.is_match for evidence in found} == {None}
    assert [one.reversed().is_match for one in found] == [None] * len(found)


def test_different_paintings_do_not_match() -> None:
    assert not [
        (one, other)
        for other in range(10, 20)
        for one in range(10, other)
        if compare(of(one), of(other)).is_match
    ]


PLAIN = {
    "black": Image.new("L", (400, 300)),
    "white": Image.new("L", (400, 300), 255),
    "gradient": Image.linear_gradient("L"),
    "one pixel": Image.new("RGB", (1, 1), "red"),
    "strip": Image.effect_noise((3000, 2), 50),
    "black square": ImageOps.expand(Image.new("L", (200, 200)), 60, 255),
    "smaller black square": ImageOps.expand(Image.new("L", (150, 150)), 80, 255),
    "noise": Image.effect_noise((480, 360), 50),
    "other noise": Image.effect_noise((480, 360), 50),
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_image_with_little_structure_is_no_evidence(name: str) -> None:
    plain = extract(PLAIN[name])
    others = [extract(PLAIN[other]) for other in PLAIN if other != name] + [of(1)]
    assert not [other for other in others if compare(plain, other).is_match]


def _square(left: int, top: int, side: int) -> Image.Image:
    """A black square on a canvas that has a tint, and nothing else to see."""
    canvas = Image.linear_gradient("L").resize((400, 400)).point(lambda value: 200 + value // 8)
    canvas.paste(20, (left, top, left + side, top + side))
    return canvas


def test_alike_pictures_with_little_structure_are_left_to_their_hashes() -> None:
    square = _square(90, 100, 200)
    copies = [
        square.point(lambda value: value * 0.8),
        square.resize((160, 160)),
        square.crop((4, 6, 396, 398)),
        square.filter(ImageFilter.GaussianBlur(3)),
    ]
    first = extract(square)
    assert [compare(first, extract(_jpeg(copy))).is_match for copy in copies] == [None] * 4


@pytest.mark.parametrize("place", [(90, 100, 160), (90, 100, 240), (60, 100, 200), (90, 130, 200)])
def test_another_square_is_another_picture(place: tuple[int, int, int]) -> None:
    found = compare(extract(_square(90, 100, 200)), extract(_jpeg(_square(*place))))
    assert found.is_match is False


def test_two_equal_single_colours_do_not_match() -> None:
    plain = extract(PLAIN["black"])
    found = compare(plain, plain)
    assert (found.is_match, found.inliers, found.scale, found.turn) == (False, 0, None, None)


def test_a_regular_pattern_does_not_crash() -> None:
    stripes = np.zeros((360, 480), np.uint8)
    stripes[:, ::8] = 255
    board = (np.indices((360, 480)) // 20).sum(axis=0) % 2 * 255
    patterns = [extract(Image.fromarray(kind.astype(np.uint8))) for kind in (stripes, board)]
    for pattern in patterns:
        assert not compare(pattern, of(1)).is_match
        compare(pattern, pattern)


def test_the_evidence_depends_on_nothing_but_the_two_images() -> None:
    one, other = of(1), extract(_perspective(painted(1)))
    threads = cv2.getNumThreads()
    found = []
    for seed, count in ((0, 1), (1, 2), (2, 2)):
        cv2.setRNGSeed(seed)
        cv2.setNumThreads(count)
        compare(of(seed + 2), of(seed + 3))
        stored = [Features.from_bytes(image.to_bytes()) for image in (one, other)]
        found.append(compare(*stored))
    cv2.setNumThreads(threads)
    assert found[0] == found[1] == found[2] == compare(one, other)


numbers = st.integers(0, 1000)
shares = st.floats(0, 1)


@given(numbers, shares, shares, shares, numbers, shares, shares, shares)
def test_more_evidence_is_never_less_of_a_match(
    inliers: int,
    hull: float,
    agreement: float,
    shown: float,
    more: int,
    wider: float,
    better: float,
    fuller: float,
) -> None:
    if is_match(inliers, hull, agreement, shown):
        assert is_match(
            inliers + more, max(hull, wider), max(agreement, better), max(shown, fuller)
        )


@given(numbers, shares, st.floats(-1, 0.49), shares)
def test_without_agreement_of_the_pixels_nothing_matches(
    inliers: int, hull: float, agreement: float, shown: float
) -> None:
    assert not is_match(inliers, hull, agreement, shown)


@given(st.integers(0, method.LEAST_INLIERS - 1), shares, shares, shares)
def test_few_inliers_never_match(inliers: int, hull: float, agreement: float, shown: float) -> None:
    assert not is_match(inliers, hull, agreement, shown)


def test_a_part_in_common_takes_more_evidence() -> None:
    """As a pattern that is laid over two pictures, shifted, is a part that both have."""
    assert is_match(19, 0.2, 0.9, shown=0.7)
    assert not is_match(19, 0.2, 0.9, shown=0.69)
    assert is_match(20, 0.2, 0.9, shown=0.69)
    assert is_match(200, 0.2, 0.8, shown=0.7)
    assert not is_match(200, 0.2, 0.8, shown=0.69)
    assert is_match(200, 0.2, 0.85, shown=0.3)


@given(st.floats(0.2, 6), st.floats(-179.99, 180), shares, shares, st.booleans())
def test_reversed_twice_is_as_before(
    scale: float, turn: float, shown: float, other_shown: float, is_mirrored: bool
) -> None:
    evidence = Evidence(30, 0.5, 0.9, is_mirrored, scale, turn, shown, other_shown, is_match=True)
    once, twice = evidence.reversed(), evidence.reversed().reversed()
    assert -180 < (once.turn or 0) <= 180
    assert math.isclose(twice.scale or 0, scale)
    assert math.isclose(twice.turn or 0, turn, abs_tol=1e-9)
    assert (twice.shown, twice.other_shown) == (shown, other_shown)
