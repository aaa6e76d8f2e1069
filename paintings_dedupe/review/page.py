"""Write the page: one file, or a file and a folder if there are many images."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.review.content import Review
from paintings_dedupe.review.html import digest, page_html
from paintings_dedupe.review.images import ShownImage
from paintings_dedupe.review.payload import payload, safe_json
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail

# Up to this many images, and this many bytes of pictures, everything is in one file.
LARGEST_PAGE = 2_000
MOST_BYTES = 9_500_000
# By these, a folder that an earlier page had is known.
_DATA_FILE, _DATA_BEGINS = "data.js", "var reviewData = JSON.parse("
_SUFFIXES = {"image/jpeg": "jpg", "image/webp": "webp", "image/png": "png", "image/gif": "gif"}


class PageError(UserError):
    """The page cannot be written there; the message gives the cause and the remedy."""


def images_shown(review: Review) -> list[ShownImage]:
    """The images of which the page shows thumbnails, each URL once, the most important first."""
    singles = [group for group in review.groups if len(group.members) == 1]
    several = [group for group in review.groups if len(group.members) > 1]
    places = [member.image for group in several for member in group.members]
    for pairs in (review.near_misses, review.conflicts, review.leaks):
        places += [place for pair in pairs.shown for place in (pair.image, pair.other)]
    places += [group.members[0].image for group in singles]
    shown: dict[str, ShownImage] = {}
    for place in dict.fromkeys(places):
        image = review.images[place]
        digits = image.hash if image.is_named_by_hash else ""
        shown.setdefault(image.url, ShownImage(image.url, digits))
    return list(shown.values())


def write_page(
    review: Review,
    thumbnails: Mapping[str, Thumbnail | NoThumbnail],
    destination: Path,
    largest_page: int = LARGEST_PAGE,
    most_bytes: int = MOST_BYTES,
) -> list[Path]:
    """Write the page to `destination`, and return all that was written.

    Parameters
    ----------
    thumbnails
        By URL. It may be lazy: each is read once or twice, and none is kept.
    destination
        The HTML file. If the page has a folder, it is beside it, called ``{stem}_files``.
    largest_page, most_bytes
        With more images, or more bytes of thumbnails, pictures and data are in that folder.

    Raises
    ------
    PageError
        When the folder has files of something else, or the disk is full or read-only.
    """
    try:
        return _written(review, thumbnails, destination, largest_page, most_bytes)
    except OSError as error:
        raise PageError(
            f"the page {destination} cannot be written: {error.filename or destination}: "
            f"{error.strerror}. Make room for it and make its folder writable, or name another "
            "place with --out."
        ) from error


def _written(
    review: Review,
    thumbnails: Mapping[str, Thumbnail | NoThumbnail],
    destination: Path,
    largest_page: int,
    most_bytes: int,
) -> list[Path]:
    folder = destination.with_name(f"{destination.stem}_files")
    if len(review.images) <= largest_page and _bytes(review, thumbnails, most_bytes) <= most_bytes:
        data = payload(review, thumbnails, _data_url)
        _write(destination, page_html(review, safe_json(data), None))
        if _is_ours(folder):
            _remove(folder)
        return [destination]
    with _renamed(folder) as partly:
        data = payload(review, thumbnails, _Files(partly, folder.name))
        script = f"{_DATA_BEGINS}{json.dumps(safe_json(data))});\n"
        (partly / _DATA_FILE).write_text(script, encoding="ascii")
    address = f"{quote(folder.name)}/{_DATA_FILE}"
    _write(destination, page_html(review, None, (address, digest(script))))
    return [destination, folder]


def _bytes(review: Review, thumbnails: Mapping[str, Thumbnail | NoThumbnail], most: int) -> int:
    """How many bytes the thumbnails take in the page; no longer counted above `most`."""
    total = 0
    for url in {image.url for image in review.images}:
        found = thumbnails.get(url)
        if isinstance(found, Thumbnail):
            total += len(found.data) * 4 // 3
        if total > most:
            break
    return total


def _data_url(_: str, thumbnail: Thumbnail) -> str:
    encoded = base64.b64encode(thumbnail.data).decode("ascii")
    return f"data:{thumbnail.media_type};base64,{encoded}"


class _Files:
    """Writes thumbnails to a folder, and says how the page reaches them."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = quote(name)

    def __call__(self, url: str, thumbnail: Thumbnail) -> str:
        digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
        suffix = _SUFFIXES.get(thumbnail.media_type, "img")
        # Few files to a folder, since some programs list them all.
        place = f"{digest[:2]}/{digest[2:20]}.{suffix}"
        path = self._folder / place
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(thumbnail.data)
        return f"{self._name}/{place}"


def _write(path: Path, text: str) -> None:
    """Write a file, so that there is never half of it."""
    partly = path.with_name(f"{path.name}.partial")
    try:
        partly.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partly, path)
    except OSError:
        # What fills a disk must not stay there.
        if partly.is_file():
            partly.unlink()
        raise


@contextmanager
def _renamed(folder: Path) -> Iterator[Path]:
    """A new folder that takes the place of `folder` when it is complete."""
    if folder.exists() and any(folder.iterdir()) and not _is_ours(folder):
        raise PageError(f"{folder} is not the folder of a review page. Give the page another name.")
    partly = folder.with_name(f"{folder.name}.partial")
    _remove(partly)
    partly.mkdir(parents=True)
    try:
        yield partly
    except OSError:
        _remove(partly)
        raise
    _remove(folder)
    os.replace(partly, folder)


def _is_ours(folder: Path) -> bool:
    """Whether an earlier page made the folder."""
    data = folder / _DATA_FILE
    if not data.is_file():
        return False
    with data.open("rb") as file:
        return file.read(len(_DATA_BEGINS)) == _DATA_BEGINS.encode()


def _remove(folder: Path) -> None:
    """Remove a folder; at last what it is known by, because the run may be killed meanwhile."""
    if not folder.is_dir():
        return
    for one in folder.iterdir():
        if one.is_dir():
            shutil.rmtree(one)
    shutil.rmtree(folder)
