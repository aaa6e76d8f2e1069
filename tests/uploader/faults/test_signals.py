"""Ctrl-C and SIGTERM: once, what is in flight is finished; twice, the run ends at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.bad_server import BadServer, behind, reply, run_bad_server
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.faults.processes import wait_until_gone
from tests.uploader.faults.scene import (
    Destination,
    Project,
    end_of,
    images,
    manifest,
    picture,
    results,
    row_for,
    run_forked,
    start_forked,
)

ROWS, WORKERS = 10, 4
OPTIONS = ("--allow-private-hosts=127.0.0.1/32", f"--workers={WORKERS}")
AGAIN = "press Ctrl-C again to end at once"


@dataclass
class Gallery:
    """A server that keeps every request waiting until `gate` opens, and a run against it."""

    server: BadServer
    gate: threading.Event
    project: Project
    folder: Destination

    def interrupt(
        self, number: signal.Signals, *options: str, asked: int = WORKERS, told: str = AGAIN
    ) -> UploaderProcess:
        """Begin a run, signal it while so many of its requests wait, and read until it says so."""
        self.server.requests.clear()
        process = start_forked(self.project, self.folder, *OPTIONS, *options)
        while self.server.count < asked and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        assert any(told in line for line in process.stderr)
        return process

    def outcomes(self) -> list[tuple[str, str | None]]:
        """The outcome and reason of each row."""
        rows = results(self.folder.blobs()).values()
        return [(row["Outcome"], row["Reason"]) for row in rows]


@pytest.fixture
def gallery(project: Project, folder: Destination) -> Iterator[Gallery]:
    gate = threading.Event()
    pictures = [picture(seed) for seed in range(ROWS)]
    answers = {f"/{i}": [behind(gate, reply(data))] for i, data in enumerate(pictures)}
    with run_bad_server(answers) as server:
        project.fill(*(row_for(server.address, i, data) for i, data in enumerate(pictures)))
        yield Gallery(server, gate, project, folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once(gallery: Gallery, number: signal.Signals) -> None:
    process = gallery.interrupt(number, told=f"Finishing {WORKERS} images; {AGAIN}")
    gallery.gate.set()
    ended = end_of(process)
    assert ended.code == 130
    assert "run the same command again" in ended.output
    assert gallery.server.count == WORKERS
    blobs = gallery.folder.blobs()
    assert len(images(blobs)) == WORKERS
    assert manifest(blobs) is None
    outcomes = gallery.outcomes()
    assert outcomes.count(("uploaded", None)) == WORKERS
    assert outcomes.count(("pending", "not tried: interrupted")) == ROWS - WORKERS
    assert len(gallery.project.table("UploadResults")) == ROWS


def test_rows_that_wait_for_a_busy_host_are_not_in_flight(gallery: Gallery) -> None:
    """They may be a thousand, and would keep the run going for minutes."""
    process = gallery.interrupt(signal.SIGINT, "--per-host=2", asked=2)
    gallery.gate.set()
    assert end_of(process).code == 130
    assert gallery.server.count == 2
    assert len(images(gallery.folder.blobs())) == 2
    outcomes = gallery.outcomes()
    assert outcomes.count(("uploaded", None)) == 2
    assert outcomes.count(("pending", "not tried: interrupted")) == ROWS - 2


def test_rows_that_wait_for_another_try_are_not_in_flight(gallery: Gallery) -> None:
    """Nobody opens the gate here: only the host's wish for a minute's quiet is waited for."""
    busy = reply(b"", "503 Service Unavailable", "Retry-After: 60")
    gallery.server.answers = {f"/{i}": [busy] for i in range(ROWS)}
    process = gallery.interrupt(signal.SIGINT, "--workers=1", "--per-host=1", asked=1)
    assert end_of(process).code == 130
    rows = [row for row in results(gallery.folder.blobs()).values() if row["Tries"]]
    assert [(row["Outcome"], row["Reason"], row["Tries"]) for row in rows] == [
        ("pending", "not tried again: interrupted", 1)
    ]


def test_twice(gallery: Gallery) -> None:
    process = gallery.interrupt(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    ended = end_of(process)
    assert ended.code == 130
    assert "Run the same command again to go on." in ended.output
    assert "Traceback" not in ended.output
    assert images(gallery.folder.blobs()) == {}
    assert wait_until_gone(process.pid)

    gallery.gate.set()
    assert run_forked(gallery.project, gallery.folder, *OPTIONS).code == 0
    assert len(images(gallery.folder.blobs())) == ROWS
