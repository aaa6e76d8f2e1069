"""SIGKILL at random points, into a folder; and what becomes of the processes of a killed run."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.helpers.bad_server import run_bad_server
from tests.uploader.faults.kills import kill_and_resume
from tests.uploader.faults.processes import kill_all, wait_until_gone
from tests.uploader.faults.scene import PATIENCE_SECONDS, ROOT, Destination, Project

KILLS = 8

HANG_AND_DIE = """
import asyncio, os, signal
from tests.uploader.faults.works import hang
from uploader.images.decoders import Decoders
from uploader.images.check import Claim

async def main():
    decoders = Decoders(processes=1, work=hang)
    claim = Claim("jpeg", ["jpeg"], False, "", 0)
    task = asyncio.create_task(decoders.check(b"", claim))
    # The decoder says that it hangs by making this file.
    while not os.path.exists(os.environ["HANGS"]):
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_run_killed_at_any_point_resumes(project: Project, folder: Destination) -> None:
    with run_bad_server() as server:
        kill_and_resume(server, project, folder, KILLS)


def test_a_decoder_that_hangs_ends_with_its_run(tmp_path: object) -> None:
    script = f"{tmp_path}/script.py"
    with open(script, "w", encoding="utf-8") as file:
        file.write(HANG_AND_DIE)
    with subprocess.Popen(
        [sys.executable, script],
        env={"PYTHONPATH": str(ROOT), "HANGS": f"{tmp_path}/hangs"},
        start_new_session=True,
    ) as process:
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    try:
        assert wait_until_gone(process.pid)
    finally:
        kill_all(process.pid, signal.SIGKILL)
