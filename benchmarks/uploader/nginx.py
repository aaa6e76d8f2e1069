"""Serve a folder with nginx on the loopback address, and record when requests arrive."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.uploader.commands import BenchmarkError

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0

# One worker, which leaves one core for what is measured. The log contains the time of each answer.
# It is unbuffered, so that the last line is there when the client has ended.
_CONFIGURATION = """
daemon off;
user {user};
worker_processes 1;
pid {state}/nginx.pid;
error_log {state}/error.log error;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {state}/body;
    proxy_temp_path {state}/proxy;
    fastcgi_temp_path {state}/fastcgi;
    uwsgi_temp_path {state}/uwsgi;
    scgi_temp_path {state}/scgi;
    types {{ image/jpeg jpeg; }}
    log_format answers '$msec $status';
    access_log {state}/answers.log answers;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=20000;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root "{folder}";
    }}
}}
"""


@dataclass(frozen=True)
class WebServer:
    """A running web server.

    Attributes
    ----------
    address
        Such as ``http://127.0.0.1:40123``.
    pid
        Of its process.
    log
        Its log of answers; empty if it keeps none.
    """

    address: str
    pid: int
    log: Path

    def forget(self) -> None:
        """Empty the log before the next measurement."""
        # nginx appends, so it continues at the new end.
        self.log.write_text("")

    def answers(self) -> tuple[float, float]:
        """When the first and the last answer since `forget` were given, in seconds since the epoch.

        Raises
        ------
        BenchmarkError
            When there was none.
        """
        lines = self.log.read_text().splitlines()
        if not lines:
            raise BenchmarkError("the web server received no request")
        return float(lines[0].split()[0]), float(lines[-1].split()[0])

    def answer_count(self) -> int:
        """The number of answers since `forget`."""
        with self.log.open() as lines:
            return sum(1 for _ in lines)


@contextmanager
def serve_with_nginx(folder: Path) -> Iterator[WebServer]:
    """Serve the files below `folder` on a free port until the block is left.

    Raises
    ------
    BenchmarkError
        When nginx is not installed or does not start.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise BenchmarkError(
            "nginx is needed to serve the images. Install it (Debian: apt-get install nginx-light)."
        )
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as state:
        configuration = Path(state) / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                user=getpass.getuser(), state=state, port=port, folder=folder.resolve()
            )
        )
        command = [program, "-p", state, "-c", str(configuration), "-e", f"{state}/error.log"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for_port(port, process)
                yield WebServer(f"http://127.0.0.1:{port}", process.pid, Path(state, "answers.log"))
            finally:
                end(process)


def free_port() -> int:
    """Find a TCP port of the loopback address on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until `process` listens on `port`.

    Raises
    ------
    BenchmarkError
        When it ends before, or does not listen within ten seconds.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise BenchmarkError(f"{process.args!r} does not listen on port {port}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that this package started."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
