"""SIGKILL at random points, into Azurite; and the lease that a killed run leaves."""

from __future__ import annotations

import time

from tests.helpers.bad_server import reply, run_bad_server, silence
from tests.uploader.faults.kills import OPTIONS, kill_and_resume
from tests.uploader.faults.scene import (
    Destination,
    Project,
    end_of,
    picture,
    row_for,
    run,
    start,
)

KILLS = 4


def test_a_run_killed_at_any_point_resumes(project: Project, azurite_store: Destination) -> None:
    with run_bad_server() as server:
        kill_and_resume(server, project, azurite_store, KILLS, "--break-lock")


def test_the_lock_of_a_killed_run_can_be_broken(
    project: Project, azurite_store: Destination
) -> None:
    data = picture(1)
    with run_bad_server({"/1": [silence, reply(data)]}) as server:
        project.fill(row_for(server.address, 1, data))
        killed = start(project, azurite_store, *OPTIONS)
        while not server.count and killed.poll() is None:
            time.sleep(0.01)
        killed.kill()
        end_of(killed)
        refused = run(project, azurite_store, *OPTIONS)
        assert refused.code == 3
        assert (
            "The lock of a dead run expires within 30 s. --break-lock ends a live run"
            in refused.output
        )
        assert run(project, azurite_store, *OPTIONS, "--break-lock").code == 0
