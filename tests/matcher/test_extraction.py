"""Features of bytes from the web: of whole images only, whatever the others do."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hashing import finest_hash
from paintings_dedupe.common.images.looking import Seen
from paintings_dedupe.matcher.extraction import EXTRACTION, _checked
from paintings_dedupe.matcher.features import Features, extract
from paintings_dedupe.matcher.geometry import compare
from tests.helpers import zoo
from tests.helpers.painted import painted


@pytest.fixture(scope="module")
def guarded() -> Iterator[Seen[bytes]]:
    with EXTRACTION.guarded(1, max_pixels=1_000_000) as extract_:
        yield extract_


def test_an_animation_is_its_first_picture(guarded: Seen[bytes]) -> None:
    frames = [painted(seed).quantize(64) for seed in (1, 2)]
    data = zoo.saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    found = Features.from_bytes(guarded(data, ""))
    assert compare(found, extract(painted(1))).is_match
    assert not compare(found, extract(painted(2))).is_match


def test_an_image_stored_turned_is_seen_upright(guarded: Seen[bytes]) -> None:
    stored = painted(1).transpose(Image.Transpose.ROTATE_90)
    found = Features.from_bytes(guarded(zoo.saved(stored, "JPEG", exif=zoo.exif(6)), ""))
    seen = compare(extract(painted(1)), found)
    assert seen.is_match
    assert seen.turn == pytest.approx(0, abs=1)


def test_damaged_and_huge_images_are_refused_and_the_next_is_seen(guarded: Seen[bytes]) -> None:
    huge = zoo.saved(Image.new("1", (1001, 1000)), "PNG")
    hostile = [b"", b"<html>", huge, *zoo.damaged().values()]
    for data in hostile:
        with pytest.raises(ImageError):
            guarded(data, "")
    assert len(Features.from_bytes(guarded(zoo.saved(painted(1), "PNG"), "")).plain)


def test_a_picture_of_another_hash_is_refused(guarded: Seen[bytes]) -> None:
    """A server may answer with one placeholder for all images, which would all match."""
    placeholder = zoo.saved(painted(2), "JPEG")
    with pytest.raises(ImageError, match="another picture"):
        guarded(placeholder, finest_hash(painted(1)))
    guarded(zoo.saved(painted(1), "JPEG", quality=30), finest_hash(painted(1)))
    stored = painted(1).transpose(Image.Transpose.ROTATE_90)
    turned = zoo.saved(stored, "JPEG", exif=zoo.exif(6))
    guarded(turned, finest_hash(painted(1)))
    # Programs that ignore Exif hash it so.
    guarded(turned, finest_hash(stored))


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 2), (16, 16)])
def test_a_tiny_image_has_features_that_match_nothing(
    guarded: Seen[bytes], size: tuple[int, int]
) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0]), np.uint8)
    found = Features.from_bytes(guarded(zoo.saved(Image.fromarray(noise), "PNG"), ""))
    assert not compare(found, extract(painted(1))).is_match


@pytest.mark.parametrize(
    "reply", [[], [1], ["?"], [base64.b64encode(b"PK\3\4").decode()], ["", ""], [None]]
)
def test_a_forged_reply_is_refused(reply: list[object]) -> None:
    """A process in which hostile bytes have taken over may answer anything."""
    with pytest.raises(ImageError, match="features are invalid"):
        _checked(reply)
