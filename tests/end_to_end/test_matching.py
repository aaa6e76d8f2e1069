"""Matching as a user runs it: dbt, the matcher, dbt again; interrupted, repeated, under attack."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import duckdb
import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from tests.helpers.dbt_project import ROOT, Dbt, new_dbt
from tests.helpers.http_server import Reply, serving

pytest.importorskip("cv2", reason="OpenCV, of the extra `matcher`, is not installed")

from paintings_dedupe.matcher.cache import seen_in
from paintings_dedupe.matcher.method import METHOD_VERSION
from paintings_dedupe.matcher.options import CACHE_NAME

# What the matcher and the uploader read, and the groups.
READ = ("+images_to_match", "+pairs_to_match", "+image_groups", "+unique_paintings.v2")
BUILD = ("build", "-s", *READ, "--exclude-resource-type", "test", "unit_test")
# Of data tests, those that matches could make fail; test_whole_job runs all.
MATCHES = ("staging.matches", "intermediate.matches", "marts.near_duplicates")
TEST = ("test", "-s", *MATCHES, "test_type:singular", "--exclude-resource-type", "unit_test")
WORKS = ("garden", "harbour", "orchard")


def painted(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture with detail at every scale, as brush strokes give it."""
    random = np.random.default_rng(seed)
    layers = [
        Image.fromarray(random.integers(0, 256, (size[1] // cell, size[0] // cell, 3), np.uint8))
        .resize(size, Image.Resampling.BICUBIC)
        .filter(ImageFilter.GaussianBlur(1))
        for cell in (80, 20, 8)
    ]
    mixed = Image.blend(Image.blend(layers[0], layers[1], 0.5), layers[2], 0.4)
    return ImageOps.autocontrast(mixed)


def cropped(image: Image.Image) -> Image.Image:
    """Without a quarter of each side."""
    width, height = image.size
    return image.crop((width // 4, height // 4, 3 * width // 4, 3 * height // 4))


def framed(image: Image.Image) -> Image.Image:
    """In a broad frame, on a wall."""
    return ImageOps.expand(ImageOps.expand(image, 60, (92, 64, 24)), 90, (205, 200, 190))


@dataclass
class Gallery:
    """A server of images, a database, and the commands that are run on them."""

    images: Path
    address: str
    dbt: Dbt
    asked: list[str] = field(default_factory=list)
    at_once: int = 100
    """How many images are shown before `more` is set."""
    more: threading.Event = field(default_factory=threading.Event)
    served: Gallery = field(init=False)
    """Of the template: the gallery whose images its server serves now."""

    def answer(self, path: str) -> Reply:
        self.asked.append(path)
        if len(self.asked) > self.at_once:
            self.more.wait()
        return Reply((self.images / unquote(path).lstrip("/")).read_bytes())

    def save(self, name: str, image: Image.Image, artist: str = "Ada") -> None:
        path = self.images / artist / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, quality=90)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=self.dbt.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    def ingest_and_build(self) -> None:
        table = self.dbt.folder / "paintings.csv"
        words = ("--url-prefix", self.address, "--out", str(table))
        ingest = self.run("paintings_dedupe.ingest", "folder", str(self.images), *words)
        assert ingest.returncode == 0, ingest.stderr
        self.dbt.succeed(*BUILD, paintings_file=table)

    def match(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("paintings_dedupe.matcher", "--allow-private-hosts", "127.0.0.1", *options)

    def begin(self, *options: str) -> subprocess.Popen[str]:
        """Begin to match."""
        return subprocess.Popen(
            [sys.executable, "-m", "paintings_dedupe.matcher", *options],
            cwd=ROOT,
            env=self.dbt.environ,
            stderr=subprocess.PIPE,
            text=True,
        )

    def findings(self) -> set[tuple[object, ...]]:
        """The rows of ImageMatches, without their times."""
        rows = self.dbt.table("ImageMatches").drop(columns="MatchedAt").astype(object)
        rows = rows.where(rows.notna(), None)
        return set(rows.itertuples(index=False, name=None))

    def groups(self) -> set[frozenset[str]]:
        """The names of the images in each group."""
        found: dict[str, set[str]] = {}
        rows = self.dbt.table("image_groups")
        for url, group in zip(rows["URL"], rows["GroupId"], strict=True):
            found.setdefault(group, set()).add(Path(unquote(url)).stem)
        return set(map(frozenset, found.values()))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """A gallery after its first `dbt build`, in which nothing has been matched."""
    folder = tmp_path_factory.mktemp("template")
    gallery = Gallery(folder / "images", "", new_dbt(folder))
    gallery.served = gallery

    def answer(path: str) -> Reply:
        return gallery.served.answer(path)

    with serving(answer) as address:
        gallery.address = address
        for seed, work in enumerate(WORKS):
            image = painted(seed)
            gallery.save(work, image)
            gallery.save(f"{work}-cropped", cropped(image))
            gallery.save(f"{work}-mirrored", ImageOps.mirror(image))
            gallery.save(f"{work}-framed", framed(image))
        gallery.ingest_and_build()
        yield gallery


@pytest.fixture
def gallery(template: Gallery, tmp_path: Path) -> Gallery:
    """A copy of the template, whose images the same server serves."""
    folder = tmp_path / "gallery"
    shutil.copytree(template.dbt.folder, folder)
    copy = Gallery(folder / "images", template.address, Dbt(folder))
    template.served = copy
    return copy


@pytest.fixture(scope="module")
def undisturbed(
    template: Gallery, tmp_path_factory: pytest.TempPathFactory
) -> set[tuple[object, ...]]:
    """What a run that nothing disturbs finds."""
    folder = tmp_path_factory.mktemp("undisturbed") / "gallery"
    shutil.copytree(template.dbt.folder, folder)
    copy = Gallery(folder / "images", template.address, Dbt(folder))
    found = copy.match("--folder", str(copy.images), "--url-prefix", copy.address)
    assert found.returncode == 0, found.stderr
    return copy.findings()


def works_of(*more: str) -> set[frozenset[str]]:
    kinds = ("", "-cropped", "-mirrored", "-framed", *more)
    return {frozenset(f"{work}{kind}" for kind in kinds) for work in WORKS}


def test_what_hashes_miss_is_grouped_by_looking_and_then_only_new_images_are_looked_at(
    gallery: Gallery,
) -> None:
    assert gallery.groups() != works_of(), "hashes alone should not find these copies"
    first = gallery.match()
    assert first.returncode == 0, first.stderr
    assert len(gallery.asked) == len(set(gallery.asked)) == 4 * len(WORKS)

    for seed, work in enumerate(WORKS):
        gallery.save(f"{work}-turned", painted(seed).rotate(90, expand=True))
    gallery.save("borrowed", cropped(painted(0)), artist="Bob")
    gallery.ingest_and_build()
    # The images that are new have not been looked at.
    assert works_of() < gallery.groups()
    gallery.asked.clear()
    second = gallery.match()
    assert second.returncode == 0, second.stderr
    turned = [f"/Ada/{work}-turned.jpg" for work in WORKS]
    assert sorted(gallery.asked) == [*turned, "/Bob/borrowed.jpg"]
    gallery.dbt.succeed("run")
    gallery.dbt.succeed(*TEST)
    assert gallery.groups() == works_of("-turned") | {frozenset(["borrowed"])}
    matches = gallery.dbt.table("ImageMatches")
    assert matches["IsMirrored"].sum() > 0

    gallery.asked.clear()
    third = gallery.match()
    assert "New images looked at: 0;" in third.stdout
    assert "New pairs compared: 0;" in third.stdout
    assert not gallery.asked
    assert gallery.dbt.table("ImageMatches").equals(matches)

    # The file remembers the findings for a new database.
    with duckdb.connect(str(gallery.dbt.database)) as database:
        database.execute("delete from ImageMatches")
    again = gallery.match().stdout
    assert f"Findings of earlier runs that ImageMatches lacked: {len(matches)}." in again
    assert "Run `dbt build`" in again
    assert "dbt build" not in gallery.match().stdout, "there is nothing new"
    assert gallery.dbt.table("ImageMatches").equals(matches)

    # The warehouse remembers the findings even if the file is lost.
    for file in gallery.dbt.folder.glob("image_features.sqlite*"):
        file.unlink()
    assert "New pairs compared: 0;" in gallery.match().stdout
    assert gallery.dbt.table("ImageMatches").equals(matches)

    # Only if it is asked for, one artist's images are compared with another's, and remembered.
    assert (matches["Artist"] == matches["OtherArtist"]).all()
    dry = gallery.match("--dry-run", "--across-artists")
    assert "At most 112 pairs across artists" in " ".join(dry.stderr.split())
    assert re.search("matches among them: [1-9]", gallery.match("--across-artists").stdout)
    found = gallery.dbt.table("ImageMatches")
    across = found[found["Artist"] != found["OtherArtist"]]
    assert set(zip(across["Artist"], across["OtherArtist"], strict=True)) == {("Ada", "Bob")}
    assert across["IsMatch"].sum() > 1
    assert len(found) - len(across) == len(matches)
    assert "New pairs compared: 0;" in gallery.match("--across-artists").stdout
    assert "New pairs compared: 0;" in gallery.match().stdout
    assert gallery.dbt.table("ImageMatches").equals(found)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_run_that_was_stopped_changes_no_table_and_is_continued(
    gallery: Gallery, undisturbed: set[tuple[object, ...]], how: signal.Signals
) -> None:
    gallery.at_once = 4
    with gallery.begin("--allow-private-hosts", "127.0.0.1", "--workers", "1") as process:
        try:
            wait_until(lambda: len(gallery.asked) > gallery.at_once)
            process.send_signal(how)
            assert process.stderr
            if how is signal.SIGKILL:
                process.wait()
            else:
                assert any("Stopping ..." in line for line in process.stderr)
        finally:
            gallery.more.set()
        _, said = process.communicate(timeout=300)
    if how is signal.SIGINT:
        assert process.returncode == 130, said
        assert "Interrupted. What is done is kept." in said
    assert not gallery.findings()
    assert len(gallery.asked) == gallery.at_once + 1

    again = gallery.match()
    assert again.returncode == 0, again.stderr
    # At most the image that was being looked at is asked for again.
    assert len(gallery.asked) <= 4 * len(WORKS) + 1
    assert gallery.findings() == undisturbed


def test_a_run_that_is_terminated_while_it_compares_is_continued(
    gallery: Gallery, undisturbed: set[tuple[object, ...]]
) -> None:
    options = ("--folder", str(gallery.images), "--url-prefix", gallery.address)
    cache = gallery.dbt.folder / CACHE_NAME
    with gallery.begin(*options, "--processes", "1") as process:
        wait_until(lambda: cache.exists() and len(seen_in(cache, METHOD_VERSION)) == 4 * len(WORKS))
        # It cannot keep what it finds until it was told to end.
        with closing(sqlite3.connect(cache, timeout=60)) as other:
            other.execute("begin immediate")
            assert process.stderr
            assert any("Choosing pairs by artist: 1 of 1" in line for line in process.stderr)
            process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "Interrupted. Run the same command again to go on." in said
    assert "Traceback" not in said
    assert not gallery.findings()

    again = gallery.match(*options)
    assert "New images looked at: 0; known before: 12." in again.stdout
    assert gallery.findings() == undisturbed


def test_an_image_that_cannot_be_read_is_named_and_the_others_are_matched(
    gallery: Gallery, undisturbed: set[tuple[object, ...]]
) -> None:
    damaged = gallery.images / "Ada" / "garden.jpg"
    damaged.write_bytes(damaged.read_bytes()[:5000])
    (gallery.images / "Ada" / "harbour.jpg").write_bytes(b"<html>gone</html>")
    # Sent instead of two images, a placeholder would match itself.
    for name in ("garden-framed", "orchard"):
        gallery.save(name, painted(99))
    found = gallery.match()
    assert found.returncode == 1
    assert f"not looked at: {gallery.address}/Ada/garden.jpg: corrupt" in found.stderr
    assert f"not looked at: {gallery.address}/Ada/harbour.jpg: an HTML page" in found.stderr
    assert found.stderr.count(".jpg: another picture") == 2
    assert "4 images could not be looked at" in " ".join(found.stderr.split())
    rows = gallery.dbt.table("images_to_match").set_index("URL")["Fingerprint"]
    names = ("garden", "harbour", "garden-framed", "orchard")
    lost = {rows[f"{gallery.address}/Ada/{name}.jpg"] for name in names}
    expected = {row for row in undisturbed if not lost.intersection(row)}
    assert gallery.findings() == expected


def test_a_folder_takes_the_place_of_downloads(gallery: Gallery) -> None:
    options = ("--folder", str(gallery.images), "--url-prefix", gallery.address)
    dry = gallery.match("--dry-run", *options)
    told = " ".join(dry.stderr.split())
    assert "12 of 12 images would be looked at" in told
    assert "At most 66 pairs of images would be compared. Pairs that an earlier run" in told
    misspelt = gallery.match("--folder", str(gallery.images), "--url-prefix", "http://127.0.0.1:1")
    assert misspelt.returncode == 2
    assert "has none of the images to match" in " ".join(misspelt.stderr.split())
    assert not gallery.asked, "nothing is downloaded by mistake"
    assert not list(gallery.dbt.folder.glob("image_features*"))
    found = gallery.match(*options)
    assert found.returncode == 0, found.stderr
    assert not gallery.asked


def test_what_the_uploader_has_stored_is_not_downloaded_again(gallery: Gallery) -> None:
    blobs = gallery.dbt.folder / "blobs"
    uploaded = gallery.run(
        *("uploader", "--to", str(blobs), "--allow-private-hosts", "127.0.0.1"),
        *("--model-version", "2"),
    )
    assert uploaded.returncode == 0, uploaded.stderr
    stored = set(gallery.asked)
    victim = min(blobs.rglob("Train/Ada/*.jpeg"))
    victim.write_bytes(victim.read_bytes() + b"!")
    gallery.asked.clear()
    found = gallery.match("--store", str(blobs))
    assert found.returncode == 0, found.stderr
    # One was changed in the store, so its bytes are not those that were verified.
    assert len(stored.intersection(gallery.asked)) == 1
    assert len(gallery.asked) == 4 * len(WORKS) - len(stored) + 1

    lost = gallery.match("--store", str(gallery.dbt.folder / "elsewhere"))
    assert lost.returncode == 2, "even though nothing is new"
    assert "elsewhere does not exist" in lost.stderr


def test_what_another_matcher_writes_meanwhile_is_kept(
    gallery: Gallery, undisturbed: set[tuple[object, ...]]
) -> None:
    gallery.at_once = 0
    with gallery.begin("--allow-private-hosts", "127.0.0.1", "--workers", "1") as process:
        try:
            wait_until(lambda: bool(gallery.asked))
            # A pair of which only the other one knows, because its images have gone since.
            columns = "Artist, Fingerprint, OtherArtist, OtherFingerprint, Inliers, HullShare"
            with duckdb.connect(str(gallery.dbt.database)) as connection:
                connection.execute(
                    f"insert into ImageMatches ({columns}, Agreement, IsMirrored, Shown, "
                    "OtherShown, IsMatch, MethodVersion, MatchedAt) values ('Ada', 'a', 'Ada', "
                    f"'b', 9, 0.5, 0.5, 0, 1, 1, 0, '{METHOD_VERSION}', '2026')"
                )
        finally:
            gallery.more.set()
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    other = ("Ada", "a", "Ada", "b", 9, 0.5, 0.5, 0, None, None, 1.0, 1.0, 0, METHOD_VERSION)
    assert gallery.findings() == undisturbed | {other}


def test_private_addresses_are_refused_unless_allowed(gallery: Gallery) -> None:
    found = gallery.run("paintings_dedupe.matcher")
    assert found.returncode == 1
    assert "127.0.0.1 is not a public address" in found.stderr
    assert not gallery.asked


def wait_until(true: Callable[[], bool], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)
