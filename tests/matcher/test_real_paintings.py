"""On labelled photographs of paintings, matching finds what hashes miss, and nothing wrong."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.matcher.features import Features, extract
from paintings_dedupe.matcher.geometry import compare

REAL_PAINTINGS = Path(__file__).parents[3] / "shared" / "data" / "real-paintings"


@pytest.fixture(scope="module")
def labelled() -> list[tuple[str, str, Features]]:
    """Artist, work and features of each image."""
    if not REAL_PAINTINGS.is_dir():
        pytest.skip("the real paintings are not beside this checkout")
    with (REAL_PAINTINGS / "works.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        (
            row["LocalPath"].split("/")[1],
            row["WorkId"],
            extract(decode((REAL_PAINTINGS / row["LocalPath"]).read_bytes()).image),
        )
        for row in rows
    ]


def test_matches_join_all_images_of_a_work_and_no_others(
    labelled: list[tuple[str, str, Features]],
) -> None:
    groups = list(range(len(labelled)))
    wrong = []
    for one, other in combinations(range(len(labelled)), 2):
        (artist, work, features), (other_artist, other_work, others) = (
            labelled[one],
            labelled[other],
        )
        if artist != other_artist or groups[one] == groups[other]:
            continue
        if compare(features, others).is_match:
            low, high = sorted((groups[one], groups[other]))
            groups = [low if group == high else group for group in groups]
            if work != other_work:
                wrong.append((work, other_work))
    works = [work for _, work, _ in labelled]
    pairs = [
        pair for pair in combinations(range(len(works)), 2) if works[pair[0]] == works[pair[1]]
    ]
    found = [pair for pair in pairs if groups[pair[0]] == groups[pair[1]]]
    assert not wrong
    assert len(found) / len(pairs) >= 0.98
