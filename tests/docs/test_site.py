"""What a person sees in dbt docs, in a real browser that reaches no network."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.docs.lineage import SEED, SOURCE, VERSION_1, VERSION_2, VIEW, Lineage, read_lineage
from tests.helpers.chromium import running_chromium
from tests.helpers.dbt_project import ROOT, new_dbt

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route

EXPOSURES = ("paintings_image_set", "paintings_image_set_v2", "review_page", "training_job")
PICTURE = ROOT / "docs" / "images" / "lineage.png"
# A name that cannot exist: all that the browser asks for is answered by `Site.answer`.
ADDRESS = "http://docs.invalid/"
WINDOW = {"width": 1500, "height": 1000}
# For the picture: as on a screen with small pixels, so that names can be read.
PIXELS = 4
MARGIN = 30
EMPTY = '<svg xmlns="http://www.w3.org/2000/svg"/>'
BOXES = """() => Object.fromEntries(graph.nodes(":visible").map(node => {
    const box = node.renderedBoundingBox({includeOverlays: false, includeLabels: false});
    return [node.id(), [box.x1, box.y1, box.x2, box.y2]];
}))"""
ALL_FIT = """nodes => window.graph && graph.nodes(":visible").length === nodes
    && graph.nodes(":visible").every(node => {
        const box = node.renderedBoundingBox();
        return box.x1 >= 0 && box.y1 >= 0 && box.x2 <= graph.width() && box.y2 <= graph.height();
    })"""

DRAWN = """() => new Promise(done => {
    graph.one("render", () => done(true));
    graph.forceRender();
})"""


@dataclass
class Site:
    """The static site of dbt docs, and what went wrong when it was looked at."""

    html: str
    lineage: Lineage
    errors: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Serve the page. Whatever else it asks for is an error, and is not sent anywhere."""
        path = unquote(urlsplit(route.request.url).path)
        if route.request.url.startswith(ADDRESS) and path == "/":
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
        elif path.startswith(("/{{", "/${")):
            # Two templates that the site of dbt leaves unfilled: icons, and its favicon.
            route.fulfill(body=EMPTY, content_type="image/svg+xml")
        else:
            self.errors.append(f"asked for {route.request.url}")
            route.abort()

    def listen(self, message: ConsoleMessage) -> None:
        """Note an error or a warning of the page."""
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    """A window of the system's Chromium."""
    with running_chromium("dbt docs") as chromium:
        context = chromium.new_context(viewport=WINDOW, device_scale_factor=PIXELS)
        # Four times the default: other tests keep the machine busy.
        context.set_default_timeout(120_000)
        yield context


@pytest.fixture(scope="module")
def site(context: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """What `dbt docs generate` made. It needs `context`, so as not to run where that skips."""
    dbt = new_dbt(tmp_path_factory.mktemp("dbt"))
    dbt.succeed("docs", "generate", "--static", "--empty-catalog")
    target = dbt.folder / "target"
    manifest: dict[str, Any] = json.loads((target / "manifest.json").read_bytes())
    html = (target / "static_index.html").read_text(encoding="utf-8")
    return Site(html, read_lineage(manifest))


@pytest.fixture(scope="module")
def page(context: BrowserContext, site: Site) -> Page:
    page = context.new_page()
    page.route("**/*", site.answer)
    page.on("console", site.listen)
    page.on("pageerror", lambda error: site.errors.append(str(error)))
    return page


@pytest.fixture(scope="module")
def boxes(page: Page, site: Site) -> dict[str, tuple[float, float, float, float]]:
    """The lineage as the overview opens it: each node's left, top, right and bottom edge."""
    page.goto(f"{ADDRESS}#!/overview")
    page.get_by_text("Open the lineage of all models").click()
    page.wait_for_function(ALL_FIT, arg=len(site.lineage.nodes))
    found: dict[str, tuple[float, float, float, float]] = page.evaluate(BOXES)
    return found


@pytest.fixture(autouse=True)
def no_error(site: Site) -> Iterator[None]:
    """The page neither reports an error nor asks for anything, in any test."""
    yield
    assert not site.errors


def test_the_lineage_fits_on_a_screen_and_reads_left_to_right(
    boxes: dict[str, tuple[float, float, float, float]], site: Site
) -> None:
    """All models and no test; what is read stands left of what reads it."""
    assert set(boxes) == site.lineage.nodes
    for parent, child in site.lineage.edges:
        assert boxes[parent][2] < boxes[child][0], f"{parent} is not left of {child}"
    exposures = [f"exposure.paintings_dedupe.{name}" for name in EXPOSURES]
    assert set(exposures) == set(site.lineage.exposures)
    first, second, page, job = exposures
    assert boxes[SOURCE][2] < boxes[VERSION_1][0] < boxes[VERSION_1][2] < boxes[first][0]
    assert boxes[SOURCE][2] < boxes[VERSION_2][0] < boxes[VERSION_2][2] < boxes[second][0]
    assert boxes[SEED][2] < boxes[VERSION_2][0] < boxes[page][0]
    # What was uploaded comes back, and leads on to the job that trains with it.
    assert site.lineage.hops("source.paintings_dedupe.uploads.upload_results", job) == 3
    assert boxes[SOURCE][0] == min(left for left, _, _, _ in boxes.values())


@pytest.mark.usefixtures("boxes")
def test_each_model_has_the_colour_of_its_layer(page: Page, site: Site) -> None:
    """The site checks colours by rules of its own, and takes its default for others."""
    drawn = page.evaluate(
        "() => Object.fromEntries(graph.nodes(':visible').map("
        "node => [node.id(), node.style('background-color')]))"
    )
    assert {model: drawn[model] for model in site.lineage.models} == site.lineage.colours


def test_the_picture_in_the_readme(
    boxes: dict[str, tuple[float, float, float, float]], page: Page, site: Site
) -> None:
    """WRITE_DOCS=1 in the environment makes it anew; names in it can be read."""
    # As after a click on a node, which draws its edges in a stronger colour; here, all of them.
    page.evaluate("() => { graph.edges().data('selected', 1); }")
    letters = page.evaluate("() => graph.zoom() * parseFloat(graph.nodes().style('font-size'))")
    assert letters * PIXELS > 10
    page.evaluate(DRAWN)
    canvas = page.locator("#cy").bounding_box()
    assert canvas is not None
    lefts, tops, rights, bottoms = zip(*boxes.values(), strict=True)
    left = max(min(lefts) - MARGIN, 0)
    top = max(min(tops) - MARGIN, 0)
    right = min(max(rights) + MARGIN, canvas["width"])
    bottom = min(max(bottoms) + MARGIN, canvas["height"])
    x, y = canvas["x"] + left, canvas["y"] + top
    shot = page.screenshot(clip={"x": x, "y": y, "width": right - left, "height": bottom - top})
    if os.environ.get("WRITE_DOCS"):
        lines = PngInfo()
        lines.add_itxt("lineage", site.lineage.as_text(), zip=True)
        with Image.open(io.BytesIO(shot)) as picture:
            colours = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
            colours.save(PICTURE, optimize=True, pnginfo=lines)
    with Image.open(PICTURE) as picture:
        assert picture.info["lineage"] == site.lineage.as_text(), "WRITE_DOCS=1 pytest -n 0 " + str(
            Path(__file__).relative_to(ROOT)
        )


def test_every_link_of_the_overview_opens_its_node(page: Page, site: Site) -> None:
    page.goto(f"{ADDRESS}#!/overview")
    overview = page.locator("[marked]")
    overview.get_by_role("heading", name="Lineage").wait_for()
    targets = overview.locator("a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    # The site makes a link of the default of the var images_contact.
    targets = [target for target in targets if not target.startswith("mailto:")]
    to_nodes = [target for target in targets if target != f"?lineage{VIEW}"]
    assert len(to_nodes) == len(targets) - 1 > 0
    for target in sorted(set(to_nodes)):
        page.goto(f"{ADDRESS}#!/overview")
        overview.locator(f'a[href="{target}"]').first.click()
        node = target.rsplit("/", 1)[1]
        name = node.split(".")[3 if "/source/" in target else 2]
        if node in site.lineage.exposures:
            name = site.lineage.exposures[node]["label"]
        page.locator("h1 span", has_text=name).first.wait_for()
