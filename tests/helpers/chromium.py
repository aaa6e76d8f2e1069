"""The browser that is installed; without one, a test skips with the reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def running_chromium(unseen: str, *options: str) -> Iterator[Browser]:
    """Yield the system's Chromium, for which no host has an address.

    Parameters
    ----------
    unseen
        What nobody looks at without a browser.
    options
        Further options of its command line.
    """
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: uv sync --group browser"
    )
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if not program:
        pytest.skip(f"none of {', '.join(_NAMES)} is installed: {unseen} was not looked at")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=program, args=["--host-resolver-rules=MAP * ~NOTFOUND", *options]
        )
        yield chromium
        chromium.close()
