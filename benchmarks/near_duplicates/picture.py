"""Draw groups of the demo's gallery for the docs.

``python -m benchmarks.near_duplicates.picture``
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
from PIL import Image, ImageOps

from benchmarks.near_duplicates.dbt import ROOT, build
from common.images.decode import decode
from demo.gallery import render_gallery

_OUT = ROOT / "docs" / "images" / "groups.jpg"
_GROUPS, _COLUMNS = 5, 8
_CELL = (150, 116)
_GAP = 8
_WALL = (238, 236, 230)
# The groups whose images differ most, the kept image of each first.
_QUERY = """
    select list(URL order by IsKept desc, URL)
    from image_groups
    group by GroupId, LargestDistance
    having count(*) > 2
    order by LargestDistance desc, GroupId
"""


def main() -> None:
    """Write the sheet, with one row per group."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render_gallery(folder / "gallery")
        built = build(ROOT / "demo" / "paintings.csv", folder / "dbt", command="run")
        with duckdb.connect(str(built.database), read_only=True) as connection:
            groups = [urls for (urls,) in connection.execute(_QUERY).fetchall()][:_GROUPS]
        step_x, step_y = _CELL[0] + _GAP, _CELL[1] + _GAP
        size = (_COLUMNS * step_x + _GAP, len(groups) * step_y + _GAP)
        sheet = Image.new("RGB", size, _WALL)
        for row, urls in enumerate(groups):
            for column, url in enumerate(urls[:_COLUMNS]):
                file = folder / "gallery" / unquote(urlsplit(url).path).lstrip("/")
                picture = decode(file.read_bytes()).image.convert("RGB")
                cell = ImageOps.pad(picture, _CELL, color=_WALL)
                sheet.paste(cell, (_GAP + column * step_x, _GAP + row * step_y))
    sheet.save(_OUT, quality=80)


if __name__ == "__main__":
    main()
