"""Serve HTTP that misbehaves on command, as real bytes on a real socket of this machine."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_LONGEST_REQUEST = 1024 * 1024

# What is done to one client that asked: write bytes, wait, return. The connection then closes.
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(
    body: bytes = b"",
    status: str = "200 OK",
    *headers: str,
    content_type: str = "image/jpeg",
    length: int | str | None = -1,
) -> Answer:
    """Answer in proper HTTP, but for what is asked for.

    Parameters
    ----------
    headers
        Further header lines.
    length
        The Content-Length to claim; -1: the true one; None: no such header.
    """
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", "Connection: close", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length == -1 else length}")
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def redirect(to: str) -> Answer:
    """Answer that the image is elsewhere."""
    return reply(b"", "302 Found", f"Location: {to}")


def chunked(body: bytes, *headers: str, end: bytes = b"0\r\n\r\n") -> Answer:
    """Answer without a length, in chunks of at most 1,000 bytes and `end`."""
    pieces = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    encoded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return reply(encoded + end, "200 OK", "Transfer-Encoding: chunked", *headers, length=None)


def raw(data: bytes) -> Answer:
    """Answer with these bytes and no others."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def then(first: Answer, *more: Answer) -> Answer:
    """Do one thing after another on one connection."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        for one in (first, *more):
            await one(writer)

    return answer


def endless(data: bytes, pause: float = 0.0) -> Answer:
    """Send `data` again and again, every `pause` seconds, until the client has had enough."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


async def silence(writer: asyncio.StreamWriter) -> None:
    """Send nothing, and keep the connection open."""
    await asyncio.Event().wait()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off."""
    writer.transport.abort()


def slowly(answer: Answer, seconds: float) -> Answer:
    """Wait before the answer."""

    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await answer(writer)

    return slow


def behind(gate: threading.Event, answer: Answer) -> Answer:
    """Wait with the answer until the gate is open."""

    async def gated(writer: asyncio.StreamWriter) -> None:
        while not gate.is_set():
            await asyncio.sleep(0.01)
        await answer(writer)

    return gated


@dataclass
class BadServer:
    """A running server.

    Attributes
    ----------
    address
        Such as ``"http://127.0.0.1:40123"``.
    answers
        What each path gets, request by request; the last one ever after. May be changed.
    requests
        The heads of the requests so far, by path.
    """

    address: str = ""
    answers: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    requests: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _clients: set[asyncio.Task[None] | None] = field(default_factory=set)

    @property
    def count(self) -> int:
        """The number of requests so far."""
        return sum(len(heads) for heads in list(self.requests.values()))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client."""
        task = asyncio.current_task()
        # The event loop alone would not keep it alive.
        self._clients.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1]
            self.requests[path].append(head)
            answers = self.answers.get(path, [reply(b"", "404 Not Found")])
            await answers[min(len(self.requests[path]), len(answers)) - 1](writer)
            writer.close()
        # The client hung up, or the server ends.
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._clients.discard(task)


@contextmanager
def run_bad_server(
    answers: Mapping[str, Sequence[Answer]] | None = None,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[BadServer]:
    """Serve on a free port of `host`, in a thread, until the block ends."""
    bad_server = BadServer(answers=answers or {})
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(
            bad_server.serve, host, 0, ssl=tls, limit=_LONGEST_REQUEST, backlog=1024
        )

    server = loop.run_until_complete(start())
    port = server.sockets[0].getsockname()[1]
    bad_server.address = f"http{'s' if tls else ''}://{host}:{port}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield bad_server
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    """Hang up on everybody."""
    server.close()
    # A client may have been accepted on this turn of the loop, and be served on the next one.
    for _ in range(2):
        clients = asyncio.all_tasks() - {asyncio.current_task()}
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await asyncio.sleep(0)
