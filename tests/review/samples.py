"""Reviews made by hand, and thumbnails for them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PIL import Image as Picture

from paintings_dedupe.review.content import (
    ArtistLevels,
    Balance,
    Group,
    Image,
    Member,
    Pair,
    Pairs,
    Problem,
    Project,
    Reason,
    Reasons,
    RejectedRow,
    Rejections,
    Review,
    Score,
    Version,
)
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail
from paintings_dedupe.review.verdicts import Verdict

NO_PAIRS = Pairs([], 0)
NO_REASONS = Reasons([], 0)
# What a table may hold: markup, the end of a script, turned text, half a pair, NUL, separators.
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<!--<script>",
    "\"'><img src=x onerror=window.hacked=1>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\u2066\u200f",
    "lone \ud800 surrogate",
    "NUL \0 and \u2028\u2029",
    "=cmd|' /C calc'!A0",
    "$\\frac{1}{2}$",
)
HOSTILE_URLS = (
    "javascript:window.hacked=1",
    " javascript:window.hacked=1",
    "data:text/html,<script>window.hacked=1</script>",
    "file:///etc/passwd",
    "http://user:secret@h/a.jpg",
    "http://h/\"'><script>window.hacked=1</script>",
    "\u202ehttp://h/a",
    "//h/a.jpg",
)


def image(number: int, artist: str = "Claude Monet", **changes: object) -> Image:
    """An image whose hash is its number."""
    made = Image(
        artist=artist,
        url=f"https://host.example/{number}.jpg",
        hash=f"{number:032x}",
        is_named_by_hash=True,
        name=f"Painting {number}",
        width=800,
        height=600,
        format="jpeg",
        split="Train",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def group(number: int, places: Sequence[int], link: str = "near", distance: int = 20) -> Group:
    """A group of the images at these places."""
    kept, *others = places
    members = [Member(kept, 0, "kept"), *(Member(place, distance, link) for place in others)]
    return Group(f"{number:016x}", tuple(members))


def review(
    images: Sequence[Image],
    groups: Sequence[Group],
    verdicts: Sequence[Verdict] = (),
    problems: Sequence[Problem] = (),
    **changes: object,
) -> Review:
    """A review of these images."""
    artists = sorted({one.artist for one in images})
    made = Review(
        project=Project("paintings", "dev", "/some/where.duckdb", "paintings-review/paintings/0"),
        level=3,
        train_share=0.8,
        rows=len(images),
        unreadable_lines=0,
        versions=[
            Version(1, 1, 0, len(groups), len(groups), 0, len(groups), None),
            Version(2, 2, 0, len(groups), len(groups), 0, len(groups), len(groups), len(groups)),
        ],
        scores=[
            Score(None, "v2", len(groups), 1, 0, 0, 0, 0, 0, True),
            Score(3, "level 3", len(groups), 1, 2, 3, 4, 5, 0, False),
        ],
        levels=[3],
        artist_levels=[ArtistLevels(artist, 2, (1,)) for artist in artists],
        balance=[Balance(artist, 3, 1) for artist in artists],
        images=images,
        groups=groups,
        group_total=len(groups),
        near_misses=NO_PAIRS,
        near_miss_bits=56,
        conflicts=NO_PAIRS,
        leaks=NO_PAIRS,
        rejections=Rejections(NO_REASONS, [], 0),
        failures=NO_REASONS,
        verdicts=verdicts,
        problems=problems,
        are_verdicts_loaded=True,
        variables={},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def hostile_review() -> Review:
    """A review in which every text is hostile."""
    places = range(len(HOSTILE))
    images = [
        image(place, text, name=text, url=HOSTILE_URLS[place % len(HOSTILE_URLS)], format=text)
        for place, text in enumerate(HOSTILE)
    ]
    rejected = [RejectedRow(text, text, text, text, True, False) for text in HOSTILE]
    reasons = Reasons([Reason("rejected", text, text, 1, text) for text in HOSTILE], len(HOSTILE))
    links = Reasons([Reason("failed", "x", "h", 1, url) for url in HOSTILE_URLS], len(HOSTILE_URLS))
    pairs = [Pair(place, (place + 1) % len(HOSTILE), 3) for place in places]
    return review(
        images,
        [
            group(place, [place, (place + 1) % len(HOSTILE)], link=HOSTILE[place])
            for place in places
        ],
        problems=[Problem(("same", *(text, "", text) * 2), text) for text in HOSTILE],
        conflicts=Pairs(pairs, len(pairs)),
        rejections=Rejections(reasons, rejected, len(rejected)),
        failures=links,
        project=Project(HOSTILE[0], HOSTILE[1], HOSTILE[6], "paintings-review/hostile"),
    )


def thumbnails(shown: Review) -> Mapping[str, Thumbnail | NoThumbnail]:
    """A small picture of a colour of its own for each image; every seventh has none."""
    found: dict[str, Thumbnail | NoThumbnail] = {}
    for place, one in enumerate(shown.images):
        if place % 7 == 6:
            found[one.url] = NoThumbnail("The server does not answer.")
        else:
            output = io.BytesIO()
            colour = (place * 40 % 256, place * 80 % 256, 120)
            Picture.new("RGB", (16, 12), colour).save(output, "PNG")
            found[one.url] = Thumbnail(output.getvalue(), "image/png", 16, 12)
    return found
