"""Show a gallery on one page, with one row of eight pictures per artist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image, ImageOps

from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.faults import ImageError

_COLUMNS = 8
_CELL = (180, 140)
_GAP = 10
_WALL = (238, 236, 230)


def contact_sheet(folder: Path, out_png: Path) -> None:
    """Write the sheet of the gallery `folder` to `out_png`.

    Each row takes pictures at even distances from the artist's files in order of name, so that
    copies show up beside their originals now and then.
    """
    artists = sorted(path for path in folder.iterdir() if path.is_dir())
    step_x, step_y = _CELL[0] + _GAP, _CELL[1] + _GAP
    sheet = Image.new("RGB", (_COLUMNS * step_x + _GAP, len(artists) * step_y + _GAP), _WALL)
    for row, artist in enumerate(artists):
        pictures = list(_pictures(sorted(artist.iterdir())))
        shown = pictures[:: max(1, len(pictures) // _COLUMNS)][:_COLUMNS]
        for column, picture in enumerate(shown):
            cell = ImageOps.pad(picture.convert("RGB"), _CELL, color=_WALL)
            sheet.paste(cell, (_GAP + column * step_x, _GAP + row * step_y))
    out_png.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(out_png)


def _pictures(files: Iterable[Path]) -> Iterator[Image.Image]:
    """Those of `files` that are images."""
    for path in files:
        try:
            yield decode(path.read_bytes()).image
        except ImageError:
            continue
