"""Connected components on a live SQL Server, where all passes are one transaction."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.helpers.dbt_project import ROOT, Dbt, names_in, new_dbt, require_sql_server
from tests.models.components import TYPES, Link, smallest_reachable, write_project

pytestmark = pytest.mark.sqlserver


@pytest.fixture
def components(tmp_path: Path) -> Dbt:
    """A project of one model, made by the materialization `connected_components`."""
    require_sql_server()
    write_project(tmp_path)
    return replace(new_dbt(tmp_path, "sqlserver"), schema="paintings_test_components")


def give(dbt: Dbt, links: list[Link]) -> None:
    with dbt.warehouse() as warehouse:
        warehouse.write("links", TYPES, [list(link) for link in links], replace=True)


def chain_at_random(length: int) -> list[Link]:
    nodes = random.Random(3).sample(range(length), length)  # noqa: S311 (no secret)
    return [("near", *pair) for pair in pairwise(nodes)]


def components_made(dbt: Dbt) -> set[Link]:
    return set(dbt.table("made").itertuples(index=False, name=None))


def test_components_are_put_in_place_whole_and_leave_no_table(components: Dbt) -> None:
    """First, from other links, without any, after an error among the passes, and reading none."""
    command = ("run", "--project-dir", str(components.folder))
    chain = chain_at_random(300)
    for links in ([*chain, ("bold", 3, 7)], [("near", 5, 4)], [], chain):
        give(components, links)
        components.succeed(*command)
        assert components_made(components) == smallest_reachable(links)
        assert names_in(components) == {"links", "made"}
    failed = components.run(*command, "--full-refresh", most_passes=2)
    assert "made: after 2 passes" in " ".join(failed.stdout.split())
    assert components_made(components) == smallest_reachable(chain)
    assert names_in(components) == {"links", "made"}
    components.succeed(*command, "--empty")
    assert components_made(components) == set()


def test_a_build_of_components_that_is_killed_changes_nothing(components: Dbt) -> None:
    """The server takes back all that the build did, and the next one is as good as any."""
    command = ("run", "--project-dir", str(components.folder))
    give(components, [("near", 5, 4)])
    components.succeed(*command)
    chain = chain_at_random(3_000)
    give(components, chain)
    with subprocess.Popen(
        [Path(sys.executable).parent / "dbt", "--debug", *command, "--target", "sqlserver"],
        cwd=ROOT,
        env=components.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as build:
        assert build.stdout
        # Made in the second pass; at least one more follows.
        assert any("made__dbt_taken_0" in line for line in build.stdout)
        build.kill()
    while names_in(components) != {"links", "made"}:
        time.sleep(0.5)
    assert components_made(components) == smallest_reachable([("near", 5, 4)])
    components.succeed(*command)
    assert components_made(components) == smallest_reachable(chain)
    assert names_in(components) == {"links", "made"}
