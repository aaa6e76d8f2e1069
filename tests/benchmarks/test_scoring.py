"""Groups are judged by their pairs, at every limit as if the images were grouped anew."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.near_duplicates.scoring import Score, pairs_of, score, score_at, scores_by_limit

IMAGES = 7
PLACES = st.tuples(st.integers(0, IMAGES - 1), st.integers(0, IMAGES - 1))
PAIRS = PLACES.filter(lambda pair: pair[0] != pair[1])


def test_what_precision_and_recall_are() -> None:
    found = pairs_of({"a": 1, "b": 1, "c": 1, "d": 2})
    truth = {frozenset("ab"), frozenset("cd")}
    assert score(found, truth) == Score(found=3, right=1, true=2)
    reached = score(found, truth)
    assert (reached.precision, reached.recall, reached.f1) == (1 / 3, 1 / 2, 0.4)


def test_finding_nothing_is_precise() -> None:
    reached = score(set(), {frozenset("ab")})
    assert (reached.precision, reached.recall, reached.f1) == (1, 0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 4), PAIRS), max_size=15),
    st.sets(PAIRS.map(frozenset), max_size=8),
)
def test_every_limit_gives_the_pairs_of_its_components(
    distances: list[tuple[int, tuple[int, int]]], truth: set[frozenset[int]]
) -> None:
    links = [(float(distance), one, other) for distance, (one, other) in distances]
    for limit, reached in scores_by_limit(links, IMAGES, truth):
        groups = list(range(IMAGES))
        for distance, one, other in links:
            if distance <= limit:
                groups = [groups[one] if group == groups[other] else group for group in groups]
        found = {
            frozenset(pair)
            for pair in combinations(range(IMAGES), 2)
            if groups[pair[0]] == groups[pair[1]]
        }
        assert reached == Score(len(found), len(found & truth), len(truth))
        assert score_at(limit, links, IMAGES, truth) == reached
