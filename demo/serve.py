"""Serve a folder over HTTP on this machine's loopback address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    # Clients reuse a connection instead of opening one for each image.
    protocol_version = "HTTP/1.1"
    # Headers and body are two small writes; without this, Nagle's algorithm may hold back the
    # second until the client acknowledges the first.
    disable_nagle_algorithm = True
    # A connection that stays silent does not keep its thread for ever.
    timeout = 60
    # Python's own table asks the operating system, and not every system knows webp.
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".bmp": "image/bmp",
        ".gif": "image/gif",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".png": "image/png",
        ".webp": "image/webp",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing, because a line per image would bury the output of the demo."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The default backlog of 5 makes a burst of new clients wait for a TCP retry.
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that disconnect early."""


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve the files below `folder` and yield the base URL, like ``http://127.0.0.1:40123``.

    It uses a free port; only this machine can connect.
    """
    handler = partial(_Handler, directory=str(folder))
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
