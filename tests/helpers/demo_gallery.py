"""The gallery of the demo, which takes long to paint, once for all processes of one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.gallery import render_gallery
from tests.helpers.made_once import made_once


@pytest.fixture(scope="session")
def demo_gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images, only to be read, that took the place of an older one."""
    return made_once(tmp_path_factory, "demo gallery", _paint)


def _paint(folder: Path) -> None:
    (folder / "of an older demo.jpg").touch()
    count = render_gallery(folder)
    assert count == sum(path.is_file() for path in folder.rglob("*"))
