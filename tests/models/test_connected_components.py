"""The materialization `connected_components`: its selects on any graph, and builds with it."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import duckdb
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.helpers.dbt_project import Dbt, new_dbt
from tests.helpers.examples import examples
from tests.models.components import Components, Link, smallest_reachable, write_project

COLUMNS = ["Strength", "FingerprintNumber", "Label"]


def components(links: list[Link]) -> tuple[set[Link], int]:
    """What the selects make of links, and in how many passes."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table given (Strength varchar, FingerprintNumber bigint, Label bigint)"
        )
        if links:
            connection.execute(f"insert into given values {', '.join(map(str, links))}")
        passes = Components("made", COLUMNS, "select * from given").create(connection)
        rows = connection.execute("select * from made").fetchall()
    assert len(rows) == len(set(rows))
    return set(rows), passes


GRAPHS = 10
"""How many graphs one build has: most of its time does not depend on them."""
_LINKS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)))


@examples(12)
@given(st.tuples(*[_LINKS] * GRAPHS))
@example([[(1, 1)]])
def test_every_node_has_the_smallest_that_it_is_joined_to(
    graphs: Sequence[list[tuple[int, int]]],
) -> None:
    """Graphs do not meet; links to oneself, links given twice and either way do not matter."""
    links = [(f"graph {n}", *link) for n, graph in enumerate(graphs) for link in graph]
    found, _ = components(links)
    assert found == smallest_reachable(links)


_PAIR = st.tuples(st.integers(1, 9), st.integers(1, 9)).map(sorted).filter(lambda p: p[0] != p[1])
_LINKS_AND_APART = st.tuples(st.lists(_PAIR, max_size=25), st.lists(_PAIR, max_size=6))
Pairs = list[list[int]]


@examples(15)
@given(st.tuples(*[_LINKS_AND_APART] * GRAPHS))
@example([([[1, 2]], [[1, 2]]), ([[1, 2], [2, 3], [2, 4]], [[1, 3], [1, 4]])])
def test_apart_links_are_followed_from_the_firmest_to_the_weakest(
    graphs: Sequence[tuple[Pairs, Pairs]],
) -> None:
    """As by one link after the other, each unless it brings together what must stay apart."""
    label: dict[int, int] = {}
    all_links: Pairs = []
    all_apart: Pairs = []
    for number, pairs in enumerate(graphs):
        # No node is in two graphs.
        links, apart = ([[10 * number + node for node in pair] for pair in some] for some in pairs)
        label |= followed(range(10 * number + 1, 10 * number + 10), links, apart)
        all_links += links
        all_apart += apart
    found, passes = kept_apart(label, all_links, all_apart)
    assert found == label
    assert passes < 9


def followed(nodes: Iterable[int], links: Pairs, apart: Pairs) -> dict[int, int]:
    """The label of each node after one link after the other."""
    label = {node: node for node in nodes}
    for one, other in links:
        low, high = sorted((label[one], label[other]))
        joined = {node: low if found == high else found for node, found in label.items()}
        if all(joined[a] != joined[b] for a, b in apart):
            label = joined
    return label


def kept_apart(
    nodes: Iterable[int], links: Iterable[Sequence[int]], apart: Iterable[Sequence[int]]
) -> tuple[dict[int, int], int]:
    """The label of each node, if links are followed in their order; and in how many passes."""
    rows = [(0, node, node) for node in nodes]
    rows += [(place, *pair) for place, pair in enumerate(links, 1)]
    rows += [(-1, *pair) for pair in apart]
    given = pd.DataFrame(rows, columns=["Place", "Node", "Label"])
    with duckdb.connect() as connection:
        connection.register("given", given)
        made = Components("made", list(given), "select * from given", apart=True)
        passes = made.create(connection)
        found = connection.execute("select * from made").fetchall()
    assert {place for place, _, _ in found} == {0}
    assert len(found) == len(given[given["Place"] == 0])
    return {node: label for _, node, label in found}, passes


@pytest.mark.parametrize("shape", ["star", "chain", "all pairs"])
def test_a_large_group_with_one_verdict_takes_few_passes(shape: str) -> None:
    """Also if the firmest link of each node is one of a node that another one joins first."""
    nodes = range(1, 301)
    links = {
        "star": [(1, node) for node in nodes[1:]],
        "chain": list(pairwise(nodes)),
        "all pairs": list(combinations(nodes, 2)),
    }[shape]
    found, passes = kept_apart(nodes, links, [(1, 300)])
    assert found == dict.fromkeys(nodes[:-1], 1) | {300: 300}
    assert passes <= 10


def in_order(count: int) -> list[int]:
    return list(range(count))


def shuffled(count: int) -> list[int]:
    return random.Random(0).sample(range(count), count)  # noqa: S311 (no secret)


def halves(count: int) -> list[int]:
    """Small and large in turn, so that every second node is the smallest around."""
    return [number // 2 + (number % 2) * count for number in range(count)]


def by_twos(count: int) -> list[int]:
    """As bits backwards: of the nodes that are left, every second is the smallest around again."""
    return sorted(range(count), key=lambda number: f"{number:020b}"[::-1])


@pytest.mark.parametrize("order", [in_order, shuffled, halves, by_twos])
@pytest.mark.parametrize("is_ring", [False, True])
def test_a_pass_halves_a_chain_in_whatever_order_it_comes(order: object, is_ring: bool) -> None:
    """So that a bound of 64 passes is none for 5,000 nodes, nor for any table."""
    numbers: list[int] = order(5_000)  # type: ignore[operator]
    links = [
        ("near", one, other) for one, other in zip(numbers, numbers[1:] + numbers[:1], strict=True)
    ]
    found, passes = components(links if is_ring else links[:-1])
    assert {label for _, _, label in found} == {min(numbers)}
    assert {node for _, node, _ in found} == set(numbers)
    assert passes <= 13


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """A project of one model, with the macros of this one."""
    folder = tmp_path_factory.mktemp("components")
    write_project(folder)
    return new_dbt(folder)


def build(dbt: Dbt, *options: str, **variables: object) -> subprocess.CompletedProcess[str]:
    return dbt.run("run", "--project-dir", str(dbt.folder), *options, **variables)


def give(dbt: Dbt, links: list[Link]) -> None:
    with duckdb.connect(str(dbt.database)) as connection:
        connection.execute(
            "create or replace table links"
            " (Strength varchar, FingerprintNumber bigint, Label bigint)"
        )
        if links:
            connection.executemany("insert into links values (?, ?, ?)", links)


def tables(dbt: Dbt) -> dict[str, set[Link]]:
    """All relations of the database with their rows."""
    with duckdb.connect(str(dbt.database), read_only=True) as connection:
        names = connection.execute("select table_name from information_schema.tables").fetchall()
        return {name: set(connection.execute(f"from {name}").fetchall()) for (name,) in names}


def test_dbt_makes_the_table_and_leaves_no_other(dbt: Dbt) -> None:
    """First, then again from other links, without any, and without reading any."""
    numbers = shuffled(500)
    chain = [("near", *pair) for pair in pairwise(numbers)]
    for links, options in [
        ([*chain, ("bold", 3, 7)], []),
        ([("near", 5, 4)], ["--full-refresh"]),
        ([], []),
        (chain, []),
    ]:
        give(dbt, links)
        finished = build(dbt, *options)
        assert finished.returncode == 0, finished.stdout
        assert tables(dbt) == {"links": set(links), "made": smallest_reachable(links)}
    assert build(dbt, "--empty").returncode == 0
    assert tables(dbt) == {"links": set(chain), "made": set()}


def test_a_build_that_fails_leaves_the_table_as_it_was(dbt: Dbt) -> None:
    give(dbt, [("near", 1, 2)])
    assert build(dbt).returncode == 0
    before = tables(dbt)["made"]
    chain = [("near", *pair) for pair in pairwise(shuffled(500))]
    give(dbt, chain)
    finished = build(dbt, most_passes=2)
    assert finished.returncode != 0
    said = " ".join(finished.stdout.split())
    assert "made: after 2 passes" in said
    assert "most_passes" in said
    assert tables(dbt) == {"links": set(chain), "made": before}


def test_what_an_interrupted_build_left_goes_at_the_next(dbt: Dbt) -> None:
    """As on a server whose statements are committed one by one."""
    give(dbt, [("near", 1, 2)])
    left = ["links_0", "links_1", "first_0", "first_1", "taken_0", "taken_1", "later_0", "later_1"]
    with duckdb.connect(str(dbt.database)) as connection:
        for name in (*left, "tmp", "backup"):
            connection.execute(f"create table made__dbt_{name} as from links")
        # By way of such a view, dbt-sqlserver makes a table.
        for name in left:
            connection.execute(
                f"create view made__dbt_{name}__dbt_tmp_vw as from made__dbt_links_0"
            )
    assert build(dbt).returncode == 0
    assert set(tables(dbt)) == {"links", "made"}
