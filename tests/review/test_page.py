"""The page as a person uses it, in a real browser that reaches no network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib", reason="the extra `review` is not installed: make setup")

from paintings_dedupe.review.content import Pair, Pairs, Problem, Review
from paintings_dedupe.review.page import write_page
from paintings_dedupe.review.verdicts import (
    HEADER,
    Judgement,
    Side,
    Verdict,
    parse_verdicts,
    verdicts_text,
)
from tests.helpers.dbt_project import ROOT
from tests.review.browser import DESK, Window
from tests.review.samples import group, hostile_review, image, review, thumbnails

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SECTIONS = ("overview", "groups", "near", "conflicts", "leaks", "rejected", "verdicts")
PHONE = {"width": 360, "height": 740}
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => [one.id, ...one.nodes.map(node => `${node.html} ${node.failureSummary}`)])"""
LINKS = "() => [...document.links].map(link => link.href)"


def gallery() -> Review:
    """Thirty groups of two artists, some single images, and pairs of each kind."""
    images = [
        image(place, "Claude Monet" if place < 60 else "Édouard Manet") for place in range(96)
    ]
    # The second image of the first group has the hash of the first.
    images[1] = replace(images[1], hash=images[0].hash)
    groups = [
        replace(group(0, [0, 1, 2], "bold", 38), doubts=("38 bits from the kept image",)),
        *(group(place, [place, place + 1]) for place in range(3, 81, 2)),
        *(group(place, [place]) for place in range(81, 96)),
    ]
    near = [Pair(place, place + 2, place) for place in range(3, 41, 2)]
    return review(
        images,
        groups,
        near_misses=Pairs(near, 4321),
        conflicts=Pairs([Pair(59, 61, None)], 1),
        leaks=Pairs([Pair(3, 5, 3)], 1),
    )


def side(place: int, shown: Review) -> Side:
    one = shown.images[place]
    return Side(one.artist, one.hash, one.url)


def pair(judgement: Judgement, place: int, other: int) -> Verdict:
    shown = gallery()
    return Verdict(judgement, side(place, shown), side(other, shown)).in_order()


def written(folder: Path, shown: Review, **options: Any) -> Path:
    page, *_ = write_page(shown, thumbnails(shown), folder / "review.html", **options)
    return page


def test_verdicts_are_given_by_keys_saved_and_shown_by_the_next_page(
    window: Window, tmp_path: Path
) -> None:
    """Five pairs, one image and one second thought; the file is what Python writes."""
    page = written(tmp_path, gallery())
    window.open(page)
    # The focus goes to the image beside the kept one, and along the row.
    window.press("j ArrowRight d")
    assert window.focused() == "Painting 2"
    window.press("j s j s j d d")
    assert "3 verdicts not saved" in window.status()
    # The verdict before the last was taken back by the last, and this takes that back.
    window.press("u")
    assert window.status() == "Undone. 4 verdicts not saved."
    window.press("k k x j w u")
    window.go("near")
    window.press("j n s")
    text = window.save()
    expected = [
        pair(Judgement.DIFFERENT, 0, 2),
        pair(Judgement.SAME, 3, 4),
        pair(Judgement.SAME, 5, 6),
        pair(Judgement.DIFFERENT, 7, 8),
        pair(Judgement.SAME, 5, 7),
        Verdict(Judgement.DROP, side(4, gallery())),
    ]
    assert text == verdicts_text(expected)
    assert "6 verdicts saved" in window.status()
    # They outlive the page, until one is made with them.
    window.page.reload()
    assert "6 verdicts saved" in window.status()
    problem = Problem(expected[1].values()[:-1], "Two other verdicts join them.")
    written(tmp_path, replace(gallery(), verdicts=parse_verdicts(text, "f"), problems=[problem]))
    window.page.reload()
    assert window.status() == "No unsaved verdicts."
    window.go("groups")
    said = window.page.locator('#group-cards figure[data-image="4"] .said')
    assert "drop (in the file)" in said.inner_text()
    assert "Not obeyed: Two other verdicts join them." in said.inner_text()
    window.go("verdicts")
    assert len(window.cards("verdict")) == 6
    # What is taken back is gone from the file; the rest is as it was.
    window.page.get_by_role("button", name="Take back drop").click()
    assert window.save() == verdicts_text(expected[:-1])


def test_an_address_that_names_a_section_shows_the_names_of_the_others_too(
    window: Window, tmp_path: Path
) -> None:
    window.open(written(tmp_path, gallery()))
    window.page.locator("#group-cards img").first.wait_for()
    assert window.page.evaluate("() => scrollY") == 0


def test_a_leak_names_the_sides_of_version_1(window: Window, tmp_path: Path) -> None:
    """In version 2, both images are on one side."""
    window.open(written(tmp_path, gallery()), "leaks")
    captions = window.page.locator("#leaks-cards figcaption").all_inner_texts()
    assert [text.splitlines()[-1] for text in captions] == [
        "Test in version 1",
        "Train in version 1",
    ]


def test_what_is_in_the_file_is_not_held_against_later_verdicts_of_others(
    window: Window, tmp_path: Path
) -> None:
    """A colleague's second thought is not undone by what this browser once saved."""
    window.open(written(tmp_path, gallery()))
    window.press("j j s")
    mine = parse_verdicts(window.save(), "f")
    assert mine == [pair(Judgement.SAME, 3, 4)]
    written(tmp_path, replace(gallery(), verdicts=mine))
    window.page.reload()
    assert window.status() == "No unsaved verdicts."
    for verdicts in ([pair(Judgement.DIFFERENT, 3, 4)], []):
        written(tmp_path, replace(gallery(), verdicts=verdicts))
        window.page.reload()
        assert window.status() == "No unsaved verdicts."
        assert window.save() == verdicts_text(verdicts)


def test_all_that_was_taken_back_is_put_back(window: Window, tmp_path: Path) -> None:
    """One image may be dropped and have a wrong artist."""
    one = side(4, gallery())
    verdicts = [Verdict(Judgement.DROP, one), Verdict(Judgement.WRONG_ARTIST, one)]
    window.open(written(tmp_path, replace(gallery(), verdicts=verdicts)), "verdicts")
    window.page.get_by_role("button", name="Take back drop").click()
    assert "1 verdict not saved" in window.status()
    window.page.get_by_role("button", name="Put back").click()
    assert "No unsaved verdicts." in window.status()
    assert window.save() == verdicts_text(verdicts)


def test_filters_find_what_they_are_asked_for(window: Window, tmp_path: Path) -> None:
    window.open(written(tmp_path, gallery()))
    status = "#group-status"
    window.wait_for(status, "40 of 55 groups")
    assert window.cards("group")[0] == "Claude Monet: 3 images"
    # Accents and capitals do not matter.
    window.page.locator("#group-filters [name=artist]").fill("edouard")
    window.wait_for(status, "10 of 55")
    window.page.locator("#group-filters [name=size]").select_option("1")
    window.wait_for(status, "15 of 55")
    window.page.locator("#group-filters [name=artist]").fill("")
    window.page.locator("#group-filters [name=size]").select_option("all")
    window.page.locator("#group-filters [name=distance]").fill("21")
    window.wait_for(status, "1 of 55")
    window.page.locator("#group-filters [name=distance]").fill("")
    window.wait_for(status, "55 of 55")
    window.page.locator("#group-filters [name=link]").select_option("bold")
    window.wait_for(status, "1 of 55")
    assert window.page.locator(status).inner_text().endswith("; 1 of them is doubtful.")
    window.go("near")
    assert "These are the nearest of 4,321." in window.page.locator("#near-status").inner_text()
    window.page.locator("#near-filters [name=distance]").fill("5")
    window.wait_for("#near-status", "2 of 19")


def test_what_cannot_be_a_verdict_is_explained(window: Window, tmp_path: Path) -> None:
    window.open(written(tmp_path, gallery()))
    window.press("j d")
    assert "Both images have the same hash" in window.status()
    window.press("ArrowLeft s")
    assert "Choose an image other than the kept one" in window.status()
    assert window.save() == ",".join(HEADER) + "\n"
    # No key acts while somebody writes, or when keys are off.
    window.page.locator("#group-filters [name=artist]").focus()
    window.press("s d x")
    window.page.locator("#group-filters [name=artist]").fill("")
    window.page.get_by_role("button", name="Keys and help").click()
    window.page.locator("#keys-on").uncheck()
    window.press("Escape j x")
    assert window.status().endswith("No unsaved verdicts.")


def test_an_artist_that_dbt_reads_as_empty_has_no_verdict(window: Window, tmp_path: Path) -> None:
    """Otherwise the next build would not find the image, and nobody would know why."""
    shown = review([image(0, "NULL"), image(1, "NULL")], [group(0, [0, 1])])
    window.open(written(tmp_path, shown))
    window.press("j s x")
    assert "dbt reads this artist's name as empty" in window.status()
    assert window.save() == ",".join(HEADER) + "\n"


def test_two_images_are_laid_over_each_other_and_blinked(window: Window, tmp_path: Path) -> None:
    window.open(written(tmp_path, gallery()))
    window.press("j j c")
    dialog = window.page.get_by_role("dialog", name="Compare two images")
    assert dialog.locator("img").count() == 2
    dialog.get_by_role("button", name="Lay over").click()
    dialog.get_by_label("Share of the second").fill("25")
    second = dialog.locator("#stack > div").last
    assert second.evaluate("one => one.style.opacity") == "0.25"
    window.press("b")
    for share in ("0", "1"):
        window.page.wait_for_function(
            "share => document.querySelector('#stack').lastElementChild.style.opacity === share",
            arg=share,
        )
    window.press("s")
    assert dialog.get_by_text("Verdict: same.").is_visible()
    window.press("Escape")
    assert window.focused() == "Painting 4"


def test_nothing_in_the_tables_runs_or_leads_anywhere(window: Window, tmp_path: Path) -> None:
    """Every text is hostile, in every place; it is shown as what it is."""
    window.page.on("dialog", lambda dialog: window.errors.append(dialog.message))
    for largest in (100, 0):
        page = written(tmp_path, hostile_review(), largest_page=largest)
        window.open(page, "overview")
        for section in SECTIONS:
            window.go(section)
            window.page.locator(f"#{section}").wait_for()
        assert window.page.evaluate("() => window.hacked") is None
        links: list[str] = window.page.evaluate(LINKS)
        assert all(link.startswith(("http://", "https://", page.as_uri() + "#")) for link in links)
        window.go("groups")
        text = window.page.locator("#group-cards").inner_text()
        assert "</script><script>window.hacked = 1</script>" in text
        assert "\\u{202e}gnp.exe" in text
        assert "lone \\u{d800} surrogate" in text
    # A name with half a surrogate pair fits in no file.
    place = next(n for n, one in enumerate(hostile_review().images) if "\ud800" in one.artist)
    window.page.locator(f'figure[data-image="{place}"] [data-action=drop]').first.click()
    assert "characters that a file cannot hold" in window.status()
    for place in (0, 8):
        window.page.locator(f'figure[data-image="{place}"] [data-action=drop]').first.click()
    saved = parse_verdicts(window.save(), "saved")
    assert {one.image.artist for one in saved} == {
        hostile_review().images[place].artist for place in (0, 8)
    }


def test_many_images_are_in_a_folder_and_made_when_they_are_seen(
    window: Window, tmp_path: Path
) -> None:
    images = [image(place) for place in range(3000)]
    shown = review(images, [group(place, [place, place + 1]) for place in range(0, 3000, 2)])
    page, folder = write_page(shown, thumbnails(shown), tmp_path / "many images.html")
    assert folder.name == "many images_files"
    window.open(page)
    window.page.locator("#group-cards img").first.wait_for()
    assert window.page.locator("#group-cards figure").count() < 300
    window.page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
    window.page.get_by_text("Painting 2998", exact=True).wait_for()
    assert window.page.locator("#group-cards figure").count() < 300
    window.page.wait_for_function(
        "() => document.querySelector('figure[data-image=\"2998\"] img').naturalWidth === 16"
    )


def test_no_serious_fault_of_accessibility(window: Window, tmp_path: Path) -> None:
    """In light on a desk and in dark on a telephone, in every section and dialog."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    window.open(written(tmp_path, gallery()))
    window.page.evaluate(AXE.read_text(encoding="utf-8"))
    window.press("j j s")
    faults = {}
    for scheme, size in (("light", DESK), ("dark", PHONE)):
        window.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        window.page.set_viewport_size(size)  # type: ignore[arg-type]
        for section in SECTIONS:
            window.go(section)
            faults[scheme, size["width"], section] = window.page.evaluate(SERIOUS)
            wide = window.page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
            assert not wide, f"{section} is wider than a window of {size['width']} pixels"
        for dialog in ("help", "saved"):
            window.page.evaluate(f"() => document.getElementById('{dialog}').showModal()")
            faults[scheme, size["width"], dialog] = window.page.evaluate(SERIOUS)
            window.press("Escape")
        window.go("groups")
        window.press("j j c")
        faults[scheme, size["width"], "compare"] = window.page.evaluate(SERIOUS)
        window.press("Escape")
    assert not {place: found for place, found in faults.items() if found}, json.dumps(
        [found for found in faults.values() if found], indent=1
    )
