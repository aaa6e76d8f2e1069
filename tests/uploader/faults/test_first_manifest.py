"""If there is no manifest yet, a run that lost its lock does not leave one."""

from __future__ import annotations

import os
import signal
import time

import pytest
from azure.storage.blob import BlobLeaseClient, BlobServiceClient

from tests.helpers.bad_server import reply, run_bad_server
from tests.uploader.faults.gate import Gate, run_gate
from tests.uploader.faults.scene import (
    PREFIX,
    Destination,
    Project,
    end_of,
    images,
    picture,
    row_for,
    run_forked,
    start_forked,
)

OPTIONS = ("--allow-private-hosts=127.0.0.1/32", "--no-results-table")
PUBLISHED = [f"{PREFIX}transferimages.{kind}" for kind in ("txt", "parquet", "results.parquet")]


@pytest.mark.parametrize(
    ("answer", "is_suspended"),
    [(False, True), (True, False)],
    ids=["suspended before the service has it", "cancelled afterwards"],
)
def test_a_run_that_lost_its_lock_leaves_no_first_manifest(
    project: Project, azurite_store: Destination, answer: bool, is_suspended: bool
) -> None:
    """Its request to make the table is kept back, or the answer, while another run takes over."""
    account, data = str(azurite_store.azurite), picture(1)

    def makes_the_table(method: str, path: str) -> bool:
        return method == "PUT" and "transferimages.parquet" in path

    with (
        run_bad_server({"/1": [reply(data)]}) as server,
        run_gate(account, makes_the_table, 1, answer) as gate,
        BlobServiceClient.from_connection_string(account) as service,
    ):
        project.fill(row_for(server.address, 1, data))
        destination = Destination("azure", azurite=gate.connection_string)
        process = start_forked(project, destination, *OPTIONS)
        while not gate.reached.is_set() and process.poll() is None:
            time.sleep(0.01)
        if is_suspended:
            os.kill(process.pid, signal.SIGSTOP)
        lock = BlobLeaseClient(service.get_blob_client("images", f"{PREFIX}transferimages.lock"))
        lock.break_lease(0)
        lock.acquire()
        # Else it notices before it goes on.
        while not (is_suspended or _was_told(gate)) and process.poll() is None:
            time.sleep(0.01)
        gate.opened.set()
        os.kill(process.pid, signal.SIGCONT)
        ended = end_of(process)
        assert ended.code == 1, ended.output
        assert "the lock of the destination was lost: another run" in ended.output
        assert "Traceback" not in ended.output
        blobs = azurite_store.blobs()
        assert f"{PREFIX}transferimages.parquet" not in blobs
        assert f"{PREFIX}transferimages.txt" not in blobs
        assert len(images(blobs)) == 1
        lock.release()
        assert run_forked(project, azurite_store, *OPTIONS).code == 0
        assert set(PUBLISHED) < set(azurite_store.blobs())


def _was_told(gate: Gate) -> bool:
    """Whether the run asked for its lock, and was told that it is another's."""
    return any("comp=lease" in path and status == 409 for path, status in list(gate.answered))
