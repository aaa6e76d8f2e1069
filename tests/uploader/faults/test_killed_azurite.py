"""SIGKILL at random points, into Azurite; and the lease that a killed run leaves."""

from __future__ import annotations

import time

from tests.helpers.bad_server import reply, run_bad_server, silence
from tests.uploader.faults.gate import run_gate
from tests.uploader.faults.kills import OPTIONS, kill_and_resume
from tests.uploader.faults.scene import (
    Destination,
    Project,
    end_of,
    picture,
    row_for,
    run_forked,
    start_forked,
)

KILLS = 4


def test_a_run_killed_at_any_point_resumes(project: Project, azurite_store: Destination) -> None:
    with run_bad_server() as server:
        kill_and_resume(server, project, azurite_store, KILLS, "--break-lock")


def test_the_lock_of_a_killed_run_can_be_broken(
    project: Project, azurite_store: Destination
) -> None:
    data, account = picture(1), str(azurite_store.azurite)

    def takes_the_lock(method: str, path: str) -> bool:
        return method == "PUT" and "transferimages.lock" in path and "comp=lease" in path

    with (
        run_bad_server({"/1": [silence, reply(data)]}) as server,
        run_gate(account, takes_the_lock, 1, False) as gate,
    ):
        project.fill(row_for(server.address, 1, data))
        killed = start_forked(project, azurite_store, *OPTIONS)
        while not server.count and killed.poll() is None:
            time.sleep(0.01)
        # It may start slowly, and the lock of a killed run lives on for 30 s only.
        second = start_forked(
            project, Destination("azure", azurite=gate.connection_string), *OPTIONS
        )
        while not gate.reached.is_set() and second.poll() is None:
            time.sleep(0.01)
        killed.kill()
        end_of(killed)
        gate.opened.set()
        refused = end_of(second)
        assert refused.code == 3, refused.output
        assert (
            "The lock of a dead run expires within 30 s. --break-lock ends a live run"
            in refused.output
        )
        assert run_forked(project, azurite_store, *OPTIONS, "--break-lock").code == 0
