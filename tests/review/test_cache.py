"""What the review keeps between runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from paintings_dedupe.common.cache_file import CacheError
from paintings_dedupe.review.cache import Cache, CachedThumbnails, NoThumbnails, lacking_in
from paintings_dedupe.review.images import ShownImage
from paintings_dedupe.review.shrinking import Size, Thumbnails
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail

ONE, OTHER = ShownImage("http://a/1", "0" * 32), ShownImage("http://a/2", "")


def thumbnails(text: bytes = b"small") -> Thumbnails:
    return {
        Size.SMALL: Thumbnail(text, "image/webp", 1, 2),
        Size.LARGE: Thumbnail(text * 10, "image/webp", 10, 20),
    }


def test_what_was_kept_is_there_in_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "thumbnails.sqlite"
    assert lacking_in(file, [ONE, OTHER]) == [ONE, OTHER]
    assert not file.exists(), "asking changes nothing"
    with Cache(file) as cache:
        assert cache.lacks([ONE, OTHER]) == [ONE, OTHER]
        cache.keep(ONE, thumbnails())
    assert lacking_in(file, [ONE, OTHER]) == [OTHER]
    with Cache(file) as cache:
        assert cache.lacks([ONE, OTHER]) == [OTHER]
        assert {size: cache.find(ONE, size) for size in Size} == thumbnails()
        assert cache.find(OTHER, Size.SMALL) is None
        assert cache.bytes_of([ONE, OTHER], Size.LARGE) == 50


def test_a_picture_that_was_measured_again_is_fetched_again(tmp_path: Path) -> None:
    """Otherwise, the page would show what the URL led to before."""
    replaced = ShownImage(ONE.url, "f" * 32)
    with Cache(tmp_path / "t") as cache:
        cache.keep(ONE, thumbnails(b"old"))
        assert cache.lacks([replaced]) == [replaced]
        assert cache.find(replaced, Size.SMALL) is None
        cache.keep(replaced, thumbnails(b"new"))
        assert cache.find(replaced, Size.SMALL) == thumbnails(b"new")[Size.SMALL]
        assert cache.lacks([replaced]) == []
        assert cache.lacks([ONE]) == [ONE]


def test_the_page_sees_each_image_or_why_it_cannot(tmp_path: Path) -> None:
    third = ShownImage("http://a/3", "")
    with Cache(tmp_path / "t") as cache:
        cache.keep(ONE, thumbnails())
        shown = CachedThumbnails(cache, [ONE, OTHER, third], Size.LARGE, {OTHER.url: "gone"})
        assert list(shown) == [ONE.url, OTHER.url, third.url]
        assert len(shown) == 3
        assert shown[ONE.url] == thumbnails()[Size.LARGE]
        assert shown[OTHER.url] == NoThumbnail("gone")
        assert shown[third.url] == NoThumbnail("not fetched yet")
        assert "http://a/4" not in shown
    none = NoThumbnails([ONE], "because")
    assert dict(none) == {ONE.url: NoThumbnail("because")}
    assert OTHER.url not in none


def test_the_file_of_the_matcher_is_left_alone(tmp_path: Path) -> None:
    """Somebody may confuse the options of both."""
    file = tmp_path / "image_features.sqlite"
    with closing(sqlite3.connect(file)) as theirs, theirs:
        theirs.execute("create table method (version text)")
        theirs.execute("create table features (data blob)")
    for use in (lambda: Cache(file), lambda: lacking_in(file, [ONE])):
        with pytest.raises(CacheError, match=r"another program.*--thumbnails"):
            use()


def test_another_version_of_the_method_knows_nothing(tmp_path: Path) -> None:
    with Cache(tmp_path / "t") as cache:
        cache.keep(ONE, thumbnails())
        with cache.database:
            cache.database.execute("update method set version = 'older'")
    assert lacking_in(tmp_path / "t", [ONE]) == [ONE]
    with Cache(tmp_path / "t") as cache:
        assert cache.forgotten == "older"
        assert cache.lacks([ONE]) == [ONE]
