"""Tables name formats in many ways; each is the one that the bytes have."""

from __future__ import annotations

import pytest

from paintings_dedupe.common.images.formats import format_name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("jpeg", "jpeg JPEG jpg .jpg JPG jpe jfif .JFIF pjpeg image/jpeg image/jpg image/pjpeg"),
        ("jpeg", "IMAGE/JPEG image/jpe image/x-jpeg mpo image/mpo image/jpeg;q=0.8 jpeg;charset=x"),
        ("png", "png PNG .png image/png x-png image/x-png apng image/apng image/vnd.mozilla.apng"),
        ("bmp", "bmp BMP dib .dib image/bmp x-bmp image/x-bmp image/x-ms-bmp x-ms-bmp"),
        ("bmp", "image/x-windows-bmp image/x-win-bitmap"),
        ("gif", "gif GIF .gif image/gif"),
        ("tiff", "tif tiff image/tiff .TIF"),
        ("webp", "webp image/webp"),
        ("svg+xml", "image/svg+xml"),
    ],
)
def test_a_format_is_known_by_all_its_names(name: str, written: str) -> None:
    for text in written.split():
        assert format_name(text) == name, text
        assert format_name(f"  {text}\t") == name, text


@pytest.mark.parametrize("text", [None, "", "  ", "image/", ";"])
def test_no_format_is_no_format(text: str | None) -> None:
    assert format_name(text) == ""
