"""Read what a site allows others to do with its images: the header X-Robots-Tag."""

from __future__ import annotations

from collections.abc import Iterable

# `none` is short for noindex and nofollow. noai and noimageai were introduced by DeviantArt and
# adopted by other sites and crawlers.
_FORBIDDING = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})
# Rules that contain a colon, so what stands before it is not the name of a robot.
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")

ROBOT = "paintings-dedupe"


def forbidding_rule(headers: Iterable[str]) -> str | None:
    """Return the rule in one or several X-Robots-Tag headers that forbids using an image, or None.

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
