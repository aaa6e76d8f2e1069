"""The gallery is the same everywhere, and as varied as what it stands for."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from demo.contact_sheet import contact_sheet
from demo.gallery import ARTISTS, Artist, render_painting
from paintings_dedupe.common.images.decode import FORMATS, decode
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.hashing import difference_hashes

_LEVEL = 3


@pytest.fixture(scope="module")
def hashes(demo_gallery: Path) -> dict[tuple[str, str], str]:
    """The level-3 hash of each image, by artist and name."""
    return {
        (path.parent.name, path.stem): difference_hashes(decode(path.read_bytes()).image)[_LEVEL]
        for path in demo_gallery.glob("*/*")
        if _format(path) is not None
    }


def _format(path: Path) -> str | None:
    try:
        return decode(path.read_bytes()).image_format
    except ImageError:
        return None


def test_an_older_gallery_is_replaced(demo_gallery: Path) -> None:
    assert {path.name for path in demo_gallery.iterdir()} == {artist.name for artist in ARTISTS}


@pytest.mark.parametrize("artist", ARTISTS, ids=[artist.name for artist in ARTISTS])
def test_a_painting_is_the_same_byte_for_byte_each_time(artist: Artist, demo_gallery: Path) -> None:
    for file in render_painting(artist, artist.titles[0]):
        path = demo_gallery / artist.name / f"{file.name}.{file.extension}"
        assert path.read_bytes() == file.data


def test_there_is_every_format_and_some_that_is_no_image(demo_gallery: Path) -> None:
    formats = [_format(path) for path in demo_gallery.glob("*/*")]
    assert set(formats) == {*FORMATS, None} - {"tiff"}
    assert formats.count(None) == 3


def test_different_paintings_mostly_have_different_hashes(
    hashes: dict[tuple[str, str], str],
) -> None:
    paintings = [hashes[artist.name, title] for artist in ARTISTS for title in artist.titles]
    pairs = list(combinations(paintings, 2))
    assert sum(a == b for a, b in pairs) < 0.001 * len(pairs)


@pytest.mark.parametrize("copy", ["mirror", "postcard", "web copy", "old print", "trimmed"])
def test_copies_mostly_keep_the_hash(copy: str, hashes: dict[tuple[str, str], str]) -> None:
    pairs = [
        (hashes[artist, name], hashes[artist, name.removesuffix(f", {copy}")])
        for artist, name in hashes
        if name.endswith(f", {copy}")
    ]
    assert sum(a == b for a, b in pairs) > 0.6 * len(pairs)


def test_the_contact_sheet_has_a_row_an_artist(demo_gallery: Path, tmp_path: Path) -> None:
    contact_sheet(demo_gallery, tmp_path / "sheet.png")
    sheet = decode((tmp_path / "sheet.png").read_bytes())
    assert sheet.height // len(ARTISTS) == 151
