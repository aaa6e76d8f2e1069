"""The benchmark of quality builds, matches and builds again, and says how well that went."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from click.testing import CliRunner, Result

from benchmarks.near_duplicates.quality import command, reaches
from benchmarks.near_duplicates.scoring import Score
from tests.helpers.painted import painted

# Both of a work; the last two show different pictures, so that their label is a mistake.
IMAGES = ("whole", "detail", "wrong", "mistaken")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four images of one artist, and labels."""
    folder = tmp_path_factory.mktemp("labelled")
    artist = folder / "Anna Ancher"
    artist.mkdir()
    whole = painted(1)
    images = (whole, whole.crop((120, 90, 480, 360)), painted(2), painted(3))
    for name, image in zip(IMAGES, images, strict=True):
        image.save(artist / f"{name}.png")
    labels = "".join(
        f"Anna Ancher/{name}.png,{work}\n" for name, work in zip(IMAGES, "aabb", strict=True)
    )
    (folder / "works.csv").write_text("LocalPath,WorkId\n" + labels, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    """What the command says of them."""
    return CliRunner().invoke(command, [str(folder), "--no-peers", "--show-pairs"])


def test_each_rule_is_judged(result: Result) -> None:
    found = {
        cells[0]: cells[1:4]
        for line in result.stdout.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("│").split("│")]) > 3
    }
    nothing, detail = ["1.000", "0.000", "0.000"], ["1.000", "0.500", "0.667"]
    assert found == {
        "DHashHex3 equal (version 1)": nothing,
        "DHashHex8 <= 16 of 128 bits": nothing,
        "DHashHex8 <= 32 of 128 bits": nothing,
        "the matcher alone, every pair": detail,
        "version 2 without matches": nothing,
        "version 2 with matches": detail,
    }


def test_missing_a_target_is_an_error(result: Result) -> None:
    assert result.exit_code == 1


def test_pairs_are_shown(result: Result) -> None:
    assert result.stdout.endswith(
        "version 2 with matches: 0 pairs joined wrongly\n"
        "version 2 with matches: 1 pair missed\n"
        "  Anna Ancher/mistaken.png | Anna Ancher/wrong.png\n"
    )


def test_it_says_what_the_folder_lacks(result: Result) -> None:
    assert "There is no groundtruth.csv" in result.stderr
    assert "There is no paintings.csv" in result.stderr


def test_nothing_is_left_behind(folder: Path, result: Result) -> None:
    assert result.stdout
    assert {path.name for path in folder.iterdir()} == {"Anna Ancher", "works.csv"}


@pytest.mark.parametrize(
    ("reached", "is_good"),
    [
        (Score(found=199, right=199, true=200), True),
        (Score(found=201, right=199, true=200), False),
        (Score(found=194, right=194, true=200), False),
    ],
)
def test_both_targets_must_be_reached(reached: Score, is_good: bool) -> None:
    assert reaches(reached, least_precision=0.995, least_recall=0.98) is is_good
