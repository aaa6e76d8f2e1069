"""The altered copies of the gallery show what the matcher is for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from demo.altered import ALTERATIONS
from demo.gallery import ARTISTS, alterations
from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.hashing import difference_hashes


@dataclass(frozen=True)
class Altered:
    """An altered copy, and its original."""

    name: str
    image: Image.Image
    original: Image.Image


@pytest.fixture(scope="module")
def copies(demo_gallery: Path) -> list[Altered]:
    found = []
    for artist in ARTISTS:
        for title, alter in alterations(artist).items():
            name = f"{title}, {alter.__name__}"
            files = (_file(demo_gallery / artist.name, stem) for stem in (name, title))
            found.append(Altered(name, *(decode(file.read_bytes()).image for file in files)))
    return found


def _file(folder: Path, stem: str) -> Path:
    (found,) = (path for path in folder.iterdir() if path.stem == stem)
    return found


def test_there_are_some_of_every_kind(copies: list[Altered]) -> None:
    kinds = Counter(copy.name.rpartition(", ")[2] for copy in copies)
    assert set(kinds) == {alter.__name__ for alter in ALTERATIONS}
    assert min(kinds.values()) >= 4


def test_no_hash_is_near_that_of_the_original_unless_it_is_only_watermarked(
    copies: list[Altered],
) -> None:
    for copy in copies:
        apart = (finest_hash(copy.image) ^ finest_hash(copy.original)).bit_count()
        assert (apart > 32) == (not copy.name.endswith(", watermarked")), copy.name


def test_the_matcher_finds_nearly_all(copies: list[Altered]) -> None:
    """A detail that shows three white rectangles shows too little."""
    needs = "OpenCV, of the extra `matcher`, is not installed"
    features = pytest.importorskip("paintings_dedupe.matcher.features", reason=needs)
    geometry = pytest.importorskip("paintings_dedupe.matcher.geometry", reason=needs)
    missed = [
        copy.name
        for copy in copies
        if not geometry.compare(
            features.extract(copy.image), features.extract(copy.original)
        ).is_match
    ]
    assert len(missed) <= 2, missed


def finest_hash(image: Image.Image) -> int:
    return int(difference_hashes(image)[8], 16)
