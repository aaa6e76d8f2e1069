"""The server gives every file under its percent-encoded name, to many clients at once."""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import requests

from demo.serve import serve_folder
from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.ingest.web.download import Downloader
from paintings_dedupe.ingest.web.limits import Limits
from paintings_dedupe.ingest.web.session import new_session


def test_names_that_need_encoding_are_served(tmp_path: Path) -> None:
    for name in ["Élodie Carré/Study #1.jpg", "Ann O'Dell/50% & more.webp", "a%2Fb/c.png"]:
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(name.encode())
        with (
            serve_folder(tmp_path) as base,
            requests.get(f"{base}/{quote(name)}", timeout=60) as response,
        ):
            assert response.content == name.encode()
            assert (
                response.headers["Content-Type"]
                == {
                    ".jpg": "image/jpeg",
                    ".png": "image/png",
                    ".webp": "image/webp",
                }[path.suffix]
            )


def test_many_clients_at_once_all_get_their_file(tmp_path: Path) -> None:
    bodies = {f"{i}.png": bytes([i]) * 50_000 for i in range(200)}
    for name, body in bodies.items():
        (tmp_path / name).write_bytes(body)
    # No retries: a refused or broken connection must show.
    with (
        serve_folder(tmp_path) as base,
        new_session(32, "me@example.org") as session,
        ThreadPoolExecutor(32) as clients,
    ):
        rule = AddressRule((ipaddress.ip_network("127.0.0.1"),))
        download = Downloader(session, Limits(tries=1), rule)
        got = clients.map(lambda name: download(f"{base}/{name}"), bodies)
        assert list(got) == list(bodies.values())
