"""A window of the system's Chromium, as the tests of the page use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request

DESK = {"width": 1280, "height": 900}
# What a list shows: the artists in the headings of its cards.
HEADINGS = "cards => [...cards.querySelectorAll('h3')].map(one => one.textContent)"


@dataclass
class Window:
    """A page of the browser, and what went wrong in it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, file: Path, section: str = "groups") -> None:
        self.page.goto(f"{file.as_uri()}#{section}")

    def go(self, section: str) -> None:
        self.page.locator(f'nav a[href="#{section}"]').click()

    def press(self, keys: str) -> None:
        for key in keys.split():
            self.page.keyboard.press(key)

    def cards(self, name: str) -> list[str]:
        found: list[str] = self.page.locator(f"#{name}-cards").evaluate(HEADINGS)
        return found

    def status(self) -> str:
        return self.page.locator("#unsaved").inner_text()

    def focused(self) -> str:
        """The image that has the focus."""
        title: str = self.page.evaluate(
            "() => document.activeElement.closest('figure').querySelector('.title').textContent"
        )
        return title

    def wait_for(self, place: str, text: str) -> None:
        """Wait until an element begins with a text."""
        self.page.wait_for_function(
            "([place, text]) => document.querySelector(place).textContent.startsWith(text)",
            arg=[place, text],
        )

    def save(self) -> str:
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Save verdicts").click()
        assert download.value.suggested_filename == "review_verdicts.csv"
        self.page.get_by_role("dialog").get_by_role("button", name="Close").click()
        return download.value.path().read_bytes().decode("utf-8")

    def listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def note(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.asked.append(request.url)
