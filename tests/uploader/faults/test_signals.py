"""Ctrl-C and SIGTERM: once, what is in flight is finished; twice, the run ends at once."""

from __future__ import annotations

import signal
import subprocess
import threading
import time

import pytest

from tests.helpers.bad_server import behind, reply, run_bad_server
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
    run,
    start,
)

ROWS, WORKERS = 10, 4
OPTIONS = ("--allow-private-hosts=127.0.0.1/32", f"--workers={WORKERS}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_and_twice(project: Project, folder: Destination, number: signal.Signals) -> None:
    gate = threading.Event()
    pictures = [picture(seed) for seed in range(ROWS)]
    answers = {f"/{i}": [behind(gate, reply(data))] for i, data in enumerate(pictures)}
    with run_bad_server(answers) as server:
        project.fill(*(row_for(server.address, i, data) for i, data in enumerate(pictures)))

        def interrupted() -> subprocess.Popen[str]:
            """A run with all its workers waiting at the gate, that was told to stop."""
            server.requests.clear()
            process = start(project, folder, *OPTIONS)
            while server.count < WORKERS and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(number)
            assert process.stderr
            assert any("Finishing what is in flight" in line for line in process.stderr)
            return process

        twice = interrupted()
        twice.send_signal(number)
        ended = end_of(twice)
        assert ended.code == 130
        assert "Run the same command again to go on." in ended.output
        assert "Traceback" not in ended.output
        assert images(folder.blobs()) == {}
        assert wait_until_gone(twice.pid)

        once = interrupted()
        gate.set()
        ended = end_of(once)
        assert ended.code == 130
        assert "run the same command again to go on" in ended.output
        assert server.count == WORKERS
        assert len(images(folder.blobs())) == WORKERS
        assert manifest(folder.blobs()) is None
        outcomes = [(row["Outcome"], row["Reason"]) for row in results(folder.blobs()).values()]
        assert outcomes.count(("uploaded", None)) == WORKERS
        assert outcomes.count(("pending", "not tried: interrupted")) == ROWS - WORKERS
        assert len(project.table("UploadResults")) == ROWS

        assert run(project, folder, *OPTIONS).code == 0
        assert server.count == ROWS
        assert len(images(folder.blobs())) == ROWS
