"""Turn a review into the data that the page's script reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from paintings_dedupe.common.images.formats import format_name
from paintings_dedupe.common.web.redaction import redact_url
from paintings_dedupe.review.content import Group, Image, Pairs, Review
from paintings_dedupe.review.counts import host_of
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail

Json = dict[str, Any]
# Where the picture of a thumbnail is: a data: URL, or an address relative to the page.
Source = Callable[[str, Thumbnail], str]
# In a script element, these could end it or begin a comment. JSON allows all of them as escapes.
_UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def safe_json(value: object) -> str:
    """JSON that is safe in a script element: ASCII, without <, > and &."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).translate(_UNSAFE)


def payload(
    review: Review, thumbnails: Mapping[str, Thumbnail | NoThumbnail], source: Source
) -> Json:
    """The data, in columns so that it is short."""
    pictures = _Pictures(thumbnails, source)
    return {
        "key": review.project.key,
        "images": _images(review.images, pictures),
        "pictures": pictures.shown,
        "noPictures": list(pictures.reasons),
        "groups": [_group(group) for group in review.groups],
        "groupTotal": review.group_total,
        "pairs": {
            "near": _pairs(review.near_misses),
            "conflicts": _pairs(review.conflicts),
            "leaks": _pairs(review.leaks),
        },
        "verdicts": [verdict.values() for verdict in review.verdicts],
        "problems": [[*one.verdict, one.problem] for one in review.problems],
    }


class _Pictures:
    """The thumbnails of the page, each once, and the reasons for those that it lacks."""

    def __init__(self, thumbnails: Mapping[str, Thumbnail | NoThumbnail], source: Source) -> None:
        self.shown: list[tuple[int, int, str]] = []
        self.reasons: dict[str, int] = {}
        self._thumbnails = thumbnails
        self._source = source
        self._known: dict[str, int] = {}

    def number(self, url: str) -> int:
        """The place of the picture of a URL; below 0, minus the place of the reason, minus 1."""
        if url not in self._known:
            self._known[url] = self._add(url)
        return self._known[url]

    def _add(self, url: str) -> int:
        found = self._thumbnails.get(url)
        if isinstance(found, Thumbnail):
            self.shown.append((found.width, found.height, self._source(url, found)))
            return len(self.shown) - 1
        reason = found.reason if found else "No thumbnail was made."
        return -1 - self.reasons.setdefault(reason, len(self.reasons))


def _images(images: Sequence[Image], pictures: _Pictures) -> Json:
    artists, formats, hosts = _Words(), _Words(), _Words()
    told = {
        place: redacted
        for place, image in enumerate(images)
        # What identifies the image must stay as it is.
        if image.is_named_by_hash and (redacted := redact_url(image.url)) != image.url
    }
    return {
        "artists": artists.words,
        "formats": formats.words,
        "hosts": hosts.words,
        "artist": [artists.number(image.artist) for image in images],
        "format": [formats.number(format_name(image.format)) for image in images],
        "host": [hosts.number(host_of(image.url)) for image in images],
        "url": [image.url for image in images],
        # For people, without what may be secret in the URL.
        "toldUrl": told,
        "hash": [image.hash for image in images],
        "byHash": [int(image.is_named_by_hash) for image in images],
        "name": [image.name for image in images],
        "width": [image.width for image in images],
        "height": [image.height for image in images],
        "split": [image.split for image in images],
        "picture": [pictures.number(image.url) for image in images],
    }


class _Words:
    """Texts that recur, each once; the page's script numbers them in the same way."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.words: list[str] = []

    def number(self, word: str) -> int:
        if word not in self._numbers:
            self._numbers[word] = len(self.words)
            self.words.append(word)
        return self._numbers[word]


def _group(group: Group) -> list[Any]:
    return [
        [member.image for member in group.members],
        [member.distance for member in group.members],
        [member.link for member in group.members],
        list(group.doubts),
    ]


def _pairs(pairs: Pairs) -> Json:
    shown = [[pair.image, pair.other, pair.distance] for pair in pairs.shown]
    return {"shown": shown, "total": pairs.total}
