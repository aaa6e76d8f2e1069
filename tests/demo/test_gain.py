"""The demo says truly what matching changed."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from demo.gain import Gain, gain

GROUPINGS = st.integers(0, 8).flatmap(
    lambda count: st.lists(st.integers(0, 3), min_size=count, max_size=count)
)


def together(groups: dict[str, int]) -> set[tuple[str, str]]:
    return {pair for pair in combinations(groups, 2) if groups[pair[0]] == groups[pair[1]]}


@given(st.data())
def test_pairs_are_counted_as_if_they_were_listed(data: st.DataObject) -> None:
    groups = data.draw(GROUPINGS)
    again = data.draw(st.permutations(groups))
    before = {str(image): group for image, group in enumerate(groups)}
    after = {str(image): group for image, group in enumerate(again)}
    old, new = together(before), together(after)
    count = len(set(groups))
    assert gain(before, after) == Gain(
        count, count, len(old), len(new), len(new - old), len(old - new)
    )


def test_a_match_that_joins_and_a_pair_that_is_parted_are_both_told() -> None:
    before = {"a": 1, "a, framed": 2, "b": 3, "c": 3, "d": 4}
    after = {"a": 1, "a, framed": 1, "b": 3, "c": 5, "d": 4}
    before_it, now = gain(before, after).sentences()
    assert "1 pairs of images were in one group" in before_it
    assert "kept 4 images" in before_it
    assert "put 1 more pairs together, and parted 1 that" in now
