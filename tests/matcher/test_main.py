"""The matcher says what is missing if its extra is not installed."""

from __future__ import annotations

import subprocess
import sys

# As an import finds it that looks for a module which is not installed.
_WITHOUT_OPENCV = """
import runpy, sys
sys.modules["cv2"] = None
sys.argv = ["matcher", "--dry-run"]
runpy.run_module("paintings_dedupe.matcher", run_name="__main__")
"""


def test_without_opencv_the_remedy_is_named() -> None:
    """The extra is optional, so a user may well lack it."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_OPENCV], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "make setup" in done.stderr
