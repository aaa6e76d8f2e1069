"""Two uploaders with random prefixes, sizes and stops leave no wrong byte in one folder or Azurite.

The seeds are fixed. ``PAIRS=100 pytest tests/uploader/faults/test_two_uploaders.py`` tries more.
"""

from __future__ import annotations

import io
import os
import random
import re
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient

from tests.helpers.bad_server import Answer, BadServer, behind, reply, run_bad_server
from tests.helpers.warm_uploader import UploaderProcess
from tests.uploader.faults.gate import Which, run_gate
from tests.uploader.faults.scene import (
    Destination,
    Ended,
    Project,
    Row,
    end_of,
    hash_of,
    picture,
    start_forked,
)
from uploader.publishing.manifest import lock_name
from uploader.publishing.nesting import outer_prefixes

PAIRS = int(os.environ.get("PAIRS", "0"))
NUMBERS, VERSIONS = range(30), range(2)
OPTIONS = ("--allow-private-hosts=127.0.0.1/32", "--no-results-table", "--prune")
# Some of which are in each other's folders, and some of which only look as if they were.
PREFIXES = ("", "a", "a/b", "a_b", "A", "Train", "a/Train/b", "a/b/Test")

PUBLISHED = [f"transferimages.{kind}" for kind in ("txt", "parquet", "results.parquet")]

STOPS = (None, signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)

# The version of each picture, by its number: what a table says.
Table = dict[int, int]


@cache
def _image(number: int, version: int) -> bytes:
    """Every third one is larger than what is written without a thread."""
    seed = len(VERSIONS) * number + version
    return picture(seed, "BMP", 130) if number % 3 == 0 else picture(seed)


def _kind(number: int) -> str:
    return "bmp" if number % 3 == 0 else "jpeg"


def _name(number: int) -> str:
    side = "Train" if number % 10 < 8 else "Test"
    return f"{side}/Claude Monet/{number:05x}.{_kind(number)}"


def _images(table: Table) -> dict[str, bytes]:
    """Return the blobs that a run over this table stores, by the name below its prefix."""
    return {_name(number): _image(number, version) for number, version in table.items()}


@cache
def _hash(number: int, version: int) -> str:
    return hash_of(_image(number, version))


@dataclass(frozen=True)
class Uploader:
    """One user of a store, with a table of his own."""

    user: str
    project: Project
    server: BadServer
    prefix: str

    def start(self, destination: Destination, table: Table, *options: str) -> UploaderProcess:
        """Begin to upload a table."""
        self.project.fill(
            *(
                Row(
                    number,
                    f"{self.server.address}/{self.user}/{number}-{version}",
                    _hash(number, version),
                    encoding_format=_kind(number),
                    random=number % 10 / 10,
                )
                for number, version in table.items()
            )
        )
        return start_forked(
            self.project, destination, f"--prefix={self.prefix}", *OPTIONS, *options
        )

    def run(self, destination: Destination, table: Table, *options: str) -> Ended:
        """Upload a table."""
        return end_of(self.start(destination, table, *options))

    def own(self, blobs: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the blobs below the prefix, by the name below it."""
        path = f"{self.prefix}/" if self.prefix else ""
        return {
            name.removeprefix(path): data for name, data in blobs.items() if name.startswith(path)
        }

    def check(self, blobs: Mapping[str, bytes], *tables: Table) -> None:
        """Compare each byte with its source, and each line of both manifests with the store.

        Each image is that of one of `tables`, and so is each manifest as a whole.
        """
        own = self.own(blobs)
        for name, data in own.items():
            sources = [_images(table).get(name) for table in tables]
            if any(sources):
                assert data in sources, f"{name} in {self.prefix!r} has the bytes of another row"
        if "transferimages.txt" not in own:
            return
        lines = own["transferimages.txt"].decode("ascii").splitlines()
        named = {unquote("".join(line.split(" ")[1:])) for line in lines}
        assert sorted(named) in [sorted(_images(table)) for table in tables]
        assert len(lines) == len(named)
        for row in pq.read_table(io.BytesIO(own["transferimages.parquet"])).to_pylist():
            name = row["BlobName"].removeprefix(f"{self.prefix}/" if self.prefix else "")
            if name in named:
                assert name in own, f"{name} is in the manifest, but not in the store"


def _change(chance: random.Random, table: Table) -> Table:
    """Another table: a row less, a row more, and some of the others have another source."""
    changed = {number: chance.choice([version, *VERSIONS]) for number, version in table.items()}
    del changed[chance.choice(list(changed))]
    missing = [number for number in NUMBERS if number not in table]
    return changed | {number: chance.choice(VERSIONS) for number in missing[:1]}


def _answers(gate: threading.Event) -> dict[str, list[Answer]]:
    """The pictures, all of which wait until the gate is open."""
    return {
        f"/{user}/{number}-{version}": [behind(gate, reply(_image(number, version)))]
        for user in "ab"
        for number in NUMBERS
        for version in VERSIONS
    }


def _asked(server: BadServer, user: str) -> int:
    """How often a user asked for a picture."""
    return sum(len(heads) for path, heads in list(server.requests.items()) if path[1] == user)


# -- one run is suspended anywhere, and another one takes its place --------------------------------


def _is_image(method: str, path: str) -> bool:
    return method == "PUT" and bool(re.search(r"(Train|Test)/Claude", unquote(path)))


def _writes(name: str) -> Which:
    return lambda method, path: method == "PUT" and name in path and "comp=" not in path


# Where to suspend it: which request, and up to which of these.
MOMENTS: tuple[tuple[str, Which, int], ...] = (
    # Of the images: what else is published is looked at before the lock is taken.
    ("a listing", lambda method, path: "comp=list" in path and "transferimages" not in path, 2),
    ("the text", _writes("transferimages.txt"), 1),
    ("a deletion", lambda method, path: method == "DELETE", 1),
    ("an image", _is_image, 8),
    ("the results", _writes("results.parquet"), 1),
    ("the table", _writes("transferimages.parquet"), 1),
)


@pytest.mark.parametrize("batch", range((PAIRS or 3) // 3))
def test_one_takes_over_from_another(tmp_path: Path, account: str, batch: int) -> None:
    gate = threading.Event()
    gate.set()
    with run_bad_server(_answers(gate)) as server, ThreadPoolExecutor(3) as pool:
        for pair in [
            pool.submit(_take_over, tmp_path / str(seed), account, server, seed)
            for seed in range(3 * batch, 3 * batch + 3)
        ]:
            pair.result()


def _take_over(folder: Path, account: str, server: BadServer, seed: int) -> None:
    """Let one uploader be replaced while it is suspended, and then go on."""
    chance = random.Random(seed)  # noqa: S311 (a plot, not a secret)
    container = f"pair{seed}"
    direct = Destination("azure", azurite=account)
    prefix = chance.choice(PREFIXES)
    first, second = (Uploader(user, Project(folder / user), server, prefix) for user in "ab")
    before = {number: chance.choice(VERSIONS) for number in NUMBERS[: chance.randint(5, 10)]}
    tables = [_change(chance, before), _change(chance, before)]
    moment, which, most = MOMENTS[seed % len(MOMENTS)]
    times, answer = chance.randint(1, most), chance.random() < 0.5
    to = f"--container={container}"
    assert first.run(direct, before, to).code == 0

    with run_gate(account, which, times, answer) as gate:
        behind_gate = Destination("azure", azurite=gate.connection_string)
        replaced = first.start(behind_gate, tables[0], to)
        while not gate.reached.is_set() and replaced.poll() is None:
            time.sleep(0.01)
        suspended = gate.reached.is_set()
        if suspended:
            os.kill(replaced.pid, signal.SIGSTOP)
        at_stop = _blobs(account, container)
        ended = second.run(direct, tables[1], to, "--break-lock")
        assert ended.code == 0, ended.output
        left = _blobs(account, container)
        # What was kept back arrives now.
        gate.opened.set()
        os.kill(replaced.pid, signal.SIGCONT) if suspended else None
        late = end_of(replaced)
    now = _blobs(account, container)

    plot = f"seed {seed}: {moment} {times}, {'answer' if answer else 'request'}\n{late.output}"
    second.check(left, tables[1])
    second.check(now, *tables)
    for name in (*_images(tables[1]), *PUBLISHED):
        assert second.own(now)[name] == second.own(left)[name], f"{name} was changed: {plot}"
    assert "Traceback" not in late.output
    if late.code == 0:
        # All was done before it was suspended.
        assert _images(tables[0]).items() <= first.own(at_stop).items(), plot


def _blobs(account: str, container: str) -> dict[str, bytes]:
    with BlobServiceClient.from_connection_string(account) as service:
        client = service.get_container_client(container)
        return {name: client.download_blob(name).readall() for name in client.list_blob_names()}


# -- two runs at the same time, in one store -------------------------------------------------------
# One of them may be killed, suspended for a while, or asked to end.


@pytest.mark.parametrize("seed", range(PAIRS or 2))
def test_both_at_once_in_a_folder(tmp_path: Path, seed: int) -> None:
    _upload_both(tmp_path, Destination(str(tmp_path / "blobs"), tmp_path / "blobs"), seed)


@pytest.mark.parametrize("seed", range(PAIRS) or (2, 3))
def test_both_at_once_in_azurite(tmp_path: Path, azurite_store: Destination, seed: int) -> None:
    # The lease of a killed run lives on for a minute.
    _upload_both(tmp_path, azurite_store, seed, "--break-lock")


def _upload_both(folder: Path, destination: Destination, seed: int, *to_go_on: str) -> None:
    gate = threading.Event()
    with run_bad_server(_answers(gate)) as server:
        _run_both(folder, destination, server, gate, seed, to_go_on)


def _run_both(
    folder: Path,
    destination: Destination,
    server: BadServer,
    gate: threading.Event,
    seed: int,
    to_go_on: tuple[str, ...],
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a plot, not a secret)
    stop = STOPS[seed % len(STOPS)]
    prefixes = chance.sample(PREFIXES, 2)
    tables = [{number: chance.choice(VERSIONS) for number in NUMBERS} for _ in prefixes]
    both = [
        Uploader(user, Project(folder / user), server, prefix)
        for user, prefix in zip("ab", prefixes, strict=True)
    ]
    processes = [
        uploader.start(destination, table, "--workers=8")
        for uploader, table in zip(both, tables, strict=True)
    ]
    while not all(
        _asked(server, uploader.user) or process.poll() is not None
        for uploader, process in zip(both, processes, strict=True)
    ):
        time.sleep(0.005)
    # Both write at the same time, from here on.
    gate.set()
    requests = chance.randint(1, len(NUMBERS))
    while stop and _asked(server, "a") < requests and processes[0].poll() is None:
        time.sleep(0.002)
    if stop:
        processes[0].send_signal(stop)
    later = end_of(processes[1])
    processes[0].send_signal(signal.SIGCONT)
    ended = end_of(processes[0])
    for uploader, table in zip(both, tables, strict=True):
        uploader.check(destination.blobs(), table)
    paths = [f"{prefix}/".lstrip("/") for prefix in prefixes]
    shared = len({lock_name(path) for path in paths}) == 1
    # One of them is among the images of the other: whoever comes second is refused.
    nested = any(set(paths) & set(outer_prefixes(path)) for path in paths)
    expected = {0, 3} if shared else {0}
    expected |= {2} if nested else set()
    assert later.code in expected, later.output
    of_stop = {signal.SIGKILL: {-signal.SIGKILL}, signal.SIGTERM: {130, -signal.SIGTERM}}
    assert ended.code in expected | of_stop.get(stop, set()), ended.output

    # Whatever was not finished is, now.
    for uploader, table, first in zip(both, tables, (ended, later), strict=True):
        other = both[1] if uploader is both[0] else both[0]
        refused = nested and any(name in other.own(destination.blobs()) for name in PUBLISHED)
        if first.code:
            again = uploader.run(destination, table, *to_go_on)
            assert again.code == (2 if refused else 0), again.output
            refused &= "another set" in again.output
        uploader.check(destination.blobs(), table)
        if not refused:
            assert _images(table).items() <= uploader.own(destination.blobs()).items()
