"""The uploader on a cluster of Spark: the same results, whatever is killed, and no secrets."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from azure.storage.blob import BlobServiceClient

pytest.importorskip("pyspark", reason="Spark is not installed: run `make setup EXTRA=spark`")
if not shutil.which("java"):
    pytest.skip("Spark needs Java: install openjdk-17-jre-headless", allow_module_level=True)

from tests.helpers.bad_server import Answer, behind, redirect, reply
from tests.spark.cluster import PATIENCE_SECONDS, Cluster, run_cluster
from tests.spark.museum import Host, run_hosts
from tests.uploader.faults.processes import wait_until_gone
from tests.uploader.faults.scene import (
    PREFIX,
    ROOT,
    Destination,
    Ended,
    Project,
    Row,
    end_of,
    hash_of,
    images,
    manifest,
    picture,
    results,
    row_for,
    start,
)
from tools.azurite import run_azurite

OPTIONS = (
    "--allow-private-hosts=127.0.0.1",
    "--no-results-table",
    # A host may keep a request waiting until another executor has started.
    f"--read-timeout={PATIENCE_SECONDS}",
    f"--deadline={PATIENCE_SECONDS}",
)
SECRET = "s3cr3tsignature"  # noqa: S105 (of a URL)
PER_HOST = 2


@pytest.fixture(scope="module")
def azurite() -> Iterator[str]:
    with run_azurite() as connection_string:
        yield connection_string


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, azurite: str) -> Iterator[Cluster]:
    """A cluster with two workers of one core, whose executors can sign in to Azurite."""
    with (
        run_cluster(tmp_path_factory.mktemp("cluster")) as cluster,
        pytest.MonkeyPatch.context() as environment,
    ):
        cluster.add_workers(2, AZURE_STORAGE_CONNECTION_STRING=azurite)
        environment.setenv("SPARK_CONF_DIR", str(cluster.conf))
        yield cluster


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[Host]]:
    with run_hosts(3) as hosts:
        yield hosts


def _delete_container(azurite: str) -> None:
    with BlobServiceClient.from_connection_string(azurite) as service:
        service.delete_container("images")


def _on(cluster: Cluster) -> tuple[str, str]:
    return ("--engine=spark", f"--master={cluster.master}")


def _wait_until(condition: Callable[[], bool], process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


# -- a run on one machine and the same run on the cluster -----------------------------------


@dataclass(frozen=True)
class Uploads:
    """What two runs left, one with each engine, and what else is to be seen of them."""

    blobs: dict[str, dict[str, bytes]]
    ended: dict[str, Ended]
    requests: dict[str, list[Counter[str]]]
    most: list[int]
    consumed: dict[str, list[int]]


def _rows(hosts: list[Host], all_open: threading.Event) -> list[Row]:
    """Rows of every kind on each host, none of which answers before `all_open`."""
    rows = []
    for place, host in enumerate(hosts):
        answers: dict[str, list[Answer]] = {}
        for number in range(100 * place, 100 * place + 14):
            data = picture(number)
            path = f"/{number}?sig={SECRET}" if number % 2 else f"/{number}"
            answers[path] = [reply(data)]
            row = Row(number, f"{host.address}{path}", hash_of(data), artist=f"Artist {number % 3}")
            match number % 100:
                case 2:
                    answers[path] = [reply(b"", "404 Not Found")]
                case 3:
                    answers[path] = [reply(picture(9999))]
                case 4:
                    answers[path] = [reply(b"<html>")]
                case 5:
                    answers[path] = [reply(data, "200 OK", "X-Robots-Tag: noai")]
                case 6:
                    answers[path] = [reply(b"", "503 Busy", "Retry-After: 0"), reply(data)]
                case 7:
                    answers["/elsewhere"] = [reply(data)]
                    answers[path] = [redirect("/elsewhere")]
                case 8:
                    row = Row(number, row.url, None)
            rows.append(row)
        host.show(
            {path: [behind(all_open, one) for one in given] for path, given in answers.items()}
        )
    return rows


def _open_once_busy(hosts: list[Host], number: int, gate: threading.Event) -> None:
    """Open the gate once so many hosts, and so many executors, are as busy as they may be.

    Were it opened at the first request, an answer might be given before the next is asked for.
    """
    while not gate.is_set() and sum(host.now >= PER_HOST for host in hosts) < number:
        time.sleep(0.02)
    gate.set()


@pytest.fixture(scope="module")
def uploads(
    cluster: Cluster,
    hosts: list[Host],
    azurite: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Uploads:
    folder = tmp_path_factory.mktemp("uploads")
    project, destination = Project(folder / "project"), Destination("azure", azurite=azurite)
    gate = threading.Event()
    project.fill(*_rows(hosts, gate))
    blobs, ended, requests = {}, {}, {}
    for engine, more in (("loop", ()), ("spark", _on(cluster))):
        gate.clear()
        for host in hosts:
            host.forget()
        opening = threading.Thread(target=_open_once_busy, args=(hosts, 2, gate))
        opening.start()
        try:
            if engine == "spark":
                _delete_container(azurite)
            options = (*OPTIONS, *more, f"--per-host={PER_HOST}", "--public-access=blob")
            ended[engine] = end_of(start(project, destination, *options), PATIENCE_SECONDS)
        finally:
            gate.set()
            opening.join()
        blobs[engine] = destination.blobs()
        requests[engine] = [Counter(host.requested()) for host in hosts]
    most = [host.most for host in hosts]
    text = folder / "transferimages.txt"
    text.write_text(manifest(blobs["spark"]) or "")
    consumed = _consume(text) if text.stat().st_size else {}
    _delete_container(azurite)
    return Uploads(blobs, ended, requests, most, consumed)


def _consume(text: Path) -> dict[str, list[int]]:
    command = [sys.executable, "-m", "tests.spark.consumer", "local[1]", text.as_uri()]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, list[int]] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_both_engines_leave_the_same(uploads: Uploads) -> None:
    assert [ended.code for ended in uploads.ended.values()] == [1, 1], uploads.ended["spark"].output
    loop, spark = uploads.blobs["loop"], uploads.blobs["spark"]
    assert manifest(spark) == manifest(loop)
    assert images(spark) == images(loop)
    assert results(spark) == results(loop)
    assert loop.keys() == spark.keys()
    table = f"{PREFIX}transferimages.parquet"
    assert _table(spark[table]) == _table(loop[table])
    outcomes = Counter(row["Outcome"] for row in results(spark).values())
    assert outcomes == {
        "uploaded": 27,
        "uploaded, not compared": 3,
        "failed": 3,
        "drifted": 3,
        "refused": 3,
        "disallowed": 3,
    }
    assert uploads.requests["spark"] == uploads.requests["loop"]


def _table(data: bytes) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(io.BytesIO(data)).to_pylist()
    return rows


def test_a_host_is_asked_by_one_executor(uploads: Uploads) -> None:
    """Two executors work at the same time, and yet no host gets more requests than it may."""
    assert max(uploads.most) == PER_HOST


def test_the_slowest_hosts_are_told(uploads: Uploads, hosts: list[Host]) -> None:
    (line,) = [
        line
        for line in uploads.ended["spark"].output.splitlines()
        if line.startswith("Hosts that took longest: ")
    ]
    assert all(f"{host.address.removeprefix('http://')} (14 images in " in line for host in hosts)


def test_no_secret_is_left_on_the_cluster(uploads: Uploads, cluster: Cluster, azurite: str) -> None:
    key = dict(part.split("=", 1) for part in azurite.strip(";").split(";"))["AccountKey"]
    found = {
        str(path): path.read_bytes()
        for folder in (cluster.events, cluster.work)
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert any(b"SparkListenerApplicationEnd" in data for data in found.values())
    assert sum(path.endswith("/stderr") for path in found) >= 2
    found["output"] = uploads.ended["spark"].output.encode()
    for secret in (key, SECRET):
        assert not [path for path, data in found.items() if secret.encode() in data]


def test_the_consumer_of_the_manifest(uploads: Uploads) -> None:
    """`spark.read.text`, split on spaces, load the images, count them by label."""
    loaded = uploads.consumed
    assert {label: count for label, (count, _) in loaded.items()} == Counter(
        quote(name.split("/")[-2]) for name in images(uploads.blobs["loop"])
    )
    assert all(pixels == count * 64 * 64 for count, pixels in loaded.values())


# -- a driver and a worker are killed in the middle -----------------------------------------

ROWS_EACH = 12
# These are not found. The run says so once it has recorded them and all that was stored before.
MISSING = (4, 7)


class Middle:
    """Two hosts that answer in steps: each row waits for one of the `events`, or for none."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = hosts
        self.events = [threading.Event() for _ in range(4)]

    def rows(self) -> list[Row]:
        """Rows in the order in which an executor takes them."""
        first, more, second, last = self.events
        waits = {4: first, 5: more, 6: more, 7: second, 8: last, 9: last, 10: last, 11: last}
        rows = []
        for place, host in enumerate(self.hosts):
            answers = {}
            for number in range(ROWS_EACH):
                data = picture(50 * place + number)
                answer = reply(b"", "404 Not Found") if number in MISSING else reply(data)
                event = waits.get(number)
                answers[f"/{50 * place + number}"] = [behind(event, answer) if event else answer]
                rows.append(row_for(host.address, 50 * place + number, data))
            host.show(answers)
        return rows

    def requested(self) -> list[Counter[int]]:
        """How often each row of each host was asked for."""
        return [
            Counter({int(path[1:]) % 50: times for path, times in host.requested().items()})
            for host in self.hosts
        ]

    def wait_for(self, *numbers: int) -> bool:
        """Whether both hosts were asked for these rows."""
        return all(set(numbers) <= requested.keys() for requested in self.requested())


@pytest.fixture
def middle(hosts: list[Host]) -> Iterator[Middle]:
    middle = Middle(hosts[:2])
    yield middle
    for event in middle.events:
        event.set()


def test_a_driver_and_a_worker_are_killed(
    cluster: Cluster, middle: Middle, tmp_path: Path, azurite: str
) -> None:
    """What was stored is not downloaded again, nothing is reported twice, and nothing is missing.

    After the driver was killed, its lock is held until it expires. After a worker was killed, only
    the images that its executor had not finished are downloaded again.
    """
    project, log = Project(tmp_path / "project"), tmp_path / "log"
    azure = Destination("azure", azurite=azurite)
    project.fill(*middle.rows())

    def begin(*options: str) -> subprocess.Popen[str]:
        with log.open("w") as output:
            options = (*OPTIONS, *_on(cluster), f"--per-host={PER_HOST}", *options)
            return start(project, azure, *options, stdout=output, stderr=output)

    def wait_until(condition: Callable[[], bool]) -> None:
        _wait_until(condition, process, log)

    first, more, second, last = middle.events
    process = begin()
    wait_until(lambda: len(images(azure.blobs())) == 2 * 4)
    first.set()
    wait_until(lambda: log.read_text().count("failed: ") == 2 and middle.wait_for(5, 6))
    process.kill()
    process.wait()
    assert _lease_state(azurite) == "leased"
    assert wait_until_gone(process.pid), "processes of the driver were left behind"
    for host in middle.hosts:
        host.forget()

    process = begin("--break-lock")
    wait_until(lambda: middle.wait_for(5))
    more.set()
    wait_until(lambda: len(images(azure.blobs())) == 2 * 6)
    second.set()
    wait_until(lambda: log.read_text().count("failed: ") == 4 and middle.wait_for(8, 9))
    cluster.kill_worker(1)
    last.set()
    end_of(process, PATIENCE_SECONDS)
    assert process.returncode == 1, log.read_text()

    blobs = azure.blobs()
    outcomes = Counter(row["Outcome"] for row in results(blobs).values())
    assert outcomes == {"already there": 8, "uploaded": 12, "failed": 4}
    assert len(images(blobs)) == len((manifest(blobs) or "").splitlines()) == 20
    once = dict.fromkeys(range(4, ROWS_EACH), 1)
    assert sorted(middle.requested(), key=str) == [once, once | {8: 2, 9: 2}]


def _lease_state(azurite: str) -> str:
    with BlobServiceClient.from_connection_string(azurite) as service:
        lock = service.get_blob_client("images", f"{PREFIX}transferimages.lock")
        return str(lock.get_blob_properties().lease.state)
