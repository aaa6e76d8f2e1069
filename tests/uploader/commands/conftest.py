"""Rows and processes for tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.uploader.conftest import Gallery, Project, upload_options
from tests.uploader.samples import painting
from uploader.table.painting import Painting


@pytest.fixture
def gone(gallery: Gallery) -> Painting:
    return painting("Gone [b]\nArtist", f"{gallery.url}/gone", hash="404")


@pytest.fixture
def process(project: Project, blobs: Path) -> list[str]:
    """The arguments of a process that uploads."""
    return upload_options(project, "--to", str(blobs))
