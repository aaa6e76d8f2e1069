"""What is written: one file up to a limit, else a file and a folder."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("matplotlib", reason="the extra `review` is not installed: make setup")

from paintings_dedupe.review.charts import balance_chart, funnel_chart, levels_chart
from paintings_dedupe.review.content import Balance, Pair, Pairs
from paintings_dedupe.review.page import PageError, images_shown, write_page
from paintings_dedupe.review.payload import safe_json
from paintings_dedupe.review.thumbnail import NoThumbnail, Thumbnail
from tests.review.samples import HOSTILE, group, hostile_review, image, review, thumbnails

TEN_MEGABYTES = 10_000_000
JSON = st.recursive(
    st.text(st.characters(codec=None)) | st.sampled_from(HOSTILE) | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)


class Elements(HTMLParser):
    """Counts the scripts, links and inline styles of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@given(JSON)
def test_data_cannot_end_its_script(value: object) -> None:
    text = safe_json(value)
    assert text.isascii()
    assert not re.search("[<>&]", text)
    assert json.loads(text) == value


def test_the_page_has_its_own_scripts_and_no_other(tmp_path: Path) -> None:
    """Whatever the tables hold; nor has it styles or handlers that its policy would forbid."""
    shown = hostile_review()
    (page,) = write_page(shown, thumbnails(shown), tmp_path / "review.html")
    elements = Elements(page.read_text(encoding="utf-8")).found
    assert [attributes.get("type") for tag, attributes in elements if tag == "script"] == [
        "application/json",
        None,
    ]
    names = {name for _, attributes in elements for name in attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    targets = [attributes["href"] or "" for tag, attributes in elements if tag == "a"]
    assert targets
    assert all(target.startswith(("#", "http://")) for target in targets)


def test_two_thousand_images_are_one_file_below_ten_megabytes(tmp_path: Path) -> None:
    images = [image(place, name="x" * 60) for place in range(2000)]
    shown = review(images, [group(place, [place, place + 1]) for place in range(0, 2000, 2)])
    small = Thumbnail(b"x" * 3_400, "image/jpeg", 160, 120)
    written = write_page(shown, {one.url: small for one in images}, tmp_path / "review.html")
    assert written == [tmp_path / "review.html"]
    assert written[0].stat().st_size < TEN_MEGABYTES
    # Larger thumbnails, or one image more, go to a folder.
    large = Thumbnail(b"x" * 4_000, "image/jpeg", 160, 120)
    page, folder = write_page(shown, {one.url: large for one in images}, tmp_path / "review.html")
    assert page.stat().st_size < TEN_MEGABYTES / 10
    assert sum(one.suffix == ".jpg" for one in folder.rglob("*")) == len(images)
    more = review([*images, image(2000)], [group(2000, [2000])])
    assert write_page(more, {}, tmp_path / "review.html") == [page, folder]
    # The folder goes when the page needs it no longer.
    write_page(shown, {}, tmp_path / "review.html")
    assert sorted(tmp_path.iterdir()) == [page]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "review_files"
    folder.mkdir()
    (folder / "data.js").write_text("mine", encoding="utf-8")
    shown = review([image(0)], [group(0, [0])])
    with pytest.raises(PageError, match="review_files is not the folder of a review page"):
        write_page(shown, {}, tmp_path / "review.html", largest_page=0)
    write_page(shown, {}, tmp_path / "review.html")
    assert (folder / "data.js").read_text(encoding="utf-8") == "mine"


def test_a_run_that_was_killed_while_it_replaced_a_page_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever file or folder it stopped, the folder is still known as that of a page."""
    images = [image(place) for place in range(6)]
    shown = review(images, [group(0, list(range(6)))])
    page = tmp_path / "review.html"
    unlink, rmdir = os.unlink, os.rmdir
    stopped = 0
    for step in range(100):
        left = step

        def stop_before(
            change: Callable[..., None], path: str | Path, *, dir_fd: int | None = None
        ) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            change(path, dir_fd=dir_fd)

        write_page(shown, thumbnails(shown), page, largest_page=0)
        monkeypatch.setattr(os, "unlink", partial(stop_before, unlink))
        monkeypatch.setattr(os, "rmdir", partial(stop_before, rmdir))
        try:
            write_page(shown, thumbnails(shown), page, largest_page=0)
        except KeyboardInterrupt:
            stopped += 1
        else:
            break
        finally:
            monkeypatch.undo()
    assert stopped > len(images)


def test_a_full_disk_is_named_and_keeps_nothing_of_the_page(tmp_path: Path) -> None:
    """The system says so for any file that would be longer than this process may write."""
    images = [image(place) for place in range(40)]
    shown = review(images, [group(0, list(range(40)))])
    earlier = write_page(shown, {}, tmp_path / "review.html", largest_page=0)
    before = earlier[0].read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        for largest_page in (0, 100):
            with pytest.raises(PageError, match="cannot be written"):
                write_page(shown, {}, tmp_path / "review.html", largest_page=largest_page)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert sorted(tmp_path.iterdir()) == sorted(earlier)
    assert earlier[0].read_bytes() == before


def test_the_same_review_is_the_same_file(tmp_path: Path) -> None:
    shown = hostile_review()
    pages = [write_page(shown, thumbnails(shown), tmp_path / f"{name}.html")[0] for name in "ab"]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_an_image_that_cannot_be_had_has_its_reason(tmp_path: Path) -> None:
    shown = review([image(0), image(1)], [group(0, [0, 1])])
    some = {shown.images[0].url: NoThumbnail("The server does not answer.")}
    (page,) = write_page(shown, some, tmp_path / "review.html")
    text = page.read_text(encoding="utf-8")
    found = re.search('id="data">(.*)</script>', text)
    assert found
    assert json.loads(found[1])["noPictures"] == [
        "The server does not answer.",
        "No thumbnail was made.",
    ]


def test_a_secret_in_a_url_stays_out_of_the_file_of_verdicts(tmp_path: Path) -> None:
    """Unless the URL is the image's name."""
    url = "https://h/a.jpg?sig=verysecret"
    shown = review([image(0, url=url), image(1, url=url, is_named_by_hash=False)], [group(0, [0])])
    (page,) = write_page(shown, {}, tmp_path / "review.html")
    found = re.search('id="data">(.*)</script>', page.read_text(encoding="utf-8"))
    assert found
    told = json.loads(found[1])["images"]["toldUrl"]
    assert list(told) == ["0"]
    assert "verysecret" not in told["0"]


def test_thumbnails_are_made_of_groups_first_and_of_single_images_last() -> None:
    images = [image(place) for place in range(6)]
    images.append(image(6, url=images[0].url))
    shown = review(
        images,
        [group(0, [4, 5]), group(1, [0]), group(2, [1])],
        near_misses=Pairs([Pair(2, 6, 1)], 1),
    )
    urls = [one.url for one in images_shown(shown)]
    assert urls == [images[place].url for place in (4, 5, 2, 0, 1)]


def test_charts_are_static_and_take_their_colours_from_the_page() -> None:
    shown = hostile_review()
    balance = [Balance(text, 3, 0) for text in (*HOSTILE, "絵画 " * 30)]
    charts = [
        funnel_chart(shown.rows, shown.versions[1]),
        levels_chart(shown.scores, 3),
        balance_chart(balance, 0.8),
        balance_chart([], 0.8),
        levels_chart([], 3),
    ]
    ids = [found for chart in charts[:3] for found in re.findall(' id="([^"]*)"', chart)]
    assert len(ids) == len(set(ids))
    for chart in charts:
        assert "style" not in chart
        assert not re.search("#[0-9a-f]{6}", chart)
    assert "&lt;script&gt;" in charts[2]
    # Not a formula.
    assert r"$\frac{1}{2}$" in charts[2]
