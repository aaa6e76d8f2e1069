"""The review as a user runs it: after dbt, from servers that fail, interrupted, repeated."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest

from paintings_dedupe.review.cli import main
from paintings_dedupe.review.html import MARKER
from paintings_dedupe.review.options import CACHE_NAME
from tests.helpers.dbt_project import ROOT, Dbt, new_dbt
from tests.helpers.http_server import Reply, serving
from tests.helpers.painted import painted

BUILD = ("build", "--exclude-resource-type", "test", "unit_test")
LOOPBACK = ("--allow-private-hosts", "127.0.0.1")
NAMES = [f"{work}{kind}" for work in ("garden", "harbour", "orchard") for kind in ("", "-copy")]


@dataclass
class Gallery:
    """A server of images, and a database that was built from them."""

    images: Path
    address: str
    dbt: Dbt
    asked: list[str] = field(default_factory=list)
    instead: dict[str, Reply] = field(default_factory=dict)
    at_once: int = len(NAMES)
    """How many images are shown before `more` is set."""
    more: threading.Event = field(default_factory=threading.Event)

    @property
    def page(self) -> Path:
        return self.dbt.folder / "review.html"

    @property
    def cache(self) -> Path:
        return self.dbt.folder / CACHE_NAME

    @property
    def in_folder(self) -> tuple[str, ...]:
        return ("--folder", str(self.images), "--url-prefix", self.address)

    def answer(self, path: str) -> Reply:
        name = Path(unquote(path)).stem
        self.asked.append(name)
        if len(self.asked) > self.at_once:
            self.more.wait()
        return self.instead.get(name) or Reply((self.images / unquote(path)[1:]).read_bytes())


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: object
    out: str
    err: str


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Gallery]]:
    """The gallery that the server serves; at first the one that every test copies."""
    folder = tmp_path_factory.mktemp("template")
    served = [Gallery(folder / "images", "", new_dbt(folder))]

    def answer(path: str) -> Reply:
        return served[0].answer(path)

    with serving(answer) as address:
        gallery = served[0]
        gallery.address = address
        (gallery.images / "Ada").mkdir(parents=True)
        for seed, name in enumerate(NAMES):
            image = painted(seed // 2)
            quality = 90
            if name.endswith("-copy"):
                image, quality = image.resize((400, 300)), 60
            image.save(gallery.images / "Ada" / f"{name}.jpg", quality=quality)
        table = folder / "paintings.csv"
        words = ("folder", str(gallery.images), "--url-prefix", address, "--out", str(table))
        subprocess.run(
            [sys.executable, "-m", "paintings_dedupe.ingest", *words], check=True, cwd=ROOT
        )
        gallery.dbt.succeed(*BUILD, paintings_file=table)
        yield served


@pytest.fixture
def gallery(
    template: list[Gallery], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gallery]:
    """A copy of the template, whose images the same server serves."""
    before = template[0]
    folder = tmp_path / "gallery"
    shutil.copytree(before.dbt.folder, folder)
    template[0] = Gallery(folder / "images", before.address, Dbt(folder))
    for name, value in template[0].dbt.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ROOT)
    yield template[0]
    template[0] = before


Review = Callable[..., Done]


@pytest.fixture
def review(
    gallery: Gallery, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Review:
    """Runs the command in this process, without the extra of the matcher."""
    monkeypatch.setitem(sys.modules, "cv2", None)

    def run(*options: str) -> Done:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main(["--out", str(gallery.page), "--processes", "1", *options])
        out, err = capfd.readouterr()
        return Done(end.value.code, " ".join(out.split()), " ".join(err.split()))

    return run


def test_a_dry_run_fetches_and_writes_nothing(gallery: Gallery, review: Review) -> None:
    before = set(gallery.dbt.folder.iterdir())
    done = review("--dry-run", *LOOPBACK)
    assert done.code == 0
    assert "The page would show 6 images. Thumbnails of 6 would be made." in done.err
    assert "To download: 6 images." in done.err
    (gallery.images / "Ada" / "garden.jpg").unlink()
    store = str(gallery.images)
    done = review("--dry-run", *gallery.in_folder, "--store", store)
    assert f"In the folder {gallery.images}: 5 images." in done.err
    assert "To download, unless they are in the store: 1 image." in done.err
    assert review("--dry-run", "--no-thumbnails").code == 0
    assert review("--dry-run", "--no-thumbnails", "--store", f"{store}-not-there").code == 2
    assert set(gallery.dbt.folder.iterdir()) == before
    assert not gallery.asked


def test_what_could_not_be_had_is_named_and_tried_again(gallery: Gallery, review: Review) -> None:
    placeholder = gallery.dbt.folder / "placeholder.jpg"
    painted(99).save(placeholder)
    gallery.instead = {
        "garden": Reply(status=404),
        "harbour": Reply(b"<html>gone</html>"),
        "orchard-copy": Reply(placeholder.read_bytes()),
        "orchard": Reply((gallery.images / "Ada" / "orchard.jpg").read_bytes()[:4000]),
    }
    done = review(*LOOPBACK)
    assert done.code == 1
    assert sorted(gallery.asked) == sorted(NAMES)
    assert f"no thumbnail of {gallery.address}/Ada/garden.jpg: HTTP 404" in done.err
    assert "4 images of 6 could not be had" in done.out
    assert f"The page: {gallery.page}" in done.out
    page = gallery.page.read_text()
    assert page.count("data:image/webp;base64,") == 2
    for reason in (
        "HTTP 404",
        "an HTML page, not an image",
        "another picture: its hash",
        "corrupt",
    ):
        assert reason in page

    gallery.instead.clear()
    gallery.asked.clear()
    done = review(*LOOPBACK)
    assert done.code == 0
    assert sorted(gallery.asked) == ["garden", "harbour", "orchard", "orchard-copy"]
    assert gallery.page.read_text().count("data:image/webp;base64,") == 6

    gallery.asked.clear()
    assert review(*LOOPBACK).code == 0
    assert "Thumbnails of 0 would be made." in review("--dry-run").err
    assert not gallery.asked


def test_a_folder_takes_the_place_of_downloads(gallery: Gallery, review: Review) -> None:
    misspelt = review("--folder", str(gallery.images), "--url-prefix", "http://127.0.0.1:1")
    assert misspelt.code == 2
    assert "has none of the images to show" in misspelt.err
    alone = review("--folder", str(gallery.images))
    assert alone.code == 2
    assert not gallery.page.exists()
    assert review(*gallery.in_folder).code == 0
    assert not gallery.asked
    assert gallery.page.read_text().count("data:image/webp;base64,") == 6


def test_a_page_without_thumbnails_needs_no_image(gallery: Gallery, review: Review) -> None:
    done = review("--no-thumbnails")
    assert done.code == 0
    assert not gallery.asked
    assert not gallery.cache.exists()
    assert "--no-thumbnails" in gallery.page.read_text()


def test_nothing_but_a_page_is_replaced(gallery: Gallery, review: Review) -> None:
    """Somebody may name the wrong file, such as the table."""
    for content in (b"", b"Artist,URL\n", b"<!doctype html><title>Mine</title>", b"\xff" * 9000):
        gallery.page.write_bytes(content)
        done = review("--no-thumbnails")
        assert done.code == 2
        assert "is not a review page" in done.err
        assert gallery.page.read_bytes() == content
    gallery.page.unlink()
    for _ in range(2):
        assert review("--no-thumbnails").code == 0
    assert f'content="{MARKER}"' in gallery.page.read_text()
    text = gallery.dbt.folder / "review.txt"
    done = review("--no-thumbnails", "--out", str(text))
    assert (done.code, text.exists()) == (2, False)
    assert "review.txt must end in .html" in done.err
    elsewhere = review("--out", str(gallery.dbt.folder / "missing" / "review.html"))
    assert elsewhere.code == 2
    assert "does not exist" in elsewhere.err


@pytest.mark.parametrize(
    "change",
    [
        "alter table image_groups drop column LinkToKept",
        "drop table verdict_conflicts",
    ],
)
def test_tables_of_an_older_build_are_refused(
    gallery: Gallery, review: Review, change: str
) -> None:
    with duckdb.connect(str(gallery.dbt.database)) as connection:
        connection.execute(change)
    done = review("--no-thumbnails")
    assert done.code == 2
    assert "dbt build" in done.err
    assert not gallery.page.exists()


def test_tables_of_another_build_than_the_manifest_are_refused(
    gallery: Gallery, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = gallery.dbt.database.with_name("other.duckdb")
    gallery.dbt.database.rename(other)
    monkeypatch.setenv("DUCKDB_PATH", str(other))
    done = review("--no-thumbnails")
    assert done.code == 2
    assert "was written for the database" in done.err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "terminated"])
def test_a_run_that_was_stopped_is_continued(
    gallery: Gallery, review: Review, how: signal.Signals
) -> None:
    gallery.at_once = 3
    words = ("--out", str(gallery.page), "--workers", "1", "--processes", "1", *LOOPBACK)
    with subprocess.Popen(
        [sys.executable, "-m", "paintings_dedupe.review", *words],
        cwd=ROOT,
        env=os.environ,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_until(lambda: len(gallery.asked) > gallery.at_once or process.poll() is not None)
            process.send_signal(how)
            assert process.stderr
            assert any("Stopping ..." in line for line in process.stderr)
        finally:
            gallery.more.set()
        _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "Interrupted. What was fetched is kept." in said
    assert not gallery.page.exists()
    assert len(gallery.asked) == gallery.at_once + 1

    again = review(*LOOPBACK)
    assert again.code == 0, again.err
    # Nothing that was finished is asked for again.
    assert sorted(gallery.asked) == sorted(NAMES)


def test_private_addresses_are_refused_unless_allowed(gallery: Gallery, review: Review) -> None:
    done = review()
    assert done.code == 1
    assert "127.0.0.1 is not a public address" in done.err
    assert not gallery.asked


def test_without_its_extra_the_remedy_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # As an import finds it that looks for a module which is not installed.
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SystemExit, match=r"^2$"):
        main([])
    error = capsys.readouterr().err
    assert "needs matplotlib" in error
    assert "make setup" in error


def wait_until(condition: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
