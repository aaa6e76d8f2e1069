"""Verify images in a separate process: both ends of the connection."""

from __future__ import annotations

import asyncio
import json
import pickle
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.isolation import confine_process, process_context
from paintings_dedupe.common.images.metadata import Piece
from uploader.images.check import CheckedImage, Claim, DriftError

# How many bytes may queue at each process. With its next image already there, a process need not
# wait for the event loop. A larger image needs a process to itself.
BYTES_IN_LINE = 512 * 1024
# The header of a message: the lengths of its pickled part and of the image that follows.
_HEADER = struct.Struct("!QQ")
# The header of a reply: its length.
_REPLY_HEADER = struct.Struct("!Q")
# The first message, without content: the process has started.
_READY = _REPLY_HEADER.pack(0)
# For a process to start, on a machine with much else to do.
_START_SECONDS = 120.0
# The pieces of a file with the maximum number of parts take less than half of this.
_LONGEST_REPLY = 16 * 1024 * 1024

Work = Callable[[bytes, Claim], CheckedImage]


class DiedError(Exception):
    """The process died while it verified this image. The message is its exit code."""


class LostError(Exception):
    """The process ended for a reason unrelated to this image."""


class DecoderProcess(asyncio.Protocol):
    """A process that verifies images in the order in which they are sent.

    Attributes
    ----------
    load
        The total size of its unfinished images, in bytes.
    ended
        Whether it has ended and accepts no more images.
    """

    def __init__(self, work: Work, timeout: float) -> None:
        self.load = 0
        self.ended = False
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._replies: deque[asyncio.Future[object]] = deque()
        self._received = bytearray()
        self._is_ready = False
        self._clock: asyncio.TimerHandle | None = None
        self._transport: asyncio.WriteTransport | None = None
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BYTES_IN_LINE)
            self._process = process_context(__name__).Process(
                target=_serve, args=(theirs, work), daemon=True
            )
            self._process.start()
        self._connection = self._loop.create_task(
            self._loop.create_connection(lambda: self, sock=ours)
        )

    async def check(self, data: bytes, claim: Claim) -> CheckedImage:
        """Verify an image in the process. A cancellation kills the process, too.

        Raises
        ------
        paintings_dedupe.common.images.faults.ImageError, uploader.images.check.DriftError
            As `uploader.images.check.check`; also an ImageError after a timeout.
        DiedError, LostError
            If the process ended, because of this image or for another reason.
        """
        self.load += len(data)
        try:
            # Several images may wait for the connection; none of them may cancel it.
            await asyncio.shield(self._connection)
            reply = await self._send(data, claim)
        except BaseException:
            self.end(LostError())
            raise
        finally:
            self.load -= len(data)
        if isinstance(reply, Exception):
            try:
                raise reply
            finally:
                # Its traceback refers to this frame: a cycle that would keep the bytes alive.
                del reply
        return cast("CheckedImage", reply)

    def _send(self, data: bytes, claim: Claim) -> asyncio.Future[object]:
        reply: asyncio.Future[object] = self._loop.create_future()
        if self.ended or self._transport is None:
            reply.set_result(LostError())
            return reply
        self._replies.append(reply)
        if len(self._replies) == 1:
            self._start_clock()
        pickled = pickle.dumps(claim)
        # One write: otherwise, the process would wake up for the first part and wait again.
        self._transport.writelines([_HEADER.pack(len(pickled), len(data)) + pickled, data])
        return reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport, which makes the process ready for images."""
        self._transport = cast("asyncio.WriteTransport", transport)
        if self.ended:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Pass each reply to the call that waits for it."""
        self._received += data
        while len(self._received) >= _REPLY_HEADER.size:
            (size,) = _REPLY_HEADER.unpack_from(self._received)
            end = _REPLY_HEADER.size + size
            if not self._is_ready and size == 0:
                self._is_ready = True
                del self._received[:end]
                self._start_clock()
                continue
            if size > _LONGEST_REPLY:
                self.end()
            if self.ended or len(self._received) < end:
                return
            try:
                result = _from_reply(json.loads(self._received[_REPLY_HEADER.size : end]))
                reply = self._replies.popleft()
            # `_serve` never sends this, so an image has taken over the process.
            except (ValueError, TypeError, IndexError, RecursionError):
                self.end()
                return
            del self._received[:end]
            self._finish(reply, result)
            self._start_clock()

    def connection_lost(self, error: Exception | None) -> None:
        """Handle the death of the process, which closes its end of the connection."""
        self.end()

    def end(self, reason: Exception | None = None) -> None:
        """Kill the process. Its current image gets `reason`, or a DiedError if that is None."""
        if self.ended:
            return
        self.ended = True
        self._stop_clock()
        if self._transport is not None:
            self._transport.abort()
        self._process.kill()
        self._process.join()
        reason = reason or DiedError(self._process.exitcode)
        while self._replies:
            self._finish(self._replies.popleft(), reason)
            reason = LostError()

    @staticmethod
    def _finish(reply: asyncio.Future[object], result: object) -> None:
        # The waiting call may have been cancelled.
        if not reply.done():
            reply.set_result(result)

    def _start_clock(self) -> None:
        """Start the timeout of the next image, or of the start of the process."""
        self._stop_clock()
        if self._replies:
            seconds = self._timeout if self._is_ready else _START_SECONDS
            self._clock = self._loop.call_later(seconds, self._time_out)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _time_out(self) -> None:
        if self._is_ready:
            reason = f"decoding it took longer than {self._timeout:g} s"
        else:
            reason = f"its decoder did not start within {_START_SECONDS:g} s"
        self.end(ImageError(reason))


def _serve(connection: socket.socket, work: Work) -> None:
    """Reply to each image with the result or error of `work`, until the other side closes."""
    confine_process()
    # The other side may have gone.
    with connection, suppress(OSError):
        connection.sendall(_READY)
        while header := connection.recv(_HEADER.size, socket.MSG_WAITALL):
            claim_bytes, data_bytes = _HEADER.unpack(header)
            pickled = connection.recv(claim_bytes, socket.MSG_WAITALL)
            claim = pickle.loads(pickled)  # noqa: S301 (our own process)
            data = connection.recv(data_bytes, socket.MSG_WAITALL)
            if len(data) < data_bytes:
                return
            reply: list[object]
            try:
                image = work(data, claim)
                reply = [image.image_format, image.width, image.height]
                if image.pieces is not None:
                    reply.append([p.hex() if isinstance(p, bytes) else p for p in image.pieces])
            # The other side raises the error.
            except Exception as error:
                reply = [type(error).__name__, str(error)]
            # JSON, because an image may have taken over this process, and a pickle can run code.
            message = json.dumps(reply).encode()
            connection.sendall(_REPLY_HEADER.pack(len(message)) + message)


def _piece(told: Any) -> Piece:
    """Return a range of the file, or the bytes that replace one."""
    if isinstance(told, str):
        return bytes.fromhex(told)
    start, end = told
    return int(start), int(end)


def _from_reply(reply: list[Any]) -> object:
    """Return the image or the exception in a reply."""
    match reply:
        case [str(image_format), int(width), int(height)]:
            return CheckedImage(image_format, width, height)
        case [str(image_format), int(width), int(height), list(pieces)]:
            return CheckedImage(image_format, width, height, tuple(map(_piece, pieces)))
        case ["ImageError", str(reason)]:
            return ImageError(reason)
        case ["DriftError", str(reason)]:
            return DriftError(reason)
        case _:
            return RuntimeError(": ".join(map(str, reply)))
