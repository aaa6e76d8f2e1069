"""The browser in which the page is looked at; without one, these tests skip with the reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.review.browser import BROWSERS, DESK, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: uv sync --group browser"
    )
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed: the page was not looked at")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(
            executable_path=browser,
            args=[
                *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-sandbox", "--disable-gpu"),
                "--disable-background-networking",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def window(chromium: Browser) -> Iterator[Window]:
    """A page with a storage of its own, which reports no error and asks for nothing but files."""
    context = chromium.new_context(viewport=DESK)
    # Twice the default: other tests keep the machine busy.
    context.set_default_timeout(60_000)
    page = context.new_page()
    window = Window(page)
    page.on("console", window.listen)
    page.on("pageerror", lambda error: window.errors.append(str(error)))
    page.on("request", window.note)
    yield window
    context.close()
    assert not window.errors
    assert not window.asked
