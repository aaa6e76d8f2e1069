"""Run ``python -m uploader`` in processes of their own that need not import it again.

Most of a short run is the import of what it needs. One process has this behind it, and forks for
each run; what is forked becomes the leader of a session, is signalled and killed, and ends, as any
other process.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from typing import IO, Any

ROOT = Path(__file__).parent.parent.parent
# The variables of a process, above all.
_LONGEST_REQUEST = 1 << 20
# A limit of `resource.setrlimit`, and its soft and hard value.
Limits = Mapping[int, tuple[int, int]]


class UploaderProcess:
    """A process of the uploader, with what the tests use of `subprocess.Popen`.

    Attributes
    ----------
    pid, returncode
        As of Popen.
    stdout, stderr
        What it prints.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Begin ``python -m uploader {arguments}`` in a session of its own.

        Parameters
        ----------
        environ
            All of its variables; None: those of this process.
        limits
            What it may have of the system.
        """
        request = {
            "arguments": list(arguments),
            "environ": dict(os.environ if environ is None else environ),
            "limits": list((limits or {}).items()),
        }
        pipes = [os.pipe() for _ in range(3)]
        theirs = [end for _, end in pipes]
        socket.send_fds(_server(), [json.dumps(request).encode()], theirs)
        for end in theirs:
            os.close(end)
        self.stdout, self.stderr, self._status = (
            os.fdopen(ours, encoding="utf-8", errors="replace") for ours, _ in pipes
        )
        self.pid = int(self._status.readline())
        self.returncode: int | None = None
        self._printed: list[Future[str]] = []

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.returncode is None and select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Wait until it has ended, and return the exit code."""
        if self.returncode is None:
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what else it prints on both outputs until it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            If it has not ended after so many seconds. It may be called again.
        """
        if not self._printed:
            pool = ThreadPoolExecutor(2)
            self._printed = [pool.submit(_rest, stream) for stream in (self.stdout, self.stderr)]
            pool.shutdown(wait=False)
        if self.returncode is None and not select([self._status], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("uploader", timeout or 0)
        self.wait()
        out, err = (future.result() for future in self._printed)
        return out, err

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)


def _rest(stream: IO[str]) -> str:
    with stream:
        return stream.read()


@cache
def _server() -> socket.socket:
    """The way to the process that forks: one for all tests of this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.warm_uploader", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


def _serve(requests: socket.socket) -> None:
    """Fork for each request until the other side closes; return in the process of a run."""
    _warm_up()
    while True:
        message, theirs, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 3)
        if not message:
            sys.exit()
        if os.fork() == 0:
            requests.close()
            _watch(json.loads(message), *theirs)
            return
        for descriptor in theirs:
            os.close(descriptor)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _warm_up() -> None:
    """Import what each run does, and what each run into one of the stores does."""
    for name in (
        "duckdb",
        "uploader.__main__",
        "uploader.cli",
        "uploader.commands.upload_job",
        "uploader.stores.azure",
        "uploader.stores.folder",
    ):
        import_module(name)
    gc.collect()
    gc.freeze()
    # Libraries complain at the end of what was not collected.
    atexit.register(gc.unfreeze)


def _watch(request: dict[str, Any], stdout: int, stderr: int, status: int) -> None:
    """Fork once more, and tell number and exit code; return in the other process."""
    child = os.fork()
    if child == 0:
        os.close(status)
        _become(request, stdout, stderr)
        return
    for descriptor in (stdout, stderr):
        os.close(descriptor)
    os.write(status, f"{child}\n".encode())
    _, ended = os.waitpid(child, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os._exit(0)


def _become(request: dict[str, Any], stdout: int, stderr: int) -> None:
    """Take over the arguments, the variables, the outputs and the limits of a run."""
    os.setsid()
    for number, descriptor in enumerate((stdout, stderr), 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # The old ones may remember that they lead to a file.
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)
    os.environ.clear()
    os.environ.update(request["environ"])
    main = sys.modules["uploader.__main__"]
    sys.argv = [str(main.__file__), *request["arguments"]]
    # What its decoders import again.
    sys.modules["__main__"] = main
    for limit, values in request["limits"]:
        resource.setrlimit(limit, tuple(values))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.modules["__main__"].main()
