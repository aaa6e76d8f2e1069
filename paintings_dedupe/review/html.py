"""Fill in the templates of the page."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from paintings_dedupe.common.storable import storable
from paintings_dedupe.review.advice import advice
from paintings_dedupe.review.charts import MOST_BARS, balance_chart, funnel_chart, levels_chart
from paintings_dedupe.review.content import Review

if TYPE_CHECKING:
    from jinja2 import Environment

# By this, a page that an earlier run wrote is known.
MARKER = "paintings-dedupe review"
_TEMPLATES = files("paintings_dedupe.review") / "templates"
# In the order in which they are read.
_SCRIPTS = (
    *("data.js", "csv.js", "store.js", "figures.js", "lists.js", "views.js", "verdicts.js"),
    *("compare.js", "keys.js", "main.js"),
)
# Rows of a table of the overview.
_MOST_ROWS = 200
_WEB = re.compile("https?://", re.IGNORECASE)


def page_html(review: Review, data: str | None, data_file: tuple[str, str] | None) -> str:
    """The text of the page.

    Parameters
    ----------
    data
        The JSON to embed; None if it is in a file.
    data_file
        The address of that file, and a digest of its content.
    """
    style = _text("page.css")
    script = "(() => {\n'use strict';\n" + "".join(map(_text, _SCRIPTS)) + "})();\n"
    address, nonce = data_file or (None, None)
    policy = [
        "default-src 'none'",
        f"script-src 'sha256-{digest(script)}'" + (f" 'nonce-{nonce}'" if nonce else ""),
        f"style-src 'sha256-{digest(style)}'",
        "img-src " + ("'self' file:" if data_file else "data:"),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    template = _environment().get_template("page.html")
    return template.render(
        review=review,
        charts=_charts(review),
        advice=advice(review),
        most_rows=_MOST_ROWS,
        most_bars=MOST_BARS,
        test_share=1 - review.train_share,
        without_test=sum(not artist.test for artist in review.balance),
        style=style,
        script=script,
        marker=MARKER,
        policy="; ".join(policy),
        data=data,
        data_file=address,
        nonce=nonce,
    )


def digest(text: str) -> str:
    """The SHA-256 of a text, as a policy of the page names it."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _charts(review: Review) -> dict[str, str | list[str]]:
    return {
        "funnels": [funnel_chart(review.rows, version) for version in review.versions],
        "levels": levels_chart(review.scores, review.level),
        "balance": balance_chart(review.balance, review.train_share),
    }


def _environment() -> Environment:
    """Jinja with escaping on; imported here, because it is in an extra."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # For text from tables: nothing in it is invisible or turns around what stands beside it.
    environment.filters["told"] = storable
    environment.filters["number"] = "{:,}".format
    environment.tests["openable"] = _is_openable
    return environment


def _is_openable(url: str) -> bool:
    """Whether a link may lead there."""
    return url.isprintable() and _WEB.match(url) is not None


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
