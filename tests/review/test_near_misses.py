"""Pairs of kept images that nearly became one group."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.review.near_misses import Near, find_near_misses

IMAGES = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        # Few bits, so that many pairs are near, at both ends of both halves.
        st.sets(st.sampled_from([0, 1, 63, 64, 65, 127]), max_size=4).map(
            lambda bits: f"{sum(1 << bit for bit in bits):032x}"
        ),
    ),
    max_size=12,
)


@given(IMAGES, st.integers(0, 5), st.integers(0, 9), st.sets(st.tuples(*[st.integers(0, 5)] * 2)))
def test_the_nearest_pairs_are_those_of_looking_at_each_pair(
    images: list[tuple[str, str]], within: int, limit: int, left_out: set[tuple[int, int]]
) -> None:
    expected = [
        Near(one, other, distance)
        for one, other in combinations(range(len(images)), 2)
        if images[one][0] == images[other][0]
        and (one, other) not in left_out
        and (distance := (int(images[one][1], 16) ^ int(images[other][1], 16)).bit_count())
        <= within
    ]
    # Small blocks, so that pairs lie within and across them.
    found = find_near_misses(images, within, limit, left_out, block=3)
    assert found.total == len(expected)
    expected.sort(key=lambda near: (near.distance, near.image, near.other))
    assert found.nearest == expected[:limit]
