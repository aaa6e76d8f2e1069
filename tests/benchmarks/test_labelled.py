"""A folder of labelled images is read in each form that it may have; what is wrong is said."""

from __future__ import annotations

import io
from pathlib import Path

import click
import pytest
from PIL import Image
from rich.console import Console

from benchmarks.near_duplicates.labelled import URL_PREFIX, Labelled, copy_images, read_labelled

ONE, COPY, OTHER = "images/Édouard/one.png", "images/Édouard/one 2.png", "images/Paul/one.png"
WORKS = f"LocalPath,WorkId\n{ONE},a\n{COPY},a\n{OTHER},a\n"
PAIRS = f"a,b\n{ONE},{COPY}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three small images of two artists, without any label."""
    for number, path in enumerate((ONE, COPY, OTHER)):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.linear_gradient("L").rotate(number).resize((40, 30)).save(file)
    return tmp_path


def read(folder: Path, **files: str) -> Labelled:
    """Write CSV files into the folder, and read it."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_labelled(folder, Console(file=io.StringIO()))


def test_labels_alone_are_enough(folder: Path) -> None:
    labelled = read(folder, works=WORKS)
    assert labelled.paths == [ONE, COPY, OTHER]
    assert labelled.artists == ["Édouard", "Édouard", "Paul"]
    assert list(labelled.paintings["Width"]) == ["40"] * 3
    assert all(len(text) == 32 for text in labelled.paintings["DHashHex8"])
    assert "There is no paintings.csv" in " ".join(labelled.notes)


def test_copies_are_where_the_urls_say(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # What is linked from elsewhere is copied, too.
    real = tmp_path_factory.mktemp("elsewhere") / "images"
    (folder / "images").rename(real)
    (folder / "images").symlink_to(real, target_is_directory=True)
    labelled = read(folder, works=WORKS)
    copies = copy_images(labelled, folder / "copies")
    assert [copy.read_bytes() for copy in copies] == [
        (folder / path).read_bytes() for path in (ONE, COPY, OTHER)
    ]
    urls = [f"{URL_PREFIX}/{copy.name}" for copy in copies]
    assert list(labelled.paintings["URL"]) == urls
    assert len(set(urls)) == 3


def test_pairs_of_two_artists_do_not_count(folder: Path) -> None:
    labelled = read(folder, works=WORKS)
    assert labelled.truth == {frozenset((ONE, COPY))}
    assert labelled.true_links == {frozenset((0, 1))}
    assert "2 labelled pairs are not counted, because they are of two artists" in labelled.notes[-1]


def test_pairs_alone_are_enough(folder: Path) -> None:
    labelled = read(folder, groundtruth=PAIRS)
    assert labelled.truth == {frozenset((ONE, COPY))}
    assert "There is no works.csv" in " ".join(labelled.notes)


def test_labels_that_differ_are_told(folder: Path) -> None:
    labelled = read(folder, works=WORKS.replace(f"{COPY},a", f"{COPY},b"), groundtruth=PAIRS)
    assert labelled.truth == {frozenset((ONE, COPY))}
    assert "are in only one of works.csv and groundtruth.csv" in " ".join(labelled.notes)


def test_hashes_of_the_table_are_kept(folder: Path) -> None:
    hashes = ",".join(f"DHashHex{level}" for level in range(8, 0, -1))
    values = ",".join("f" * digits for digits in (32, 25, 18, 13, 8, 5, 2, 2))
    header = f"Artist,LocalPath,URL,{hashes}\n"
    rows = "".join(f"Manet,{path},http://example.org/,{values}\n" for path in (ONE, COPY))
    labelled = read(folder, works=WORKS, paintings=header + rows)
    assert list(labelled.paintings["DHashHex8"]) == ["f" * 32] * 2
    assert labelled.artists == ["Manet", "Manet"]
    assert "name an image that the table does not have" in " ".join(labelled.notes)


def test_paths_are_taken_from_urls(folder: Path) -> None:
    table = "URL\nhttp://127.0.0.1:8000/images/%C3%89douard/one%202.png\n"
    table += f"http://127.0.0.1:8000/{ONE}\n"
    (folder / "paintings.csv").write_text(table, encoding="utf-8")
    (folder / "works.csv").write_text(WORKS, encoding="utf-8")
    labelled = read_labelled(folder, Console(file=io.StringIO()), "http://127.0.0.1:8000")
    assert labelled.paths == [COPY, ONE]


def test_an_unusable_image_is_left_out(folder: Path) -> None:
    (folder / COPY).write_bytes(b"no image")
    (folder / "images/Paul/two.png").write_bytes((folder / OTHER).read_bytes())
    labelled = read(folder, works=WORKS + "images/Paul/two.png,a\n")
    assert COPY not in labelled.paths
    assert f"{COPY} is left out, because it is not a usable image" in " ".join(labelled.notes)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no labels. Add works.csv"),
        ({"works": "LocalPath\n"}, "works.csv has no column WorkId"),
        ({"groundtruth": f"a\n{ONE}\n"}, "groundtruth.csv has no column b"),
        ({"works": ""}, "works.csv cannot be read"),
        ({"works": WORKS + "images/none.png,a\n"}, "1 of 4 images are not in"),
        ({"works": WORKS, "paintings": "URL\n"}, "has no column LocalPath"),
        ({"works": WORKS, "paintings": f"LocalPath\n{ONE}\n{ONE}\n"}, "has an image twice"),
        ({"works": f"LocalPath,WorkId\n{ONE},a\n{COPY},b\n"}, "no two images of the same work"),
    ],
)
def test_what_is_missing_is_said(folder: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(click.UsageError, match=message):
        read(folder, **files)
