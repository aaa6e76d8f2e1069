"""Draw the charts of the page as static SVG, whose colours the page's style decides.

Matplotlib is imported when the first chart is drawn, since it takes a second and is in an extra.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from paintings_dedupe.common.storable import storable
from paintings_dedupe.review.content import Balance, Score, Version

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Artists of whom the chart shows the balance; the table beside it has more.
MOST_BARS = 30
_LONGEST_NAME = 32
_WIDTH = 7.2
# Colours that stand for classes of the page's style.
_INK, _QUIET, _LINE = "#010101", "#020202", "#030303"
_TRAIN, _TEST, _CHOSEN, _PLAIN = "#040404", "#050505", "#060606", "#070707"
_CLASSES = {
    **{_INK: "ink", _QUIET: "quiet", _LINE: "line", _TRAIN: "train", _TEST: "test"},
    **{_CHOSEN: "chosen", _PLAIN: "plain"},
}
_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
# What may become an attribute; fill and stroke become classes.
_ATTRIBUTES = frozenset(
    ("stroke-width", "stroke-linejoin", "stroke-linecap", "stroke-dasharray", "opacity")
) | {"text-anchor"}


def funnel_chart(rows: int, version: Version) -> str:
    """How many images reach each step of a version."""
    steps = [("found", rows, 0, "")]
    steps += [("not rejected", rows - version.rejected, version.rejected, "rejected")]
    steps += [("unique", version.unique, version.duplicates, "duplicates")]
    lost = version.unique - version.eligible
    steps += [("accepted format", version.eligible, lost, "in another format")]
    train, test = version.train, version.test
    if version.uploaded is not None:
        lost = version.eligible - version.uploaded
        steps += [("uploaded", version.uploaded, lost, "not uploaded")]
        train, test = version.uploaded_train, version.uploaded_test
    places = range(len(steps))
    with _chart(
        f"funnel{version.number}",
        f"What version {version.number} keeps, step by step",
        0.42 * (len(steps) + 1),
    ) as drawing:
        axes = drawing.axes
        axes.barh(places, [count for _, count, _, _ in steps], color=_PLAIN, height=0.65)
        axes.barh([len(steps)], [train], color=_TRAIN, height=0.65)
        axes.barh([len(steps)], [test], left=[train], color=_TEST, height=0.65)
        for place, (_, count, lost, why) in enumerate(steps):
            minus = f"   (\N{MINUS SIGN}{lost:,} {why})" if lost else ""
            _beside(axes, count, place, f"{count:,}{minus}")
        _beside(axes, train + test, len(steps), f"{train:,} Train, {test:,} Test")
        _name_bars(axes, [*(name for name, *_ in steps), "Train and Test"])
        axes.set_xlim(0, max(rows, 1) * 1.45)
    return drawing.svg


def levels_chart(scores: Sequence[Score], level: int) -> str:
    """How many images each method keeps; the chosen level is marked."""
    bars = sorted(scores, key=lambda score: (score.level is None, -(score.level or 0)))
    with _chart("levels", "Unique images by level", 0.36 * len(bars)) as drawing:
        for place, score in enumerate(bars):
            colour = _CHOSEN if score.level == level else _PLAIN
            drawing.axes.barh([place], [score.unique], color=colour, height=0.65)
            notes = ["chosen"] if score.level == level else []
            notes += ["recommended"] if score.is_recommended else []
            note = f"   ({', '.join(notes)})" if notes else ""
            _beside(drawing.axes, score.unique, place, f"{score.unique:,}{note}")
        names = ["version 2" if bar.level is None else f"level {bar.level}" for bar in bars]
        _name_bars(drawing.axes, names)
        drawing.axes.set_xlim(0, max([bar.unique for bar in bars], default=1) * 1.4 or 1)
    return drawing.svg


def balance_chart(balance: Sequence[Balance], train_share: float) -> str:
    """The share of Test among the kept images of artists, the smallest first."""
    shown = balance[:MOST_BARS]
    with _chart("balance", "Share of Test by artist", 0.36 * len(shown) + 0.3) as drawing:
        axes = drawing.axes
        for place, artist in enumerate(shown):
            axes.barh([place], [artist.test_share], color=_TEST, height=0.65)
            label = f"{artist.test:,} of {artist.train + artist.test:,}"
            _beside(axes, artist.test_share, place, label)
        axes.axvline(1 - train_share, color=_QUIET, linewidth=1, linestyle=(0, (4, 3)))
        _name_bars(axes, [_short(artist.artist) for artist in shown])
        widest = max([artist.test_share for artist in shown], default=0)
        axes.set_xlim(0, max(widest, 1 - train_share) * 1.3 or 1)
    return drawing.svg


class _Drawing:
    """A chart while it is drawn, and the SVG when it is done."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.svg = ""


@contextmanager
def _chart(name: str, title: str, height: float) -> Iterator[_Drawing]:
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Text stays text, and the same data give the same file.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 10}
    with rc_context(settings), warnings.catch_warnings():
        # The browser has letters that Matplotlib's own font has not.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(_WIDTH, max(height, 0.6)))
        figure.patch.set_visible(False)
        drawing = _Drawing(figure.subplots())
        yield drawing
        output = io.StringIO()
        figure.savefig(
            output, format="svg", bbox_inches="tight", pad_inches=0.05, metadata={"Date": None}
        )
    drawing.svg = _for_the_page(output.getvalue(), name, title)


def _name_bars(axes: Axes, names: Sequence[str]) -> None:
    """Names beside the bars, from top to bottom, and no frame."""
    # A "$" in a name begins no formula.
    axes.set_yticks(range(len(names)), labels=list(names), parse_math=False, color=_INK)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.patch.set_visible(False)


def _beside(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(
        text,
        (x, y),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=_INK,
        parse_math=False,
    )


def _short(name: str) -> str:
    name = storable(name)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _for_the_page(svg: str, name: str, title: str) -> str:
    """The SVG without styles, which the page's policy forbids; with classes instead of colours."""
    ET.register_namespace("", _SVG)
    # We wrote it ourselves, a moment ago.
    root = ET.fromstring(svg.partition("<svg ")[1] + svg.partition("<svg ")[2])  # noqa: S314
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style", "title"):
                parent.remove(child)
    uses = [
        (element, element.attrib.pop(_HREF)[1:])
        for element in root.iter()
        if _HREF in element.attrib
    ]
    used = {old for _, old in uses}
    for element in root.iter():
        _restyle(element)
        old = element.attrib.pop("id", "")
        # Ids are unique in the page, and only where something refers to them.
        if old in used or element.tag.endswith("clipPath"):
            element.set("id", f"{name}-{old}")
        if clip := element.get("clip-path"):
            element.set("clip-path", clip.replace("url(#", f"url(#{name}-"))
    for element, old in uses:
        element.set("href", f"#{name}-{old}")
    root.attrib = {"viewBox": root.get("viewBox", ""), "role": "img", "class": "chart"}
    root.set("aria-label", title)
    return ET.tostring(root, encoding="unicode")


def _restyle(element: ET.Element) -> None:
    style = element.attrib.pop("style", "")
    classes = []
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key in ("fill", "stroke"):
            if value in _CLASSES:
                classes.append(f"{key}-{_CLASSES[value]}")
            else:
                element.set(key, value)
        elif key in _ATTRIBUTES:
            element.set(key, value)
    if classes:
        element.set("class", " ".join(classes))
