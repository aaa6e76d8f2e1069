"""Run a standalone cluster of Spark on the loopback address: a master and workers as processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

from demo.run import QUICK_JAVA
from tests.uploader.faults.processes import kill_all, wait_until_gone

# No process of ours may take longer; Spark starts several JVMs, perhaps on a busy machine.
PATIENCE_SECONDS = 300
_HOME = Path(pyspark.__file__).parent
_PACKAGE = "org.apache.spark.deploy"


class Cluster:
    """A running cluster.

    Attributes
    ----------
    master
        Its URL, for --master.
    conf
        The folder of the settings for its applications, for SPARK_CONF_DIR.
    events
        The folder of the event logs of its applications.
    work
        The folder in which executors keep their logs and files.
    """

    def __init__(self, folder: Path) -> None:
        self.conf, self.events, self.work = folder / "conf", folder / "events", folder / "work"
        for needed in (self.conf, self.events, self.work):
            needed.mkdir(parents=True)
        settings = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "512m",
            "spark.driver.extraJavaOptions": QUICK_JAVA,
            "spark.executor.memory": "512m",
            "spark.executor.extraJavaOptions": QUICK_JAVA,
            "spark.ui.enabled": "false",
            "spark.eventLog.enabled": "true",
            # So that a test can search it.
            "spark.eventLog.compress": "false",
            "spark.eventLog.dir": self.events.as_uri(),
            "spark.local.dir": str(folder / "local"),
        }
        lines = [f"{name} {value}\n" for name, value in settings.items()]
        (self.conf / "spark-defaults.conf").write_text("".join(lines))
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        # A port that is free now may be taken when the master binds it: it would bind another.
        master = self._start("master.Master", "--port", "0")
        self.master = self._wait_for(master, r"Starting Spark master at (spark://\S+)\s")

    def add_workers(self, number: int, **environ: str) -> None:
        """Start so many workers with one core each, and wait until they have joined.

        Parameters
        ----------
        number
            The number of workers.
        environ
            What is to be in the environment of their executors.
        """
        options = ("--cores", "1", "--memory", "1g", "--work-dir", str(self.work), self.master)
        started = [self._start("worker.Worker", *options, **environ) for _ in range(number)]
        for worker in started:
            self._wait_for(worker, "(Successfully registered) with master")

    def kill_worker(self, number: int) -> None:
        """End a worker, of which the first has the number 1, and its executors at once."""
        session = self._processes[number].pid
        kill_all(session, signal.SIGKILL)
        self._processes[number].wait()
        assert wait_until_gone(session)

    def end(self) -> None:
        """End all processes."""
        for process in reversed(self._processes):
            kill_all(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, program: str, *options: str, **environ: str) -> int:
        settings = {
            "SPARK_HOME": str(_HOME),
            "SPARK_CONF_DIR": str(self.conf),
            "SPARK_LOCAL_DIRS": str(self._folder / "local"),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": QUICK_JAVA,
        }
        command = [_HOME / "bin" / "spark-class", f"{_PACKAGE}.{program}"]
        with self._log(len(self._processes)).open("wb") as log:
            process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--webui-port", "0", *options],
                env={**os.environ, **settings, **environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._processes.append(process)
        return len(self._processes) - 1

    def _log(self, number: int) -> Path:
        return self._folder / f"{number}.log"

    def _wait_for(self, number: int, pattern: str) -> str:
        """Wait until a process logs this; return what is in the parentheses."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(pattern, self._log(number).read_text())):
            assert self._processes[number].poll() is None, self._log(number).read_text()
            assert time.monotonic() < deadline, self._log(number).read_text()
            time.sleep(0.1)
        return found[1]


@contextmanager
def run_cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster without workers until the block ends."""
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.end()
