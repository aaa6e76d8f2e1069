"""The matcher says what is missing if its extra is not installed."""

from __future__ import annotations

import sys

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
