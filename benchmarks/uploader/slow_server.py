"""Serve a folder from memory, with a fixed delay of each answer.

``python -m benchmarks.uploader.slow_server FOLDER PORT SECONDS LOG``: a line in `LOG` tells when
each answer was given, as nginx's log does.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from benchmarks.uploader.commands import ROOT
from benchmarks.uploader.nginx import WebServer, end, free_port, wait_for_port

# All of them are this machine. Linux needs no further setting.
HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 9))


def main(folder: Path, port: int, seconds: float, log_file: Path) -> None:
    """Serve until the process is ended."""
    bodies = {
        f"/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*.jpeg")
    }

    # Appending line by line, because the reader empties the file between two measurements.
    log = log_file.open("a", buffering=1)

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        body = bodies.get(request.path)
        if body is None:
            raise web.HTTPNotFound
        log.write(f"{time.time()} 200\n")
        return web.Response(body=body, content_type="image/jpeg")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    # Several hosts, as far as a client can tell.
    web.run_app(application, host=list(HOSTS), port=port, print=None, access_log=None)


@contextmanager
def serve_slowly(folder: Path, seconds: float) -> Iterator[WebServer]:
    """Serve `folder` in a separate process, with each answer `seconds` late."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        command = [sys.executable, "-m", "benchmarks.uploader.slow_server"]
        command += [str(folder), str(port), str(seconds), log.name]
        with subprocess.Popen(command, cwd=ROOT) as process:
            try:
                wait_for_port(port, process)
                yield WebServer(f"http://127.0.0.1:{port}", process.pid, Path(log.name))
            finally:
                end(process)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
