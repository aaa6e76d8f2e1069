"""A project, an account and a server for each test that breaks something."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.uploader.faults.scene import Destination, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose UniquePaintings is not there yet."""
    return Project(tmp_path / "project")


@pytest.fixture
def folder(tmp_path: Path) -> Destination:
    """A folder that is not there yet."""
    return Destination(str(tmp_path / "blobs"), folder=tmp_path / "blobs")


@pytest.fixture
def no_machine_settings() -> Iterator[None]:
    """Nothing that the machine's environment says reaches a client in this process."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            environment.delenv(name)
        yield
