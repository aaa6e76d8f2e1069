"""Draw groups and matches of the demo's gallery for the docs.

``python -m benchmarks.near_duplicates.picture``
"""

from __future__ import annotations

import colorsys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from benchmarks.near_duplicates.dbt import ROOT
from benchmarks.near_duplicates.gallery import (
    Gallery,
    Match,
    match_gallery,
    missed_by_hashes,
    widest_groups,
)
from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.matcher.features import Features, extract
from paintings_dedupe.matcher.geometry import align

_IMAGES = ROOT / "docs" / "images"
_WALL, _INK = (238, 236, 230), (60, 58, 54)

_GROUPS, _GROUP_COLUMNS = 5, 8
_GROUP_CELL, _GROUP_GAP = (150, 116), 8

# Drawn larger and reduced afterwards, so that lines are smooth.
_FINER = 2
_COLUMNS, _LINES = 2, 24
_CELL, _GAP, _CAPTION = (290, 220), 14, 26


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Draw groups.jpg and matches.jpg in docs/images anew, in about two minutes."""
    with tempfile.TemporaryDirectory() as name:
        gallery = match_gallery(Path(name))
        widest = widest_groups(gallery.by_hashes)[:_GROUPS]
        groups(gallery, widest).save(_IMAGES / "groups.jpg", quality=80)
        matches(gallery, missed_by_hashes(gallery)).save(_IMAGES / "matches.jpg", quality=85)


def groups(gallery: Gallery, shown: Sequence[Sequence[str]]) -> Image.Image:
    """A sheet with one row per group, each a list of URLs."""
    step_x, step_y = _GROUP_CELL[0] + _GROUP_GAP, _GROUP_CELL[1] + _GROUP_GAP
    size = (_GROUP_COLUMNS * step_x + _GROUP_GAP, len(shown) * step_y + _GROUP_GAP)
    sheet = Image.new("RGB", size, _WALL)
    for row, urls in enumerate(shown):
        for column, url in enumerate(urls[:_GROUP_COLUMNS]):
            cell = ImageOps.pad(_picture(gallery, url), _GROUP_CELL, color=_WALL)
            sheet.paste(cell, (_GROUP_GAP + column * step_x, _GROUP_GAP + row * step_y))
    return sheet


def matches(gallery: Gallery, shown: Sequence[Match]) -> Image.Image:
    """A sheet of pairs side by side, with their common points joined by lines."""
    step_x, step_y = 2 * _CELL[0] + 3 * _GAP, _CELL[1] + _CAPTION + _GAP
    rows = -(-len(shown) // _COLUMNS)
    size = (_COLUMNS * step_x * _FINER, (rows * step_y + _GAP) * _FINER)
    sheet = Image.new("RGB", size, _WALL)
    for place, match in enumerate(shown):
        row, column = divmod(place, _COLUMNS)
        corner = ((column * step_x + _GAP) * _FINER, (row * step_y + _GAP) * _FINER)
        _draw(sheet, corner, gallery, match)
    return sheet.resize((size[0] // _FINER, size[1] // _FINER), Image.Resampling.LANCZOS)


def _draw(sheet: Image.Image, corner: tuple[int, int], gallery: Gallery, match: Match) -> None:
    """Draw a pair, its lines and its caption on the sheet, from a corner."""
    pictures = [_picture(gallery, url) for url in (match.url, match.copy_url)]
    first, second = (extract(picture) for picture in pictures)
    found = align(first, second, is_mirrored=match.is_mirrored)
    if found is None:
        raise ValueError(f"{match.url} and {match.copy_url} match, but cannot be aligned")
    points = found.points.copy()
    if match.is_mirrored:
        # They are those of the mirror image.
        points[:, 0] = first.width - 1 - points[:, 0]
    width, height = (side * _FINER for side in _CELL)
    lefts = (corner[0], corner[0] + width + _GAP * _FINER)
    ends = []
    for picture, features, places, left in zip(
        pictures, (first, second), (points, found.other_points), lefts, strict=True
    ):
        scale = min(width / picture.width, height / picture.height)
        shown = picture.resize((round(picture.width * scale), round(picture.height * scale)))
        x, y = left + (width - shown.width) // 2, corner[1] + (height - shown.height) // 2
        sheet.paste(shown, (x, y))
        ends.append(_on_sheet(places, features, shown) + np.array([x, y]))
    draw = ImageDraw.Draw(sheet)
    _join(draw, *ends)
    caption = f"{match.kind}: {len(points)} points in common, hashes {match.bits} of 128 bits apart"
    middle = (corner[0] + width + _GAP * _FINER // 2, corner[1] + height + _CAPTION * _FINER // 2)
    draw.text(middle, caption, _INK, ImageFont.load_default(15 * _FINER), anchor="mm")


def _on_sheet(places: np.ndarray, features: Features, shown: Image.Image) -> np.ndarray:
    """Places in a reduced image, as places in the picture that is shown of it."""
    scale = np.array(shown.size) / np.array([features.width, features.height])
    moved: np.ndarray = (places + 0.5) * scale
    return moved


def _join(draw: ImageDraw.ImageDraw, start: np.ndarray, end: np.ndarray) -> None:
    """Mark all points, and join some of them, from all parts of the first picture."""
    order = np.lexsort((start[:, 0], start[:, 1]))
    step = max(1, len(order) // _LINES)
    for place, index in enumerate(order):
        red, green, blue = colorsys.hsv_to_rgb(place / len(order) * 0.9, 0.9, 1.0)
        colour = (round(red * 255), round(green * 255), round(blue * 255))
        one, other = tuple(start[index].tolist()), tuple(end[index].tolist())
        if place % step == 0:
            draw.line((one, other), colour, _FINER)
        for centre in (one, other):
            draw.circle(centre, 2 * _FINER, fill=colour, outline=_INK)


def _picture(gallery: Gallery, url: str) -> Image.Image:
    return decode(gallery.file(url).read_bytes()).image.convert("RGB")


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.near_duplicates.picture")
