"""`ingest csv` refuses every address that the uploader refuses, and connects to none of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from paintings_dedupe.ingest.cli import cli
from tests.helpers.addresses import FORBIDDEN, Forbidden, named_address, watched_port
from tests.helpers.bad_server import redirect, run_bad_server

# Only this loopback address is allowed to the run.
HOST = "127.0.0.2"


@dataclass(frozen=True)
class Finished:
    """Why each host was skipped, in the order of the table: named by the list, by a redirect."""

    direct: list[str]
    redirected: list[str]
    redirects: int
    has_connected: bool


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("addresses")
    count = len(FORBIDDEN)
    with run_bad_server(host=HOST) as server, watched_port() as (port, was_connected_to):
        urls = [f"http://{one.host}:{port}/x.jpg" for one in FORBIDDEN]
        server.answers = {f"/{number}": [redirect(url)] for number, url in enumerate(urls)}
        urls += [f"{server.address}/{number}" for number in range(count)]
        _write_list(folder / "list.csv", urls)
        arguments = ["csv", str(folder / "list.csv"), "--out", str(folder / "paintings.csv")]
        options = ["--tries=1", f"--allow-private-hosts={HOST}", "--contact=me@museum.org"]
        ended = CliRunner().invoke(cli, [*arguments, *options])
        assert ended.exit_code == 1, ended.output
        assert "no usable image was found" in ended.stderr
        reasons = _reasons(folder / "paintings.skipped.csv")
        told = [reasons[number] for number in range(2 * count)]
        yield Finished(told[:count], told[count:], server.count, was_connected_to())


def _write_list(path: Path, urls: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Artist", "Name", "URL"), *(("A", "n", url) for url in urls)])


def _reasons(skipped: Path) -> dict[int, str]:
    """Why a row was skipped, by its number in the list."""
    with skipped.open(encoding="utf-8", newline="") as file:
        return {
            int(row["Where"].removeprefix("line ").partition(":")[0]) - 2: row["Reason"]
            for row in csv.DictReader(file)
        }


@pytest.mark.parametrize(("number", "one"), list(enumerate(FORBIDDEN)), ids=map(str, FORBIDDEN))
def test_a_forbidden_address_is_refused(finished: Finished, number: int, one: Forbidden) -> None:
    for reason in (finished.direct[number], finished.redirected[number]):
        assert named_address(reason) in one.addresses


def test_no_request_left(finished: Finished) -> None:
    """Each redirect was asked for once, and followed nowhere."""
    assert finished.redirects == len(FORBIDDEN)
    assert not finished.has_connected
