"""Limits that hold whatever a host sends: the memory of a run, and the time for one image."""

from __future__ import annotations

import gzip
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.helpers.bad_server import endless, raw, reply, run_bad_server, then
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.faults.kills import OPTIONS
from tests.uploader.faults.scene import (
    Destination,
    Project,
    Row,
    end_of,
    images,
    manifest,
    picture,
    results,
    row_for,
    run_forked,
    start_forked,
)

MIB = 1024 * 1024
# The interpreter with dbt takes 280 of it, images in flight up to 128 by default, one more of 64
# while its bytes are put together; and what is freed does not go back to the system at once.
MOST_MEMORY = 750 * MIB
# All of them at a time would need more.
ROWS = 20


# Less than a single image may be: then one is in memory at a time.
@pytest.mark.parametrize("options", [(), ("--memory=1000",)])
def test_bombs_do_not_fill_the_memory(
    project: Project, folder: Destination, options: tuple[str, ...]
) -> None:
    bomb = reply(gzip.compress(bytes(100_000_000), 9), "200 OK", "Content-Encoding: gzip")
    flood = then(reply(length=64 * MIB), endless(b"x" * 65_536))
    answers = {f"/{number}": [(bomb, flood)[number % 2]] for number in range(ROWS)}
    with run_bad_server(answers) as server:
        project.fill(*(Row(number, f"{server.address}/{number}") for number in range(ROWS)))
        process = start_forked(
            project,
            folder,
            "--allow-private-hosts=127.0.0.1",
            *options,
        )
        most = _most_memory(process)
    assert end_of(process).code == 1
    assert 0 < most < MOST_MEMORY
    reasons = {row["Reason"] for row in results(folder.blobs()).values()}
    assert len(results(folder.blobs())) == ROWS
    assert reasons == {
        f"larger than {64 * MIB:,} bytes",
        "unknown bytes, not an image (bmp, gif, jpeg, png)",
    }


def _most_memory(process: UploaderProcess) -> int:
    """Wait for a process, and return the most bytes that it had in memory.

    What the system says of a process that has ended counts the memory of the one that forked it.
    """
    most = 0
    while process.poll() is None:
        with suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                most = max(most, int(found[1]) * 1024)
        time.sleep(0.02)
    return most


def test_an_image_that_drips_for_ever_does_not_hold_the_run(
    project: Project, folder: Destination
) -> None:
    drip = then(raw(b"HTTP/1.1 200 OK\r\n\r\n"), endless(b"x", pause=0.1))
    pictures = [picture(seed) for seed in range(5)]
    answers = {f"/{i}": [reply(data)] for i, data in enumerate(pictures)}
    with run_bad_server({**answers, "/drip": [drip]}) as server:
        rows = [row_for(server.address, i, data) for i, data in enumerate(pictures)]
        project.fill(*rows, Row(99, f"{server.address}/drip"))
        ended = run_forked(project, folder, *OPTIONS, "--deadline=6")
    assert ended.code == 1
    found = results(folder.blobs())[99]
    assert (found["Outcome"], found["Reason"]) == ("failed", "took longer than 6 s")
    assert found["Tries"] == 1
    assert len(images(folder.blobs())) == 5
    assert len((manifest(folder.blobs()) or "").splitlines()) == 5
