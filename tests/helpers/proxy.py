"""A real forward proxy on this machine: CONNECT, and absolute URLs over plain HTTP."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class ForwardProxy:
    """A running proxy.

    Attributes
    ----------
    address
        Its host and port.
    login
        ``user:password`` that it wants; empty: none.
    addresses
        Where names lead that it is asked for, in the place of the DNS.
    requests
        The first lines of the requests so far.
    """

    address: str = ""
    login: str = ""
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until either side has had enough."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                self.requests.append(first)
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (x.partition(":") for x in lines)
                }
                if not self._admits(headers):
                    writer.write(
                        b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                        b"Proxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
                    )
                    continue
                # It ends with the answer, as it says to the server.
                await self._forward(first, lines, headers, reader, writer)
                return
        # The client hung up, or the proxy ends.
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    def _admits(self, headers: dict[str, str]) -> bool:
        wanted = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        return not self.login or headers.get("proxy-authorization") == wanted

    async def _forward(
        self,
        first: str,
        lines: list[str],
        headers: dict[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        method, target, _ = first.split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            there, out = await self._connect(host, int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                await asyncio.gather(_copy(reader, out), _copy(there, writer))
            finally:
                out.transport.abort()
            return
        url = urlsplit(target)
        there, out = await self._connect(url.hostname or "", url.port or 80)
        kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection"))]
        path = f"{url.path or '/'}{f'?{url.query}' if url.query else ''}"
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""])
        out.write(head.encode("latin-1"))
        out.write(await reader.readexactly(int(headers.get("content-length", 0))))
        try:
            await _copy(there, writer)
        finally:
            out.transport.abort()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.addresses.get(host, (host, port))
        return await asyncio.open_connection(host, port)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()


@contextmanager
def run_proxy(login: str = "") -> Iterator[ForwardProxy]:
    """Serve on a free port, in a thread, until the block ends."""
    proxy = ForwardProxy(login=login)
    loop = asyncio.new_event_loop()
    # asyncio itself forgets a client that neither side will ever hear of again.
    clients = set[object]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.add(asyncio.current_task())
        await proxy.serve(reader, writer)

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    proxy.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def end() -> None:
        server.close()
        # A client may have been accepted on this turn of the loop and be served on a later one, and
        # only on a later one are sockets closed.
        turns_without = 0
        while turns_without < 5:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            turns_without = 0 if tasks else turns_without + 1
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)

    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
