"""Pictures to ingest, and the command line to do it with."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from paintings_dedupe.ingest.cli import cli

Ingest = Callable[..., Result]


@pytest.fixture(scope="session")
def png() -> bytes:
    """A small picture that is no plain colour."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((30, 20)).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """An empty folder for artists' folders."""
    folder = tmp_path / "images"
    folder.mkdir()
    return folder


@pytest.fixture
def ingest() -> Ingest:
    """Run the command line with these arguments."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(
            cli, [str(argument) for argument in arguments], prog_name="paintings-ingest"
        )

    return run
