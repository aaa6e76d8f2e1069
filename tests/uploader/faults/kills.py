"""Kill the command repeatedly, and check the store each time."""

from __future__ import annotations

import io
import random
import re
import signal
import time

import pyarrow.parquet as pq

from tests.helpers.bad_server import BadServer, reply, slowly
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.faults.processes import kill_all, wait_until_gone
from tests.uploader.faults.scene import (
    PREFIX,
    Destination,
    Project,
    end_of,
    images,
    manifest,
    md5_hex,
    picture,
    row_for,
    run_forked,
    start_forked,
)

OPTIONS = ("--allow-private-hosts=127.0.0.1/32", "--workers=4", "--no-results-table")
# How long after its last request a run is killed at the latest: it decodes, stores, lists,
# publishes and ends in about so many seconds.
_LAST_PHASES_SECONDS = 0.4


class Gallery:
    """A server of pictures, and a table that names more and more of them."""

    def __init__(self, server: BadServer, project: Project, size: int) -> None:
        self._server = server
        self._project = project
        pictures = [picture(seed) for seed in range(size)]
        self._rows = [row_for(server.address, number, data) for number, data in enumerate(pictures)]
        self.digests = [md5_hex(data) for data in pictures]
        server.answers = {
            f"/{number}": [slowly(reply(data), 0.02)] for number, data in enumerate(pictures)
        }

    def fill(self, size: int) -> None:
        """Let the table name the first `size` pictures."""
        self._project.fill(*self._rows[:size])

    def requested(self) -> list[int]:
        """The pictures that were asked for since the last call, as often as they were."""
        found = [
            int(path.removeprefix("/"))
            for path, heads in self._server.requests.items()
            for _ in heads
        ]
        self._server.requests.clear()
        return found


def kill_and_resume(
    server: BadServer, project: Project, destination: Destination, kills: int, *options: str
) -> None:
    """Kill so many runs, each over a larger table, then let two end.

    After every kill each image in the store is whole, the manifest that stands is a complete one,
    what was stored is not downloaded again, and no process is left.
    """
    chance = random.Random(kills)  # noqa: S311 (where to kill, not a secret)
    # Some kills come too late, most of them on a busy machine.
    sizes = [5 + 5 * number for number in range(6 * kills)]
    gallery = Gallery(server, project, sizes[-1])
    arguments = (*OPTIONS, *options)
    killed, published = 0, []
    seen: set[int] = set()
    for size in sizes:
        gallery.fill(size)
        published.append(size)
        process = start_forked(project, destination, *arguments)
        if _kill(process, server, size - len(seen), chance):
            killed += 1
        assert wait_until_gone(process.pid), "processes were left behind"
        requested = gallery.requested()
        assert len(requested) == len(set(requested)), "one run downloaded a picture twice"
        assert not seen.intersection(requested), "what was stored was downloaded again"
        seen = _check_store(destination, gallery, published)
        if killed == kills:
            break
    assert killed == kills
    assert run_forked(project, destination, *arguments).code == 0
    assert not seen.intersection(gallery.requested())
    assert _check_store(destination, gallery, [size]) == set(range(size))
    assert run_forked(project, destination, *arguments).code == 0
    assert gallery.requested() == []


def _kill(process: UploaderProcess, server: BadServer, missing: int, chance: random.Random) -> bool:
    """Kill the run at a random point; return whether it was still there."""
    # Below 0: while it starts.
    requests = chance.randint(-1, missing)
    pause = chance.uniform(0, _LAST_PHASES_SECONDS if requests == missing else 0.05)
    while requests >= 0 and server.count < requests and process.poll() is None:
        time.sleep(0.002)
    time.sleep(pause if requests >= 0 else 20 * pause)
    process.kill()
    try:
        return end_of(process).code == -signal.SIGKILL
    finally:
        if not wait_until_gone(process.pid):
            kill_all(process.pid, signal.SIGKILL)


def _check_store(destination: Destination, gallery: Gallery, published: list[int]) -> set[int]:
    """Compare what a reader of the store sees with the truth; return the pictures in it."""
    blobs = destination.blobs()
    found = set()
    for name, data in images(blobs).items():
        number = int(name.rpartition("/")[2].removesuffix(".jpeg"), 16)
        assert md5_hex(data) == gallery.digests[number], f"{name} is not whole"
        found.add(number)
    text = manifest(blobs)
    if text is not None:
        assert text.endswith("\n")
        numbers = [int(line, 16) for line in re.findall(r"^\S+ \S+/ (\S+)\.jpeg$", text, re.M)]
        assert len(numbers) == len(text.splitlines())
        assert sorted(numbers) in [list(range(size)) for size in published]
        assert found.issuperset(numbers)
    for name in ("transferimages.parquet", "transferimages.results.parquet"):
        if f"{PREFIX}{name}" in blobs:
            assert pq.read_table(io.BytesIO(blobs[f"{PREFIX}{name}"])).num_rows in published
    return found
