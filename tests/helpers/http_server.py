"""Serve HTTP on this machine for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Reply:
    """One answer; `promised` is the Content-Length claimed when it is not the true one."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None


@contextmanager
def serving(answer: Callable[[str], Reply], takes_bodies: bool = False) -> Iterator[str]:
    """Yield the address of a server that answers each path with ``answer(path)``.

    It knows GET only; with `takes_bodies`, PUT and HEAD as well.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = answer(self.path)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            promised = len(reply.body) if reply.promised is None else reply.promised
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    if takes_bodies:
        Handler.do_PUT = Handler.do_HEAD = Handler.do_GET  # type: ignore[attr-defined]
    with running(Handler) as address:
        yield address


@contextmanager
def serving_folder(folder: Path) -> Iterator[str]:
    """Yield the address of a server that serves the files of `folder`."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            pass

    with running(Handler) as address:
        yield address


class _Server(ThreadingHTTPServer):
    # The default backlog of 5 makes a burst of new clients wait for a TCP retry.
    request_queue_size = 128

    # Clients that hang up early are what some tests are about, not worth a traceback.
    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yield the address of a server that answers by this handler, one for each connection."""
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
