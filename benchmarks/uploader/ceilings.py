"""Measure the limits of the machine: the web server alone, and decoding alone."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from benchmarks.uploader.commands import BenchmarkError, run
from benchmarks.uploader.contenders import Contender, Measured
from benchmarks.uploader.nginx import WebServer

_CONNECTIONS = 32
_SCRIPT = Path(__file__).with_name("urls.lua")
_REQUESTS = re.compile(r"(\d+) requests in ([\d.]+)s")


def server_alone(server: WebServer, urls: Path, seconds: int) -> Contender:
    """The web server under the load tool wrk, which discards the images.

    Raises
    ------
    BenchmarkError
        When wrk is not installed, or an answer is not the image.
    """
    program = shutil.which("wrk")
    if program is None:
        raise BenchmarkError(
            "wrk is needed to load the web server. Install it (Debian: apt-get install wrk)."
        )
    paths = urls.with_name("paths.txt")
    lines = urls.read_text(encoding="utf-8").splitlines()
    paths.write_text("".join(f"{urlsplit(url).path}\n" for url in lines), encoding="utf-8")
    command = [program, "--threads", "1", "--connections", str(_CONNECTIONS)]
    command += ["--duration", f"{seconds}s", "--script", str(_SCRIPT), server.address]

    def contend() -> Measured:
        finished = run([*command, "--", str(paths)]).require_success()
        found = _REQUESTS.search(finished.output)
        if found is None or "Non-2xx" in finished.output or "Socket errors" in finished.output:
            raise BenchmarkError(f"wrk did not receive every image:\n{finished.output}")
        whole = finished.ended - finished.began
        return Measured(int(found[1]), float(found[2]), whole, finished.cpu_seconds)

    return contend


def decoding_alone(images: Path) -> Contender:
    """Pillow alone: decode all images to the last pixel, with one process per core."""
    command = [sys.executable, "-m", "benchmarks.uploader.ceilings", str(images)]

    def contend() -> Measured:
        finished = run(command).require_success()
        count, seconds = finished.output.split()
        whole = finished.ended - finished.began
        return Measured(int(count), float(seconds), whole, finished.cpu_seconds)

    return contend


def _decode_all(folder: Path) -> None:
    paths = sorted(folder.rglob("*.jpeg"))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        # Start all processes before measuring.
        list(pool.map(_decode, paths[:100]))
        began = time.perf_counter()
        list(pool.map(_decode, paths, chunksize=8))
        print(len(paths), time.perf_counter() - began)


def _decode(path: Path) -> None:
    with Image.open(path) as image:
        image.load()


if __name__ == "__main__":
    _decode_all(Path(sys.argv[1]))
