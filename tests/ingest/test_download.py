"""Every way in which a download can end."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from ingest.download import DownloadError, download, new_session
from tests.helpers.http_server import Reply, serving


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with new_session(connections=2, retries=1) as session:
        # A proxy set for the machine must not stand between a test and its own server.
        session.trust_env = False
        yield session


def test_returns_the_exact_bytes(session: requests.Session) -> None:
    body = bytes(range(256)) * 1000
    with serving(lambda path: Reply(body)) as host:
        assert download(f"{host}/a", session) == body


def test_names_the_status_that_is_not_ok(session: requests.Session) -> None:
    with (
        serving(lambda path: Reply(b"<h1>gone</h1>", status=404)) as host,
        pytest.raises(DownloadError, match=r"^HTTP 404 Not Found$"),
    ):
        download(host, session)


def test_a_partial_answer_is_no_image(session: requests.Session) -> None:
    with (
        serving(lambda path: Reply(b"part", status=206)) as host,
        pytest.raises(DownloadError, match="HTTP 206"),
    ):
        download(host, session)


def test_a_body_shorter_than_promised_is_refused(session: requests.Session) -> None:
    with (
        serving(lambda path: Reply(b"half", promised=8)) as host,
        pytest.raises(DownloadError, match="cut short"),
    ):
        download(host, session)


def test_the_largest_body_allowed_passes_and_one_byte_more_does_not(
    session: requests.Session,
) -> None:
    with serving(lambda path: Reply(b"x" * 1000)) as host:
        assert len(download(host, session, max_bytes=1000)) == 1000
        with pytest.raises(DownloadError, match="larger than 999 bytes"):
            download(host, session, max_bytes=999)


def test_size_is_judged_after_decompression(session: requests.Session) -> None:
    packed = Reply(gzip.compress(bytes(1_000_000)), headers={"Content-Encoding": "gzip"})
    with (
        serving(lambda path: packed) as host,
        pytest.raises(DownloadError, match="larger than 10,000 bytes"),
    ):
        download(host, session, max_bytes=10_000)


def test_a_redirect_is_followed(session: requests.Session) -> None:
    def answer(path: str) -> Reply:
        return Reply(b"here") if path == "/new" else Reply(status=302, headers={"Location": "/new"})

    with serving(answer) as host:
        assert download(f"{host}/old", session) == b"here"


def test_endless_redirects_end(session: requests.Session) -> None:
    with (
        serving(lambda path: Reply(status=302, headers={"Location": path})) as host,
        pytest.raises(DownloadError, match="redirects"),
    ):
        download(f"{host}/loop", session)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a.jpg",
        "file:///etc/hostname",
        "data:image/png;base64,AAAA",
        "picture.jpg",
        "http://",
        "http://[::1",
        "http://.example.org/",
        "http://example.org:port/",
        "",
    ],
)
def test_what_is_no_http_address_is_refused(session: requests.Session, url: str) -> None:
    with pytest.raises(DownloadError, match="not a usable URL"):
        download(url, session)


def test_a_redirect_cannot_reach_a_local_file(session: requests.Session) -> None:
    away = Reply(status=302, headers={"Location": "file:///etc/hostname"})
    with (
        serving(lambda path: away) as host,
        pytest.raises(DownloadError, match="not a usable URL"),
    ):
        download(host, session)


def test_a_refused_connection_says_so_without_object_addresses(
    session: requests.Session,
) -> None:
    with socket.socket() as unheard:
        # Bound but not listening: the port is taken, yet nobody answers.
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        with pytest.raises(DownloadError, match=r"could not connect: .*refused") as caught:
            download(f"http://127.0.0.1:{port}/", session)
    assert "0x" not in str(caught.value)


def test_a_passing_failure_is_tried_again(session: requests.Session) -> None:
    replies = iter([Reply(status=503), Reply(b"after all")])
    with serving(lambda path: next(replies)) as host:
        assert download(host, session) == b"after all"


def test_a_lasting_failure_ends_with_its_status(session: requests.Session) -> None:
    paths: list[str] = []

    def answer(path: str) -> Reply:
        paths.append(path)
        return Reply(status=503)

    with (
        serving(answer) as host,
        pytest.raises(DownloadError, match="HTTP 503"),
    ):
        download(host, session)
    assert len(paths) == 2


def test_a_final_failure_is_not_tried_again(session: requests.Session) -> None:
    paths: list[str] = []

    def answer(path: str) -> Reply:
        paths.append(path)
        return Reply(status=403)

    with serving(answer) as host, pytest.raises(DownloadError, match="HTTP 403"):
        download(host, session)
    assert len(paths) == 1


def test_a_silent_host_times_out(session: requests.Session) -> None:
    awake = threading.Event()

    def answer(path: str) -> Reply:
        awake.wait(10)
        return Reply()

    with serving(answer) as host:
        try:
            with pytest.raises(DownloadError, match=r"^timed out$"):
                download(host, session, read_timeout=0.05)
        finally:
            awake.set()


def test_a_body_that_stalls_times_out(session: requests.Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def stall() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
                connection.recv(1)  # until the client hangs up

        thread = threading.Thread(target=stall)
        thread.start()
        try:
            with pytest.raises(DownloadError, match=r"^timed out$"):
                download(
                    f"http://127.0.0.1:{listener.getsockname()[1]}/", session, read_timeout=0.05
                )
        finally:
            thread.join()


def test_a_host_cannot_make_a_thread_sleep_for_hours() -> None:
    with new_session(connections=1) as session:
        adapter = session.get_adapter("https://example.org")
    assert isinstance(adapter, HTTPAdapter)
    retry = adapter.max_retries
    assert retry.get_retry_after(HTTPResponse(headers={"Retry-After": "86400"})) == 30
