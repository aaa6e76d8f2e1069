"""A second run into one destination is refused while the first one lives."""

from __future__ import annotations

import threading
import time

from tests.helpers.bad_server import behind, reply, run_bad_server, silence
from tests.uploader.faults.kills import OPTIONS
from tests.uploader.faults.scene import (
    Destination,
    Project,
    end_of,
    images,
    picture,
    row_for,
    run_forked,
    start_forked,
)

# A first run waits for its host until a second one has begun, however long that takes.
PATIENT = (*OPTIONS, "--read-timeout=1000", "--deadline=1000")


def test_the_second_is_refused(project: Project, destination: Destination) -> None:
    gate, data = threading.Event(), picture(1)
    with run_bad_server({"/1": [behind(gate, reply(data))]}) as server:
        project.fill(row_for(server.address, 1, data))
        first = start_forked(project, destination, *PATIENT)
        while not server.count and first.poll() is None:
            time.sleep(0.01)
        second = run_forked(project, destination, *OPTIONS)
        gate.set()
        assert end_of(first).code == 0
        assert second.code == 3
        assert "another run is writing to" in second.output
        assert server.count == 1
    assert list(images(destination.blobs()).values()) == [data]


def test_breaking_the_lock_ends_the_first_at_once(
    project: Project, azurite_store: Destination
) -> None:
    """Although it waits for a host that does not respond."""
    data = picture(1)
    with run_bad_server({"/1": [silence, reply(data)]}) as server:
        project.fill(row_for(server.address, 1, data))
        first = start_forked(project, azurite_store, *PATIENT)
        while not server.count and first.poll() is None:
            time.sleep(0.01)
        second = run_forked(project, azurite_store, *PATIENT, "--break-lock")
        ended = end_of(first)
    assert second.code == 0, second.output
    assert ended.code == 1
    assert "Stopped: the lock of the destination was lost: another run has taken" in ended.output
    assert "Traceback" not in ended.output
    assert list(images(azurite_store.blobs()).values()) == [data]
