"""What a site says in X-Robots-Tag, to everybody and to us."""

from __future__ import annotations

import pytest

from paintings_dedupe.common.web.robots import forbidding_rule


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ([], None),
        (["all"], None),
        (["nofollow, noarchive"], None),
        (["noai"], "noai"),
        (["noimageai"], "noimageai"),
        (["noindex"], "noindex"),
        (["noimageindex"], "noimageindex"),
        (["none"], "none"),
        (["  NoAI "], "noai"),
        (["nofollow,noai"], "noai"),
        (["nofollow", "noarchive, noindex"], "noindex"),
        # Addressed to another robot, or to us.
        (["googlebot: noindex"], None),
        (["googlebot: nofollow, noindex"], None),
        (["googlebot: noindex", "noai"], "noai"),
        (["paintings-dedupe: noai"], "noai"),
        (["Paintings-Dedupe : nofollow, noimageai"], "noimageai"),
        # Rules with a value are no robots.
        (["unavailable_after: 25 Jun 2010 15:00:00 PST"], None),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST, noai"], "noai"),
        (["max-snippet:5, noindex"], "noindex"),
        (["noindex, max-image-preview: large"], "noindex"),
        # Only whole words.
        (["noaidea, indexnoindex"], None),
        ([""], None),
    ],
    ids=str,
)
def test_only_a_rule_for_us_forbids(headers: list[str], rule: str | None) -> None:
    assert forbidding_rule(headers) == rule
