"""Read what a site says of the use of its images: the header X-Robots-Tag."""

from __future__ import annotations

from collections.abc import Iterable

# `none` is short for noindex and nofollow. noai and noimageai are DeviantArt's additions, which
# sites and crawlers took up.
_FORBIDDING = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})
# Rules that hold a colon of their own: no name of a robot stands before it.
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")

ROBOT = "paintings-dedupe"


def forbidding_rule(headers: Iterable[str]) -> str | None:
    """Return the rule, of one or several X-Robots-Tag headers, that forbids us an image, or None.

    A header that begins with the name of a robot and a colon counts only for that robot.
    Format: https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag
    """
    for header in headers:
        rules = header.lower()
        before, colon, after = rules.partition(":")
        robot = before.strip()
        if colon and "," not in robot and not robot.startswith(_WITH_VALUE):
            rules = after if robot == ROBOT else ""
        for rule in rules.split(","):
            if rule.strip() in _FORBIDDING:
                return rule.strip()
    return None
