"""Bytes either decode completely, under their true format, or are refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from paintings_dedupe.common.images.decode import FORMATS, decode, examine
from paintings_dedupe.common.images.faults import ImageError
from tests.helpers import zoo


def _encoded(pillow_format: str, size: tuple[int, int] = (64, 48)) -> bytes:
    # Restless pixels: flat ones compress so well that little is left to cut off.
    pixels = bytes(pow(place, 3, 251) for place in range(3 * size[0] * size[1]))
    buffer = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(buffer, pillow_format)
    return buffer.getvalue()


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(bytes(100)))
        + _png_chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_format_is_known_by_its_content(name: str) -> None:
    decoded = decode(_encoded(name.upper()))
    assert (decoded.image_format, decoded.width, decoded.height) == (name, 64, 48)
    assert decoded.image.size == (64, 48)


def test_a_jpeg_is_reduced_but_its_size_is_that_of_the_file() -> None:
    """Nothing but the hash comes from reduced pixels."""
    whole = examine(_encoded("JPEG", size=(1024, 768)))
    assert (whole.width, whole.height) == whole.full().size == (1024, 768)
    assert whole.reduced.mode == "L"
    assert whole.reduced.size == (128, 96)


@pytest.mark.parametrize(
    ("side", "size"),
    [(128, (128, 96)), (129, (256, 192)), (300, (512, 384)), (900, (1024, 768))],
)
def test_a_jpeg_is_decoded_in_colour_at_no_less_than_a_size(
    side: int, size: tuple[int, int]
) -> None:
    whole = examine(_encoded("JPEG", size=(1024, 768)))
    smaller = whole.at_least(side)
    assert (smaller.mode, smaller.size) == ("RGB", size)
    turned = examine(zoo.saved(Image.new("RGB", (1024, 768)), "JPEG", exif=zoo.exif(6)))
    assert turned.at_least(side).size == size


def test_other_images_are_decoded_as_they_are() -> None:
    thin = examine(_encoded("JPEG", size=(2000, 1)))
    assert thin.at_least(100).size == (2000, 1)
    assert examine(_encoded("PNG")).at_least(10).size == (64, 48)


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99])
def test_a_reduced_jpeg_is_still_read_to_the_end(kept: float) -> None:
    data = _encoded("JPEG", size=(1024, 768))
    with pytest.raises(ImageError, match="corrupt"):
        examine(data[: int(len(data) * kept)])


def test_a_jpeg_with_further_pictures_is_a_jpeg() -> None:
    buffer = io.BytesIO()
    first, second = Image.new("RGB", (32, 16), "red"), Image.new("RGB", (8, 8), "blue")
    first.save(buffer, "MPO", save_all=True, append_images=[second])
    with Image.open(io.BytesIO(buffer.getvalue())) as opened:
        assert opened.format == "MPO", "the test needs a file that Pillow calls MPO"
    decoded = decode(buffer.getvalue(), formats={"jpeg"})
    assert (decoded.image_format, decoded.image.size) == ("jpeg", (32, 16))


def test_the_first_frame_counts() -> None:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    assert decode(buffer.getvalue()).image.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_no_bytes_are_refused() -> None:
    with pytest.raises(ImageError, match="empty"):
        decode(b"")


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"\n<!DOCTYPE html><title>Not found</title>", "an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an XML or SVG document"),
        (b"\xff\xd8", "unknown bytes"),
        (b"GIF89a", "unknown bytes"),
        (b"%PDF-1.7", "unknown bytes"),
        (b"\0", "unknown bytes"),
    ],
    ids=["html", "lfs", "svg", "two bytes of jpeg", "six bytes of gif", "pdf", "zero"],
)
def test_what_is_no_image_is_refused_and_told(data: bytes, looks_like: str) -> None:
    with pytest.raises(ImageError, match=f"^{looks_like}, not an image"):
        decode(data)


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_image_is_refused(name: str, kept: float) -> None:
    """Half a picture would hash, and the hash would be wrong."""
    data = _encoded(name.upper(), size=(200, 200))
    with pytest.raises(ImageError, match=r"^corrupt: "):
        decode(data[: int(len(data) * kept)])


def test_a_format_not_asked_for_is_refused() -> None:
    with pytest.raises(ImageError, match=r"not an image \(gif, png\)"):
        decode(_encoded("JPEG"), formats={"png", "gif"})


def test_the_pixel_limit_is_exact() -> None:
    data = _encoded("PNG", size=(40, 25))
    assert decode(data, max_pixels=1000).image.size == (40, 25)
    with pytest.raises(ImageError, match="too large: 40 x 25 pixels"):
        decode(data, max_pixels=999)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_pixel_limit_is_judged_for_each_format(name: str) -> None:
    with pytest.raises(ImageError, match="too large: 64 x 48 pixels"):
        decode(_encoded(name.upper()), max_pixels=64 * 48 - 1)


@pytest.mark.parametrize("name", ["GIF", "PNG"])
def test_an_animation_has_a_limit_for_all_of_its_frames(name: str) -> None:
    """A file of some kilobytes can hold a day of work."""
    buffer = io.BytesIO()
    frames = [Image.effect_noise((60, 50), sigma) for sigma in range(1, 9)]
    frames[0].save(buffer, name, save_all=True, append_images=frames[1:])
    assert decode(buffer.getvalue()).width == 60
    with pytest.raises(ImageError, match="too large: an animation of"):
        decode(buffer.getvalue(), max_pixels=60 * 50, max_animation_pixels=7 * 60 * 50)


@pytest.mark.parametrize("side", [12_000, 60_000], ids=["Pillow warns", "Pillow refuses"])
# Pillow's own warning stands between one and two times its limit.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_decompression_bomb_is_refused(side: int) -> None:
    with pytest.raises(ImageError, match="too large"):
        decode(_bomb(side, side))


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [("png", 11, 0), ("png", 35, 0), ("tiff", 12, 1), ("bmp", 30, 1)],
    ids=["header length", "chunk name", "tag", "compression"],
)
def test_one_damaged_byte_is_refused_whatever_pillow_raises(
    name: str, place: int, value: int
) -> None:
    """Pillow raises ValueError or SyntaxError for these, and not only OSError."""
    damaged = bytearray(_encoded(name.upper(), size=(16, 16)))
    damaged[place] = value
    with pytest.raises(ImageError, match="corrupt"):
        decode(bytes(damaged))


# Hostile metadata may make Pillow warn; only what decode raises matters here.
@pytest.mark.filterwarnings("ignore")
@given(name=st.sampled_from(sorted(FORMATS)), data=st.data())
def test_damaged_bytes_decode_or_are_refused_and_raise_nothing_else(
    name: str, data: st.DataObject
) -> None:
    damaged = bytearray(_encoded(name.upper(), size=(16, 16)))
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[place] = data.draw(st.integers(0, 255))
    with suppress(ImageError):
        decode(bytes(damaged), max_pixels=1_000_000)
