"""What says who, when and where is taken out, and not one pixel is another."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from paintings_dedupe.common.images.decode import decode, examine
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.metadata import end_of_image, joined, without_metadata
from tests.helpers import zoo

SOUND = zoo.sound()
# Each stands in metadata of the zoo, and nowhere else.
TOLD = (b"Taken at home", b"hello", b"xmpmeta", b"<xmp>", b"GPS", b"tEXt", b"tIME", b"xxxx")
TOLD_BEHIND = (b"PK\3\4", b"<script>", b"more")


def _stripped(kind: str, data: bytes) -> bytes:
    pieces = without_metadata(data, kind)
    return data if pieces is None else joined(pieces, data)


def _frames(data: bytes) -> list[tuple[tuple[int, int], bytes]]:
    with Image.open(io.BytesIO(data)) as image:
        return [
            (frame.size, frame.convert("RGBA").tobytes()) for frame in ImageSequence.Iterator(image)
        ]


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_the_picture_is_the_same_to_the_last_pixel(kind: str, name: str) -> None:
    data = SOUND[kind, name]
    stripped = _stripped(kind, data)
    before, after = decode(data), decode(stripped)
    assert before.image.mode == after.image.mode
    assert before.image.tobytes() == after.image.tobytes()
    assert examine(data).orientation == examine(stripped).orientation
    if kind in ("gif", "png") and name.startswith("animated"):
        assert _frames(stripped) == _frames(data)
        with Image.open(io.BytesIO(data)) as one, Image.open(io.BytesIO(stripped)) as other:
            assert one.info.get("loop") == other.info.get("loop")


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_nothing_is_told_any_more(kind: str, name: str) -> None:
    stripped = _stripped(kind, SOUND[kind, name])
    behind = () if name == "with bytes behind its pixels" else TOLD_BEHIND
    assert [told for told in (*TOLD, *behind) if told in stripped] == []
    assert end_of_image(stripped, kind) == len(stripped)


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_once_is_enough(kind: str, name: str) -> None:
    assert without_metadata(_stripped(kind, SOUND[kind, name]), kind) is None


def test_profiles_stay() -> None:
    data = SOUND["jpeg", "with a comment, a profile and XMP"]
    assert zoo.opened(_stripped("jpeg", data)).info["icc_profile"]
    assert b"iCCP" in _stripped("png", SOUND["png", "with a profile of 3 MB"])


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_of_exif_the_orientation_stays_alone(kind: str) -> None:
    found = zoo.opened(_stripped(kind, SOUND[kind, "turned, with a place"])).getexif()
    assert dict(found) == {0x0112: 6}
    assert not found.get_ifd(0x8825)


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_the_end_of_an_image_is_found(kind: str, name: str) -> None:
    data = SOUND[kind, name]
    rest = data[end_of_image(data, kind) :]
    if "behind its end" in name:
        assert rest in (b"PK\3\4 and more", b"<script>", b"\0\0more", b"more")
    else:
        # The second picture of a telephone is behind the first.
        assert rest == b"" or (kind == "jpeg" and rest.startswith(b"\xff\xd8"))


@pytest.mark.filterwarnings("ignore")
@given(
    file=st.sampled_from(sorted(SOUND)),
    places=st.lists(st.floats(0, 1, exclude_max=True), max_size=4),
    byte=st.integers(0, 255),
    kept=st.one_of(st.just(1.0), st.floats(0.01, 1)),
)
def test_damaged_files_are_refused_and_raise_nothing_else(
    file: tuple[str, str], places: list[float], byte: int, kept: float
) -> None:
    data = bytearray(SOUND[file])
    for place in places:
        data[int(place * len(data))] = byte
    with suppress(ImageError):
        without_metadata(bytes(data[: int(len(data) * kept)]), file[0])
