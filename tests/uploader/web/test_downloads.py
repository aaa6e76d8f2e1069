"""Downloads from real servers, by way of real DNS and proxies, that are slow or out of order."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network

import pytest

from paintings_dedupe.common.web.addresses import AddressRule
from tests.helpers.addresses import FORBIDDEN, named_address, watched_port
from tests.helpers.bad_server import (
    BadServer,
    endless,
    raw,
    redirect,
    reply,
    run_bad_server,
    silence,
    then,
)
from tests.helpers.dns_server import run_dns
from tests.helpers.http_server import running
from tests.helpers.proxy import run_proxy
from uploader.flow import descriptors
from uploader.flow.budget import ByteBudget
from uploader.flow.limits import Limits
from uploader.flow.places import Places, run_on_loop
from uploader.flow.row_clock import RowClock
from uploader.web.clients import open_clients
from uploader.web.download import Downloader, DownloadError, RefusedError
from uploader.web.hosts import Hosts
from uploader.web.proxies import NO_PROXIES, Proxies, proxies_of

LOOPBACK = AddressRule((ip_network("127.0.0.1"),))
LIMITS = Limits(tries=1, deadline=60)
BODY = bytes(range(256)) * 4_000
Found = bytes | str


def _fetch(
    *urls: str,
    limits: Limits = LIMITS,
    proxies: Proxies = NO_PROXIES,
    nameservers: Sequence[str] | None = None,
    rule: AddressRule = LOOPBACK,
) -> list[Found]:
    """Return the bodies of `urls`, or the errors, downloaded as in a run."""
    found: dict[str, Found] = {}

    async def run() -> None:
        places = Places(limits.workers)
        budget = ByteBudget(limits.memory, limits.max_bytes)
        hosts = Hosts(limits.per_host, limits.host_failures, limits.host_pause)
        async with open_clients(limits, rule, "me@example.org", proxies, nameservers) as clients:
            download = Downloader(clients, hosts, limits)

            async def work(url: str) -> Found:
                timeout = asyncio.timeout(None)
                try:
                    async with timeout:
                        clock = RowClock(timeout, limits.deadline, places)
                        with budget.loan() as loan:
                            return (await download(url, loan, clock)).data
                except (DownloadError, RefusedError) as error:
                    return str(error)
                except TimeoutError:
                    return "deadline"

            await places.run(work, urls, found.__setitem__, lambda: False)

    run_on_loop(run())
    return [found[url] for url in urls]


@pytest.fixture(autouse=True)
def no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment exempts from proxies."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def _port(server: BadServer) -> str:
    return server.address.rpartition(":")[2]


def test_rows_whose_names_resolve_slowly_do_not_take_the_time_of_others() -> None:
    """There are more of them than workers, and they come first."""
    slow = [f"h{number}.slow.test" for number in range(40)]
    dns = dict.fromkeys(slow, None) | {"honest.test": "127.0.0.1"}
    with run_bad_server({"/": [reply(BODY)]}) as server, run_dns(dns) as (nameserver, _):
        urls = [*(f"http://{host}/" for host in slow), f"http://honest.test:{_port(server)}/"]
        *others, honest = _fetch(
            *urls,
            # The deadline is shorter than the wait for a name.
            limits=replace(LIMITS, workers=4, name_timeout=3, deadline=2.5),
            nameservers=[nameserver],
        )
    assert honest == BODY
    assert others == [f"the name {host} was not resolved within 3 s" for host in slow]


def test_no_name_leads_to_a_forbidden_address() -> None:
    """Nor does a redirect to such a name."""
    addresses = {address for one in FORBIDDEN for address in one.addresses}
    names = {f"h{number}.test": str(address) for number, address in enumerate(addresses)}
    with (
        run_bad_server(host="127.0.0.2") as server,
        run_dns(names) as (nameserver, _),
        watched_port() as (port, was_connected_to),
    ):
        urls = [f"http://{name}:{port}/" for name in names]
        server.answers = {f"/{number}": [redirect(url)] for number, url in enumerate(urls)}
        urls += [f"{server.address}{path}" for path in server.answers]
        reasons = _fetch(
            *urls,
            rule=AddressRule((ip_network("127.0.0.2"),)),
            nameservers=[nameserver],
        )
        assert not was_connected_to()
    assert [named_address(str(reason)) for reason in reasons] == [*addresses, *addresses]


def test_a_password_goes_to_its_own_host_only() -> None:
    with run_bad_server({"/b": [reply(BODY)]}) as other, run_bad_server() as server:
        server.answers = {"/a": [redirect("/b")], "/b": [redirect(f"{other.address}/b")]}
        (data,) = _fetch(f"{server.address.replace('http://', 'http://alice:hunter2@')}/a")
        assert data == BODY
        for path in ("/a", "/b"):
            assert "Authorization: Basic YWxpY2U6aHVudGVyMg==" in server.requests[path][0]
        assert not {"authorization", "referer", "cookie"} & {
            line.partition(":")[0].lower() for line in other.requests["/b"][0].splitlines()
        }


def test_drips_that_promise_much_do_not_hold_the_memory_of_others() -> None:
    """Two of them promise all that there is. Memory is lent for what has come."""
    size = 600_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    drip = then(raw(head + bytes(300_000)), endless(b"x", 0.05))
    with (
        run_bad_server({f"/{number}": [drip] for number in range(2)}) as bad,
        run_bad_server({"/": [reply(BODY[:size])]}) as good,
    ):
        *drips, honest = _fetch(
            f"{bad.address}/0",
            f"{bad.address}/1",
            f"{good.address}/",
            limits=replace(LIMITS, memory=2 * size, max_bytes=size, rate_window=1),
        )
    assert honest == BODY[:size]
    assert drips == ["slower than 1,000 bytes per second (--min-rate)"] * 2


def test_images_that_together_need_more_memory_than_there_is_all_come() -> None:
    """Each grows while others hold a part; none waits for ever, nor by its deadline."""
    with run_bad_server({f"/{number}": [reply(BODY)] for number in range(12)}) as server:
        bodies = _fetch(
            *(f"{server.address}/{number}" for number in range(12)),
            limits=replace(LIMITS, memory=1_100_000, max_bytes=2_000_000),
        )
    assert bodies == [BODY] * 12


def test_a_request_on_a_kept_connection_that_breaks_is_sent_once() -> None:
    """HTTP clients like to send it again by themselves, beyond the tries that are allowed."""
    asked = []

    class OneAnswerAConnection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answered = False

        def do_GET(self) -> None:
            asked.append(self.path)
            if self.answered:
                self.close_connection = True
                return
            self.answered = True
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with running(OneAnswerAConnection) as address:
        found = _fetch(f"{address}/1", f"{address}/2", limits=replace(LIMITS, per_host=1))
    assert found == [BODY, "the connection broke: Server disconnected"]
    assert asked == ["/1", "/2"]


def test_a_host_that_drips_is_left_alone_for_that() -> None:
    drip = then(raw(b"HTTP/1.1 200 OK\r\n\r\n"), endless(b"x", 0.05))
    with run_bad_server({f"/{number}": [drip] for number in range(20)}) as server:
        reasons = _fetch(
            *(f"{server.address}/{number}" for number in range(20)),
            limits=replace(LIMITS, per_host=2, host_failures=2, rate_window=0.5),
        )
        assert server.count < 20
    slow = "slower than 1,000 bytes per second (--min-rate)"
    assert slow in reasons
    alone = [reason for reason in reasons if reason != slow]
    assert alone
    assert all(f"{slow}: 127.0.0.1:{_port(server)} failed " in str(reason) for reason in alone)


def test_a_host_that_lets_the_deadline_pass_is_left_alone_for_that() -> None:
    with run_bad_server({"/": [silence], "/2": [silence]}) as server:
        first, second = _fetch(
            f"{server.address}/",
            f"{server.address}/2",
            limits=replace(LIMITS, per_host=1, host_failures=1, deadline=0.5),
        )
    assert first == "deadline"
    assert str(second).startswith("took longer than 0.5 s: ")


def test_a_host_is_asked_as_seldom_however_it_is_spelled() -> None:
    """One request at a time fails, and the others are not sent."""
    with run_bad_server({f"/{number}": [silence] for number in range(3)}) as server:
        port = _port(server)
        _fetch(
            *(f"http://127.0.0.1:{zeros}{port}/{len(zeros)}" for zeros in ("", "0", "00")),
            limits=replace(LIMITS, per_host=1, host_failures=1, deadline=0.5),
        )
        assert server.count == 1


def test_bytes_that_come_slowly_but_steadily_are_an_image() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        for start in range(0, 5_000, 500):
            writer.write(BODY[start : start + 500])
            await writer.drain()
            await asyncio.sleep(0.1)

    steady = then(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"), trickle)
    with run_bad_server({"/": [steady]}) as server:
        # It would take a stall of 25 s to make it slower.
        limits = replace(LIMITS, rate_window=0.3, min_rate=20)
        assert _fetch(f"{server.address}/", limits=limits) == [BODY[:5_000]]


def test_without_file_descriptors_no_host_is_blamed() -> None:
    """The limit is lowered once the connections to the servers' own side are there."""
    with run_bad_server({f"/{number}": [reply(BODY)] for number in range(3)}) as server:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        urls = [f"{server.address}/{number}" for number in range(3)]
        found: list[Found] = []

        async def run() -> None:
            hosts = Hosts(1, 1, 60)
            async with open_clients(LIMITS, LOOPBACK, "me@example.org") as clients:
                download = Downloader(clients, hosts, LIMITS)
                for number, url in enumerate(urls):
                    timeout = asyncio.timeout(60)
                    if number < 2:
                        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
                    try:
                        async with timeout:
                            with ByteBudget(10_000_000).loan() as loan:
                                clock = RowClock(timeout, 60, Places(1))
                                found.append((await download(url, loan, clock)).data)
                    except DownloadError as error:
                        found.append(str(error))
                    finally:
                        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

        run_on_loop(run())
    assert found == [descriptors.REMEDY, descriptors.REMEDY, BODY]


@pytest.mark.parametrize("login", ["", "someone:else"])
def test_a_proxy_that_refuses_is_named_and_the_host_is_not_blamed(login: str) -> None:
    with run_bad_server({"/": [reply(BODY)]}) as server, run_proxy("user:secret") as proxy:
        proxies = proxies_of(
            dict.fromkeys(("http", "https"), f"http://{login}@{proxy.address}"), LOOPBACK
        )
        limits = replace(LIMITS, tries=3, host_failures=1)
        found = _fetch(
            f"{server.address}/",
            f"{server.address}/?2",
            "https://gallery.test/",
            proxies=proxies,
            limits=limits,
        )
    assert found == ["the proxy answered HTTP 407 Proxy Authentication Required"] * 3
    assert len(proxy.requests) == 3


def test_a_proxy_that_is_not_there_is_named() -> None:
    proxies = proxies_of({"http": "http://127.0.0.1:1"}, LOOPBACK)
    (found,) = _fetch("http://gallery.test/", proxies=proxies)
    assert found == "could not connect to the proxy: Connection refused"


def test_connections_to_a_proxy_are_used_again_with_its_login() -> None:
    with run_bad_server() as server, run_proxy("user:secret") as proxy:
        server.answers = {f"/{number}": [reply(BODY[:99])] for number in range(5)}
        proxies = proxies_of({"http": f"user:secret@{proxy.address}"}, LOOPBACK)
        limits = replace(LIMITS, per_host=1, tries=3)
        urls = [f"{server.address}/{number}" for number in range(5)]
        assert _fetch(*urls, proxies=proxies, limits=limits) == [BODY[:99]] * 5
