"""The matcher says what is missing: its extra, or the store."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from paintings_dedupe.matcher.cli import main


def test_without_opencv_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The extra is optional, so a user may well lack it. The help needs none."""
    # As an import finds it that looks for a module which is not installed.
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--dry-run"])
    error = capsys.readouterr().err
    assert "needs OpenCV" in error
    assert "make setup" in error


@pytest.mark.skipif(not find_spec("cv2"), reason="the extra matcher is not installed")
def test_a_store_that_is_not_there_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "nosuch"
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--dry-run", "--store", str(store)])
    error = " ".join(capsys.readouterr().err.split())
    assert f"--store: the folder {store} does not exist." in error
    assert "as --to" in error


@pytest.mark.skipif(not find_spec("cv2"), reason="the extra matcher is not installed")
def test_a_folder_without_a_project_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To build there would not help."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--dry-run"])
    error = capsys.readouterr().err
    assert error.startswith(f"Error: there is no dbt_project.yml in {tmp_path}: start the command ")
