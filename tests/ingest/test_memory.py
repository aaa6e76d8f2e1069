"""All images together hold no more than they may, and those that wait lose nothing by it."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace

import pytest

from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.ingest.memory import Memory
from paintings_dedupe.ingest.web.download import Downloader, DownloadError
from paintings_dedupe.ingest.web.limits import Limits
from paintings_dedupe.ingest.web.session import new_session
from tests.helpers.bad_server import behind, raw, reply, run_bad_server, then

LOCAL = AddressRule((ipaddress.ip_network("127.0.0.1"),))
BODY = bytes(range(256)) * 1000


@pytest.mark.parametrize(
    ("total", "threads", "largest", "share", "places"),
    [(1000, 10, 100, 50, 5), (1000, 10, 300, 50, 1), (1000, 10, 501, 50, 1), (10, 16, 64, 0, 1)],
)
def test_the_bytes_are_enough(
    total: int, threads: int, largest: int, share: int, places: int
) -> None:
    memory = Memory(total, threads, largest)
    assert (memory.share, memory.places) == (share, places)
    assert memory.share * threads + memory.places * largest <= max(total, total // 2 + largest)


def test_few_are_large_at_a_time_and_each_has_its_turn() -> None:
    memory, lock = Memory(400, 10, 100), threading.Lock()
    now, most, waited = 0, 0, []

    @contextmanager
    def waiting() -> Iterator[None]:
        waited.append(threading.get_ident())
        yield

    def work(number: int) -> None:
        nonlocal now, most
        with memory.image():
            memory.grow(20, waiting)
            memory.grow(21, waiting)
            with lock:
                now += 1
                most = max(most, now)
            # Once it has room, it has all that it needs.
            memory.grow(100, waiting)
            threading.Event().wait(0.01)
            with lock:
                now -= 1

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, range(40)))
    assert most == memory.places == 2
    assert waited


def test_an_image_that_fails_gives_its_place_back() -> None:
    memory = Memory(20, 10, 10)

    def fail() -> None:
        with memory.image():
            memory.grow(10)
            raise ValueError("broken")

    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            fail()


class Watched(Memory):
    """Notes that an image waits for its bytes."""

    def __init__(self, total: int, threads: int, largest: int) -> None:
        super().__init__(total, threads, largest)
        self.waited_for = threading.Event()

    def grow(
        self, size: int, waiting: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        @contextmanager
        def watched() -> Iterator[None]:
            with waiting():
                self.waited_for.set()
                yield

        super().grow(size, watched)


def test_a_download_that_waits_for_memory_does_not_use_up_its_time() -> None:
    """Nor does it count as slow. The other one takes longer than it may itself."""
    # A slow machine may exceed the first of these limits without any wait for memory.
    for seconds in (1, 5):
        with suppress(DownloadError):
            _wait_for_memory_longer_than(seconds)
            return
    _wait_for_memory_longer_than(25)


def _wait_for_memory_longer_than(seconds: int) -> None:
    gate = threading.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    answers = {
        "/long": [then(raw(head + BODY[:-1]), behind(gate, raw(BODY[-1:])))],
        "/short": [reply(BODY)],
        "/small": [reply(BODY[:100])],
    }
    memory = Watched(2 * len(BODY), 16, len(BODY))
    limits = Limits(max_bytes=len(BODY), deadline=600, read_timeout=600, rate_window=600, tries=1)
    quick = replace(limits, deadline=seconds, rate_window=seconds)

    def open_late() -> None:
        memory.waited_for.wait()
        time.sleep(2 * seconds)
        gate.set()

    with (
        run_bad_server(answers) as server,
        new_session(16, "me@example.org") as session,
        ThreadPoolExecutor(2) as pool,
        ExitStack() as at_the_end,
    ):
        # Whatever happens, nobody waits for ever.
        at_the_end.callback(gate.set)
        at_the_end.callback(memory.waited_for.set)
        patient = Downloader(session, limits, LOCAL, memory=memory)
        hasty = Downloader(session, quick, LOCAL, memory=memory)

        def download() -> bytes:
            with memory.image():
                return patient(f"{server.address}/long")

        longest = pool.submit(download)
        while memory._free._value:
            time.sleep(0.01)
        pool.submit(open_late)
        with memory.image():
            assert hasty(f"{server.address}/small") == BODY[:100]
        with memory.image():
            assert hasty(f"{server.address}/short") == BODY
        assert longest.result() == BODY
        # Afterwards, its time goes on.
        gate.clear()
        with memory.image(), pytest.raises(DownloadError, match=f"took longer than {seconds} s"):
            hasty(f"{server.address}/long")
