"""The benchmark of matching makes the gallery that it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from rich.console import Console

from benchmarks.near_duplicates.matching import Gallery


@pytest.mark.parametrize("from_folder", [False, True], ids=["generated", "from a folder"])
def test_the_works_are_divided_among_artists(tmp_path: Path, from_folder: bool) -> None:
    silent = Console(quiet=True)
    gallery = Gallery(tmp_path / "made", artists=2, images=5, copies=2, source=None)
    if from_folder:
        gallery.make(1, silent)
        source = sorted(gallery.folder.glob("*-0.jpg"))
        gallery = Gallery(tmp_path / "varied", artists=2, images=5, copies=2, source=source)
    table = gallery.make(1, silent)
    works = table.groupby(["Artist", "Work"]).size().to_dict()
    first, second = "Painter 0", "Painter 1"
    assert works == {
        **{(first, 0): 2, (first, 1): 2, (first, 2): 1},
        **{(second, 3): 2, (second, 4): 2, (second, 5): 1},
    }
    names = {url.rpartition("/")[2] for url in table["URL"]}
    assert {path.name for path in gallery.folder.iterdir()} == names
