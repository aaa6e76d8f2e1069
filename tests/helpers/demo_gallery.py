"""The gallery of the demo, which takes long to paint, once for all processes of one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from demo.gallery import render_gallery


@pytest.fixture(scope="session")
def demo_gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of images, only to be read, that took the place of an older one."""
    own = tmp_path_factory.getbasetemp()
    # That of pytest-xdist is above those of its processes.
    shared = own.parent if own.name.startswith("popen-") else own
    gallery, painted = shared / "demo gallery", shared / "demo gallery.txt"
    with FileLock(shared / "demo gallery.lock"):
        if not painted.exists():
            gallery.mkdir(exist_ok=True)
            (gallery / "of an older demo.jpg").touch()
            painted.write_text(str(render_gallery(gallery)), encoding="utf-8")
    assert int(painted.read_text(encoding="utf-8")) == sum(
        path.is_file() for path in gallery.rglob("*")
    )
    return gallery
