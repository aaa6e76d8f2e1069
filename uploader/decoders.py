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

    async def __aenter__(self) -> Decoders:
        return self

    async def __aexit__(self, *raised: object) -> None:
        """End the processes at once."""
        for decoder in self._all:
            decoder.end()
        # Only on the next turn of the loop are the connections closed.
        await asyncio.sleep(0)


class _Decoder:
    """One process, for one image at a time; started anew after it has died."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._process: BaseProcess | None = None
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def verify(self, data: bytes, claim: Claim) -> VerifiedImage:
        """Have the process verify an image; whatever breaks that off ends the process, too."""
        try:
            try:
                reply = await self._ask(data, claim)
            except (ConnectionError, EOFError):
                # It may have died before, of something else.
                self.end()
                reply = await self._ask(data, claim)
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

    async def _ask(self, data: bytes, claim: Claim) -> object:
        reader, writer = self._streams or await self._start()
        pickled = pickle.dumps(claim)
        # All at once: woken up for the first part, the process would wait for the second.
        writer.writelines([_HEADER.pack(len(pickled), len(data)) + pickled, data])
        await writer.drain()
        reply_bytes, _ = _HEADER.unpack(await reader.readexactly(_HEADER.size))
        return pickle.loads(await reader.readexactly(reply_bytes))  # noqa: S301 (our own process)

    async def _start(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
            self._process = _context().Process(
                target=_serve, args=(theirs, self._work), daemon=True
            )
            self._process.start()
        self._streams = await asyncio.open_connection(sock=ours)
        return self._streams

    def end(self) -> int | None:
        """End the process, if there is one, and return its exit code."""
        process, self._process = self._process, None
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
        if process is None:
            return None
        process.kill()
        process.join()
        return process.exitcode


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
