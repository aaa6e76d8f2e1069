"""Other programs are measured where they are installed, and skipped with a reason elsewhere."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from benchmarks.near_duplicates.peers.run import Measured, Skipped, measure_peers
from benchmarks.near_duplicates.quality import best_of
from benchmarks.near_duplicates.scoring import Link
from tests.helpers.painted import painted

PEERS = Path(sys.prefix) / "peers" / "bin" / "python"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A picture, a smaller copy of it, and another."""
    files = [tmp_path / f"{name}.png" for name in ("one", "copy", "other")]
    images = (painted(1), painted(1).resize((240, 180)), painted(2))
    for file, image in zip(files, images, strict=True):
        image.save(file)
    return files


@pytest.mark.skipif(
    importlib.util.find_spec("pdqhash") is not None, reason="this environment has PDQ"
)
def test_a_program_that_is_not_installed_is_skipped(files: list[Path], tmp_path: Path) -> None:
    artists = ["Manet"] * 3
    answers = dict(measure_peers(["PDQ"], files, artists, tmp_path / "peers", Path(sys.executable)))
    assert answers == {"PDQ": Skipped("pdqhash is not installed")}


@pytest.mark.skipif(not PEERS.exists(), reason="the benchmark has not installed the peers")
@pytest.mark.parametrize("name", ["PDQ", "imagededup dHash"])
def test_a_program_finds_the_copy_of_an_artist(
    name: str, files: list[Path], tmp_path: Path
) -> None:
    # The last is the first again, but of another artist.
    files = [*files, tmp_path / "again.png"]
    files[3].write_bytes(files[0].read_bytes())
    artists = ["Manet", "Manet", "Manet", "Monet"]
    answer = dict(measure_peers([name], files, artists, tmp_path / "peers", PEERS))[name]
    assert isinstance(answer, Measured), answer
    links = answer.settings[answer.default]
    assert [pair for distance, *pair in links if distance <= answer.limit] == [[0, 1]]
    assert answer.cpu_seconds > 0


@pytest.mark.parametrize(
    ("settings", "f1", "text"),
    [
        ({"<= {limit} bits": [(2, 0, 1), (5, 2, 3), (9, 0, 2)]}, 1, "<= 5 bits"),
        # The default is kept, unless another is better.
        ({"<= {limit} bits": [(1, 0, 1)], "equal": [(0, 0, 1)]}, 2 / 3, "<= 1 bits"),
        ({"<= {limit} bits": [(9, 0, 2)], "equal": [(0, 0, 1), (0, 2, 3)]}, 1, "equal"),
        # More inliers are better.
        ({">= {limit} inliers": [(-30, 0, 1), (-8, 2, 3), (-5, 1, 2)]}, 1, ">= 8 inliers"),
    ],
)
def test_the_best_setting_is_found(
    settings: Mapping[str, list[Link]], f1: float, text: str
) -> None:
    answer = Measured("1.0", 0.0, next(iter(settings)), 1, settings)
    best, setting = best_of(answer, 4, {frozenset((0, 1)), frozenset((2, 3))})
    assert (best.f1, setting) == (pytest.approx(f1), text)
