"""A run connects to no forbidden address, whether a row names it or a redirect leads there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.addresses import FORBIDDEN, Forbidden, named_address, watched_port
from tests.helpers.bad_server import redirect, run_bad_server
from tests.uploader.faults.cases_of_rows import is_taken_for_no_host
from tests.uploader.faults.scene import Destination, Project, Row, results, run_forked

# Only this loopback address is allowed to the run.
HOST = "127.0.0.2"


@dataclass(frozen=True)
class Finished:
    """What a run said of each host, in the order of the table: of the row's, of the redirect's."""

    direct: list[tuple[str, str]]
    redirected: list[tuple[str, str]]
    redirects: int
    has_connected: bool


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("addresses")
    destination = Destination(str(folder / "blobs"), folder=folder / "blobs")
    project = Project(folder / "project")
    count = len(FORBIDDEN)
    with run_bad_server(host=HOST) as server, watched_port() as (port, was_connected_to):
        urls = [f"http://{one.host}:{port}/x.jpg" for one in FORBIDDEN]
        server.answers = {f"/{number}": [redirect(url)] for number, url in enumerate(urls)}
        urls += [f"{server.address}/{number}" for number in range(count)]
        project.fill(*(Row(number, url) for number, url in enumerate(urls)))
        ended = run_forked(project, destination, "--tries=1", f"--allow-private-hosts={HOST}")
        assert ended.code == 1, ended.output
        found = results(destination.blobs())
        told = [(found[row]["Outcome"], found[row]["Reason"]) for row in range(2 * count)]
        yield Finished(told[:count], told[count:], server.count, was_connected_to())


@pytest.mark.parametrize(("number", "one"), list(enumerate(FORBIDDEN)), ids=map(str, FORBIDDEN))
def test_a_forbidden_address_is_refused(finished: Finished, number: int, one: Forbidden) -> None:
    for outcome, reason in (finished.direct[number], finished.redirected[number]):
        assert outcome == "refused", reason
        if is_taken_for_no_host(one):
            assert reason == f"not a usable URL: {one.host} - is not a canonical IPv4 address"
        else:
            assert named_address(reason) in one.addresses


def test_no_request_left(finished: Finished) -> None:
    """Each redirect was asked for once, and followed nowhere."""
    assert finished.redirects == len(FORBIDDEN)
    assert not finished.has_connected
