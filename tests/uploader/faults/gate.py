"""Stand between a run and its Azurite, and keep one of its requests or answers back for a while."""

from __future__ import annotations

import asyncio
import io
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import aiohttp
from aiohttp import web
from yarl import URL

# A method and a path: whether this is the request to keep back.
Which = Callable[[str, str], bool]

_OF_ONE_CONNECTION = {"connection", "content-length", "transfer-encoding", "content-encoding"}


class Gate:
    """A way to a storage account, which is open until a request comes for which it was set.

    Attributes
    ----------
    connection_string
        Leads through the gate.
    reached
        Set while a request is kept back.
    opened
        To be set to let it go on.
    answered
        The path of each request that has its answer, and the status.
    """

    def __init__(self, connection_string: str, which: Which, times: int, answer: bool) -> None:
        """Keep back the request number `times` of those that `which` knows, or its answer."""
        self._upstream = re.findall(r"BlobEndpoint=(http://[^/;]+)", connection_string)[0]
        self._account = connection_string
        self._which, self._left, self._answer = which, times, answer
        self.connection_string = ""
        self.reached, self.opened = threading.Event(), threading.Event()
        self.answered: list[tuple[str, int]] = []

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not self._which(request.method, request.raw_path):
            return await self._forward(request, body)
        self._left -= 1
        if self._left:
            return await self._forward(request, body)
        answer = await self._forward(request, body) if self._answer else None
        self.reached.set()
        while not self.opened.is_set():
            await asyncio.sleep(0.01)
        return answer or await self._forward(request, body)

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        async with self._client.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            headers=_headers(request.headers.items()),
            data=io.BytesIO(body) if body else None,
            skip_auto_headers=("Accept", "Content-Type", "User-Agent"),
        ) as answer:
            content = await answer.read()
            self.answered.append((request.raw_path, answer.status))
            return web.Response(
                status=answer.status,
                reason=answer.reason,
                headers=_headers(answer.headers.items()),
                body=content,
            )

    async def serve(self, ended: asyncio.Event, started: threading.Event) -> None:
        """Serve on a free port, until `ended`."""
        async with aiohttp.ClientSession(auto_decompress=False) as self._client:
            app = web.Application(client_max_size=1 << 30)
            app.router.add_route("*", "/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self.connection_string = self._account.replace(self._upstream, address)
            started.set()
            await ended.wait()
            await runner.cleanup()


def _headers(items: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in items if name.lower() not in _OF_ONE_CONNECTION]


@contextmanager
def run_gate(connection_string: str, which: Which, times: int, answer: bool) -> Iterator[Gate]:
    """Serve such a gate from a thread."""
    gate = Gate(connection_string, which, times, answer)
    loop, started, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=[gate.serve(ended, started)], daemon=True
    )
    thread.start()
    started.wait()
    try:
        yield gate
    finally:
        gate.opened.set()
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
