"""Run the verification of images in processes of their own, which may die or hang."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
import socket
import struct
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, cast

from common.images import ImageError
from uploader.verify import Claim, VerifiedImage, verify

# For one image; a large one takes a second.
TIMEOUT_SECONDS = 30.0
# Of address space a process: several times what the largest image accepted needs.
_MEMORY_BYTES = 4 * 1024**3
# So that a core has work while a process waits for the loop to hand it the next image.
_PROCESSES_A_CORE = 2
# Before each message: how long its pickled part is, and how long the bytes after it are.
_HEADER = struct.Struct("!QQ")
_CHUNK_BYTES = 64 * 1024
# An image of the usual size should go out in one step.
_BUFFER_BYTES = 1024 * 1024

Work = Callable[[bytes, Claim], VerifiedImage]


class Decoders:
    """Processes that verify images; one that dies or hangs takes its image only.

    They also keep the interpreter of this process free for the network.
    """

    def __init__(
        self,
        processes: int | None = None,
        timeout: float = TIMEOUT_SECONDS,
        work: Work = verify,
    ) -> None:
        """Set up the processes, which start when they are needed.

        Parameters
        ----------
        processes
            How many; None: two a core.
        timeout
            Seconds after which an image counts as hanging.
        work
            What a process does with an image.
        """
        self._timeout = timeout
        count = processes or _PROCESSES_A_CORE * (os.cpu_count() or 1)
        self._all = [_Decoder(work) for _ in range(count)]
        # The last one used is the next, so that no more are started than needed.
        self._idle: asyncio.LifoQueue[_Decoder] = asyncio.LifoQueue()
        for decoder in self._all:
            self._idle.put_nowait(decoder)

    async def verify(self, data: bytes, claim: Claim) -> VerifiedImage:
        """Do `uploader.verify.verify` in one of the processes.

        Raises
        ------
        common.images.ImageError, uploader.verify.DriftError
            As it does; and an ImageError when the process died or took too long.
        """
        decoder = await self._idle.get()
        try:
            async with asyncio.timeout(self._timeout):
                return await decoder.verify(data, claim)
        except TimeoutError as error:
            raise ImageError(f"decoding it took longer than {self._timeout:g} s") from error
        finally:
            self._idle.put_nowait(decoder)

    def close(self) -> None:
        """End the processes at once."""
        for decoder in self._all:
            decoder.end()


class _Decoder:
    """One process, for one image at a time; started anew after it has died."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._process: BaseProcess | None = None
        self._socket: socket.socket | None = None

    async def verify(self, data: bytes, claim: Claim) -> VerifiedImage:
        """Have the process verify an image; whatever breaks that off ends the process, too."""
        try:
            try:
                connection = await self._send(data, claim)
            except ConnectionError:
                # It had died since the image before.
                self.end()
                connection = await self._send(data, claim)
            reply = await _receive(connection)
        except (ConnectionError, EOFError) as error:
            raise ImageError(f"decoding it crashed (exit code {self.end()})") from error
        except BaseException:
            self.end()
            raise
        if isinstance(reply, Exception):
            try:
                raise reply
            finally:
                # It holds this frame: a circle that would keep the bytes.
                del reply
        return cast("VerifiedImage", reply)

    async def _send(self, data: bytes, claim: Claim) -> socket.socket:
        connection = self._socket or self._start()
        loop = asyncio.get_running_loop()
        pickled = pickle.dumps(claim)
        await loop.sock_sendall(connection, _HEADER.pack(len(pickled), len(data)) + pickled)
        await loop.sock_sendall(connection, data)
        return connection

    def _start(self) -> socket.socket:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
            self._process = _context().Process(
                target=_serve, args=(theirs, self._work), daemon=True
            )
            self._process.start()
        return self._socket

    def end(self) -> int | None:
        """End the process, if there is one, and return its exit code."""
        process, self._process = self._process, None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if process is None:
            return None
        process.kill()
        process.join()
        return process.exitcode


async def _receive(connection: socket.socket) -> object:
    loop = asyncio.get_running_loop()
    received = bytearray()
    end = _HEADER.size
    while len(received) < end:
        chunk = await loop.sock_recv(connection, _CHUNK_BYTES)
        if not chunk:
            raise EOFError
        received += chunk
        if len(received) >= _HEADER.size:
            end = _HEADER.size + _HEADER.unpack_from(received)[0]
    return pickle.loads(memoryview(received)[_HEADER.size :])  # noqa: S301 (our own process)


def _context() -> Any:
    """Processes that start from a small one: no copy of this one's threads, nor of its memory."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _serve(connection: socket.socket, work: Work) -> None:
    """Answer each image with what `work` returns or raises, until the other side closes."""
    _prepare_process()
    with connection:
        while header := connection.recv(_HEADER.size, socket.MSG_WAITALL):
            claim_bytes, data_bytes = _HEADER.unpack(header)
            message = connection.recv(claim_bytes, socket.MSG_WAITALL)
            claim = pickle.loads(message)  # noqa: S301 (our own process)
            data = connection.recv(data_bytes, socket.MSG_WAITALL)
            if len(data) < data_bytes:
                return
            reply: object
            try:
                reply = work(data, claim)
            # The other side raises it.
            except Exception as error:
                reply = error
            pickled = pickle.dumps(reply)
            connection.sendall(_HEADER.pack(len(pickled), 0) + pickled)


def _prepare_process() -> None:
    # Ctrl-C goes to every process of the terminal; the first one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 (not on every platform)

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent() -> None:
    """End this process when the run was killed: one that hangs would not notice."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
