"""Process untrusted bytes, for callers in threads, in processes that may crash or hang."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from paintings_dedupe.common.images import decode
from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.isolation import confine_process, process_context

# For one image. A large one takes a second.
TIMEOUT_SECONDS = 30.0
# For a process to begin, on a machine with much else to do.
_START_SECONDS = 120.0
_READY = b"ready"
LONGEST_REPLY = 64 * 1024

Work = Callable[[bytes], list[Any]]

# To start a process, multiprocessing reads the exit codes of all that have ended. An exit code can
# be read once: whoever comes second gets 255. (popen_forkserver.Popen.poll)
_starting_or_ending = threading.Lock()


class DiedError(Exception):
    """The process died while it processed an image; the message is its exit code."""


class GuardedWork:
    """Processes that run ``work(data)``; a bad image affects only itself.

    Parameters
    ----------
    work
        A function of a module, or a `functools.partial` of one, that returns a JSON value.
    processes
        The number of processes; None for one per core. They start when needed.
    timeout
        Seconds after which an image is considered to hang. The start of a process does not count.
    longest_reply
        The maximum size of a result as JSON, in bytes. A process that sends more has been
        compromised.
    """

    def __init__(
        self,
        work: Work,
        processes: int | None = None,
        timeout: float = TIMEOUT_SECONDS,
        longest_reply: int = LONGEST_REPLY,
    ) -> None:
        self._work = work
        self._timeout = timeout
        self._longest_reply = longest_reply
        self._free: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        for _ in range(processes or os.cpu_count() or 1):
            self._free.put(None)
        self._all: list[_Process] = []

    def __call__(self, data: bytes) -> list[Any]:
        """Return the result of the work.

        Raises
        ------
        ImageError
            When the work raises one, or any other exception; when the process died or took too
            long.
        """
        process = self._free.get()
        try:
            for is_last in (False, True):
                if process is None:
                    process = _Process(self._work, self._longest_reply)
                    self._all.append(process)
                try:
                    return process.do(data, self._timeout)
                except (DiedError, TimeoutError) as error:
                    process.end()
                    self._all.remove(process)
                    process = None
                    if isinstance(error, TimeoutError):
                        reason = f"decoding it took longer than {self._timeout:g} s"
                        raise ImageError(reason) from error
                    # Something other than the image may have killed the first process.
                    if is_last:
                        raise ImageError(f"decoding it crashed (exit code {error})") from error
            raise AssertionError("the last try ends it")
        finally:
            self._free.put(process)

    def __enter__(self) -> GuardedWork:
        return self

    def __exit__(self, *raised: object) -> None:
        for process in list(self._all):
            process.end()


class _Process:
    """One of these processes, as seen from the parent."""

    def __init__(self, work: Work, longest_reply: int) -> None:
        self._longest_reply = longest_reply
        self._is_ready = False
        # Nearly all work decodes images, and what does so takes long to import.
        context = process_context(__name__, decode.__name__)
        self._connection, theirs = context.Pipe()
        with theirs:
            self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
            with _starting_or_ending:
                self._process.start()

    def do(self, data: bytes, timeout: float) -> list[Any]:
        try:
            if not self._is_ready:
                if not self._connection.poll(_START_SECONDS):
                    raise TimeoutError
                self._connection.recv_bytes(len(_READY))
                self._is_ready = True
            self._connection.send_bytes(data)
            if not self._connection.poll(timeout):
                raise TimeoutError
            reply = json.loads(self._connection.recv_bytes(self._longest_reply))
        except (EOFError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            self.end()
            raise DiedError(self._process.exitcode) from error
        match reply:
            case [True, list(result)]:
                return result
            case [False, str(reason)]:
                raise ImageError(reason)
            case _:
                raise DiedError("none")

    def end(self) -> None:
        with _starting_or_ending:
            self._process.kill()
            self._process.join()
        self._connection.close()


def _serve(connection: Connection, work: Work) -> None:
    """Answer each image until the other side closes."""
    confine_process()
    with suppress(EOFError, OSError):
        connection.send_bytes(_READY)
        while True:
            data = connection.recv_bytes()
            try:
                reply: list[Any] = [True, work(data)]
            except ImageError as error:
                reply = [False, str(error)]
            # Whatever untrusted bytes trigger in a library.
            except Exception as error:
                reply = [False, f"corrupt: {type(error).__name__}: {error}"]
            # Not pickle, which can run code: an image may have compromised this process.
            connection.send_bytes(json.dumps(reply).encode())
