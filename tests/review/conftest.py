"""The browser in which the page is looked at; without one, these tests skip with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.helpers.chromium import running_chromium
from tests.review.browser import DESK, Window

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    options = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
    with running_chromium("the page", *options) as chromium:
        yield chromium


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
