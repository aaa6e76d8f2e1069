"""Every way in which a download can end, against hosts that misbehave."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from requests import Session

from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.ingest.web.download import Downloader, DownloadError
from paintings_dedupe.ingest.web.limits import Limits
from paintings_dedupe.ingest.web.session import new_session
from tests.helpers.bad_server import (
    BadServer,
    chunked,
    endless,
    raw,
    redirect,
    reply,
    reset,
    run_bad_server,
    silence,
    then,
)
from tests.helpers.certificate import write_certificate

BODY = bytes(range(256)) * 1000
LOCAL = AddressRule((ipaddress.ip_network("127.0.0.1"),))
LIMITS = Limits(max_bytes=1_000_000, deadline=20, read_timeout=5, tries=2, redirects=3)
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def session() -> Iterator[Session]:
    with new_session(connections=2, contact="me@example.org") as session:
        yield session


@pytest.fixture
def download(session: Session) -> Downloader:
    return Downloader(session, LIMITS, LOCAL)


@pytest.fixture
def server() -> Iterator[BadServer]:
    with run_bad_server() as server:
        yield server


def test_returns_the_exact_bytes(download: Downloader, server: BadServer) -> None:
    server.answers = {"/a": [reply(BODY)], "/b": [chunked(BODY)], "/c": [raw(OK + b"\r\n" + BODY)]}
    for path in server.answers:
        assert download(server.address + path) == BODY


def test_connections_are_kept_and_every_image_is_the_right_one(
    session: Session, server: BadServer
) -> None:
    """One connection after the other is used again, or replaced when the host has closed it."""
    answers = {f"/{n}": [reply(BODY[: 1000 + n])] for n in range(20)}
    server.answers = answers
    download = Downloader(session, LIMITS, LOCAL)
    assert [len(download(server.address + path)) for path in answers] == list(range(1000, 1020))


@pytest.mark.parametrize(
    ("answer", "reason", "requests"),
    [
        (reply(b"<h1>gone</h1>", "404 Not Found"), "^HTTP 404 Not Found$", 1),
        (reply(b"no", "403 Forbidden"), "^HTTP 403 Forbidden$", 1),
        # A partial answer is no image.
        (reply(b"part", "206 Partial Content"), "^HTTP 206", 1),
        (reply(b"half", length=8), "^the body was cut short$", 2),
        (chunked(BODY, end=b""), "^the body was cut short$", 2),
        (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"), "cut short|Invalid HTTP", 2),
        (reply(BODY * 4), "^larger than 1,000,000 bytes$", 1),
        (reply(b"", length=10**15), "^larger than 1,000,000 bytes$", 1),
        (then(raw(OK + b"\r\n"), endless(BODY)), "^larger than 1,000,000 bytes$", 1),
        (reply(b"", "503 Busy"), "^HTTP 503 Busy$", 2),
        (reply(b"", "429 Slow", "Retry-After: 999"), "asks to wait 999 s$", 1),
        (reply(b"", "429 Slow", f"Retry-After: {'9' * 400}"), "asks to wait inf s$", 1),
        (reply(b"", "503 Busy", "Retry-After: x"), "^HTTP 503 Busy$", 2),
        (reset, "^the connection broke: ", 2),
        (raw(b""), "^the connection broke: RemoteDisconnected$", 2),
        (raw(b"SSH-2.0-x\r\n\r\n"), "^the connection broke: BadStatusLine$", 2),
        (raw(b"HTTP/1.1 404 N\xffope\r\nContent-Length: 0\r\n\r\n"), "^HTTP 404 N\xffope$", 1),
        # Bodies without end where none is of use.
        (then(raw(b"HTTP/1.1 503 Busy\r\n\r\n"), endless(BODY)), "^HTTP 503 Busy$", 2),
        (then(raw(b"HTTP/1.1 404 No\r\n\r\n"), endless(BODY)), "^HTTP 404 No$", 1),
        # What its site forbids.
        (reply(BODY, "200 OK", "X-Robots-Tag: nofollow, NoAI"), "X-Robots-Tag: noai$", 1),
        (
            reply(BODY, "200 OK", "X-Robots-Tag: all", "X-Robots-Tag: noindex"),
            "X-Robots-Tag: noindex",
            1,
        ),
        # Where a redirect may not lead.
        (redirect("/a"), "^more than 3 redirects$", 4),
        (redirect("file:///etc/hostname"), "^not an http or https URL$", 1),
        (redirect("http://[::1"), "^not a usable URL", 1),
        (redirect(f"http://{'a' * 70}.x/"), "^not a usable URL", 1),
        (redirect("http://127.0.0.2/"), "^127.0.0.2 is not a public address", 1),
        (redirect("http://169.254.169.254/latest"), "^169.254.169.254 is not a public", 1),
        (redirect("http://2130706434/"), "^127.0.0.2 is not a public address", 1),
        (redirect("//[::ffff:7f00:2]/"), "is not a public address", 1),
        # Bombs.
        (
            reply(gzip.compress(bytes(9_000_000)), "200 OK", "Content-Encoding: gzip"),
            "^larger than 1,000,000 bytes$",
            1,
        ),
        (reply(BODY, "200 OK", "Content-Encoding: gzip"), "^the body is not gzip", 1),
        (reply(BODY, "200 OK", "Content-Encoding: br"), "^Content-Encoding br", 1),
        (
            reply(gzip.compress(BODY)[:-9], "200 OK", "Content-Encoding: gzip"),
            "^the body was cut short$",
            2,
        ),
    ],
)
def test_what_is_no_image_is_named(
    download: Downloader, server: BadServer, answer: Any, reason: str, requests: int
) -> None:
    server.answers = {"/a": [answer]}
    with pytest.raises(DownloadError, match=reason):
        download(f"{server.address}/a")
    assert server.count == requests


@pytest.mark.parametrize(
    "answer",
    [
        reply(gzip.compress(BODY), "200 OK", "Content-Encoding: x-gzip"),
        reply(zlib.compress(BODY), "200 OK", "Content-Encoding: deflate"),
        reply(BODY, "200 OK", "Content-Encoding: aws-chunked"),
        then(raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), reply(BODY)),
        then(raw(b"HTTP/1.1 100 Continue\r\n\r\n"), reply(BODY)),
        reply(BODY, "200 OK", "X-Robots-Tag: googlebot: noindex"),
        redirect("/é b?x=%2f"),
        raw("HTTP/1.1 302 Found\r\nLocation: /é b?x=%2f\r\n\r\n".encode()),
        raw("HTTP/1.1 308 Found\r\nLocation: /latin/é\r\n\r\n".encode("latin-1")),
        # The body of a redirect is of no interest, however long it is.
        then(raw(b"HTTP/1.1 302 Found\r\nLocation: /latin/\xe9\r\n\r\n"), endless(BODY)),
    ],
)
def test_odd_but_good_answers_are_taken(
    download: Downloader, server: BadServer, answer: Any
) -> None:
    good = [reply(BODY)]
    server.answers = {"/a": [answer], "/%C3%A9%20b?x=%2f": good, "/latin/%E9": good}
    assert download(f"{server.address}/a") == BODY


def test_the_largest_body_allowed_passes_and_one_byte_more_does_not(
    download: Downloader, server: BadServer
) -> None:
    server.answers = {"/a": [reply(b"x" * 1000)], "/b": [chunked(b"x" * 1000)]}
    for path in server.answers:
        exact = replace(download, limits=replace(LIMITS, max_bytes=1000))
        assert len(exact(server.address + path)) == 1000
        less = replace(download, limits=replace(LIMITS, max_bytes=999))
        with pytest.raises(DownloadError, match="larger than 999 bytes"):
            less(server.address + path)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/a.jpg", "file:///etc/hostname", "data:image/png;base64,AAAA"),
        *("picture.jpg", "http://", "http://[::1", "http://.example.org/", "http://h:port/", ""),
    ],
)
def test_what_is_no_http_address_is_refused(download: Downloader, url: str) -> None:
    with pytest.raises(DownloadError, match=r"^not (a usable|an http or https) URL"):
        download(url)


@pytest.mark.parametrize(
    ("spelled", "asked_for"),
    [
        ("/é.jpg?src=x%2Fy", "/%C3%A9.jpg?src=x%2Fy"),
        ("/b c?s=a%2Fb%3Ac%40d", "/b%20c?s=a%2Fb%3Ac%40d"),
        ("/é%c3%a9", "/%C3%A9%c3%a9"),
        ("/%7E~/%2e/./../a//b", "/%7E~/%2e/./../a//b"),
        ("//x", "//x"),
        ("/a[1]'!$?b[]=[&c=%zz", "/a[1]'!$?b[]=[&c=%zz"),
        ("?x", "/?x"),
        ("/a#b", "/a"),
    ],
)
def test_a_url_is_asked_for_as_it_is_spelled(
    download: Downloader, server: BadServer, spelled: str, asked_for: str
) -> None:
    """Neither requests nor urllib3 may spell it anew: a signature covers the spelling."""
    server.answers = {asked_for: [reply(BODY)]}
    assert download(f"{server.address}{spelled}") == BODY


def test_the_host_learns_who_asks_and_nothing_else(
    session: Session, server: BadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No password out of .netrc, no cookie of its own, no proxy of the environment."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.answers = {"/a": [reply(BODY, "200 OK", "Set-Cookie: id=1; Path=/")]}
    download = Downloader(session, LIMITS, LOCAL)
    download(f"{server.address}/a")
    download(f"{server.address}/a")
    lines = [line.lower() for head in server.requests["/a"] for line in head.splitlines()]
    names = {line.partition(":")[0] for line in lines if ": " in line}
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert any("paintings-dedupe/" in line and "(+me@example.org)" in line for line in lines)
    assert "accept-encoding: identity" in lines


def test_a_password_goes_to_its_own_host_only(download: Downloader, server: BadServer) -> None:
    with run_bad_server({"/b": [reply(BODY)]}) as other:
        server.answers = {
            "/a": [redirect("/b")],
            "/b": [redirect(f"{other.address}/b")],
        }
        login = server.address.replace("http://", "http://alice:p%C3%A4 ss@")
        assert download(f"{login}/a") == BODY
        expected = "Authorization: Basic YWxpY2U6cMOkIHNz"
        assert expected in server.requests["/a"][0]
        assert expected in server.requests["/b"][0]
        assert "Authorization" not in other.requests["/b"][0]


def test_no_reason_tells_a_secret(download: Downloader, server: BadServer) -> None:
    login = server.address.replace("http://", "http://alice:hunter2@")
    server.answers = {
        "/gone?sig=hush": [reply(b"", "404 http://x/?sig=hush")],
        "/there?sig=hush": [redirect("http://alice:hunter2@[::1/?sig=hush")],
        "/on?sig=hush": [redirect("http://alice:hunter2@127.0.0.2/?sig=hush")],
    }
    for path in server.answers:
        with pytest.raises(DownloadError) as caught:
            download(login + path)
        assert "hush" not in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_nobody_listens(download: Downloader) -> None:
    with socket.socket() as unheard:
        # Bound but not listening: the port is taken, yet nobody answers.
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        with pytest.raises(DownloadError, match=r"^could not connect: Connection refused$"):
            download(f"http://127.0.0.1:{port}/")


def test_tls_is_verified(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_certificate(tmp_path / "c.pem", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem")
    limits = replace(LIMITS, tries=1)
    with run_bad_server({"/%c3%a9": [reply(BODY)]}, tls=context) as server:
        with pytest.raises(DownloadError, match=r"connect: TLS: CERTIFICATE_VERIFY_FAILED$"):
            Downloader(session, limits, LOCAL)(f"{server.address}/%c3%a9")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "c.pem"))
        with new_session(1, "me@example.org") as trusting:
            assert Downloader(trusting, limits, LOCAL)(f"{server.address}/%c3%a9") == BODY


def test_what_may_pass_is_tried_again(download: Downloader, server: BadServer) -> None:
    server.answers = {"/a": [reply(b"", "503 Busy", "Retry-After: 0"), reply(BODY)]}
    assert download(f"{server.address}/a") == BODY


@pytest.mark.parametrize(
    ("answer", "limits", "reason"),
    [
        (silence, {"read_timeout": 0.1, "tries": 1}, "^timed out$"),
        (
            then(raw(OK + b"Content-Length: 9\r\n\r\nhalf"), silence),
            {"read_timeout": 0.1, "tries": 1},
            "^timed out$",
        ),
        (
            then(raw(OK), endless(b"X: y\r\n", 0.05)),
            # Below 0, it is the time for headers that is short, not that for a read.
            {"read_timeout": 15, "rate_window": -14.5},
            "^its headers took too long$",
        ),
        (then(raw(OK), endless(b"X: y\r\n", 0.05)), {"deadline": 0.5}, "^took longer than 0.5 s$"),
        (
            endless(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.01),
            {"deadline": 0.5},
            "^took longer than 0.5 s$",
        ),
        (
            then(raw(OK + b"\r\n"), endless(b"x", 0.05)),
            {"rate_window": 0.3, "tries": 1},
            "^slower than 1,000 bytes per second",
        ),
        (
            then(raw(OK + b"\r\n"), endless(b"x", 0.05)),
            {"min_rate": 0, "deadline": 0.5},
            "^took longer than 0.5 s$",
        ),
        (
            then(raw(OK + b"Transfer-Encoding: chunked\r\n\r\n1;"), endless(b"x" * 1000)),
            {"tries": 1},
            "cut short|Invalid HTTP",
        ),
        (reply(b"", "503 Busy", "Retry-After: 3"), {"deadline": 2}, "^took longer than 2 s$"),
    ],
)
def test_no_host_holds_a_thread_for_ever(
    download: Downloader, server: BadServer, answer: Any, limits: dict[str, Any], reason: str
) -> None:
    server.answers = {"/a": [answer]}
    with pytest.raises(DownloadError, match=reason):
        replace(download, limits=replace(LIMITS, **limits))(f"{server.address}/a")


def test_a_handshake_that_hangs_ends_at_the_deadline(session: Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        download = Downloader(session, replace(LIMITS, deadline=0.3), LOCAL)
        with pytest.raises(DownloadError, match=r"^took longer than 0.3 s$"):
            download(f"https://127.0.0.1:{listener.getsockname()[1]}/")


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[BadServer]:
    """A proxy that answers itself, named by the environment."""
    with run_bad_server() as server:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, server.address)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield server


def test_a_proxy_is_used_if_it_is_trusted(session: Session, proxy: BadServer) -> None:
    """It resolves names itself, so that addresses cannot be judged here."""
    asked_for = "http://pictures.example/%C3%A9%2f/../a?b=%7e"
    proxy.answers = {asked_for: [reply(BODY)]}
    download = Downloader(session, LIMITS, trust_proxy=True)
    assert download("http://pictures.example/é%2f/../a?b=%7e") == BODY
    (head,) = proxy.requests[asked_for]
    assert "Host: pictures.example" in head


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "[::1]", "169.254.169.254"])
def test_a_trusted_proxy_is_not_asked_for_private_addresses(
    session: Session, proxy: BadServer, host: str
) -> None:
    with pytest.raises(DownloadError, match="is not a public address"):
        Downloader(session, LIMITS, trust_proxy=True)(f"http://{host}/a")
    assert proxy.count == 0


def test_what_goes_around_a_proxy_is_judged(
    session: Session, proxy: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.setenv("no_proxy", "localhost")
    with pytest.raises(DownloadError, match="is not a public address"):
        Downloader(session, LIMITS, trust_proxy=True)("http://localhost/a")
    assert proxy.count == 0


def test_threads_do_not_disturb_each_other(session: Session, server: BadServer) -> None:
    """The end of one download's time cuts its own connection, and no other."""
    server.answers = {
        "/drip": [then(raw(OK + b"\r\n"), endless(b"x", 0.05))],
        "/good": [reply(BODY)],
    }
    short = Downloader(session, replace(LIMITS, deadline=0.5, min_rate=0), LOCAL)
    found: list[Callable[[], Any] | str | bytes] = []

    def drip() -> None:
        try:
            short(f"{server.address}/drip")
        except DownloadError as error:
            found.append(str(error))

    thread = threading.Thread(target=drip)
    thread.start()
    download = Downloader(session, LIMITS, LOCAL)
    while thread.is_alive():
        assert download(f"{server.address}/good") == BODY
    thread.join()
    assert found == ["took longer than 0.5 s"]
