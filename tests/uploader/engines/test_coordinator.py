"""What executors and the coordinator say to each other, without Spark between them."""

from __future__ import annotations

import asyncio
import dataclasses
import ipaddress
import re
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.web.addresses import AddressRule
from tests.uploader.conftest import Gallery, Run
from tests.uploader.samples import RULES, names, uploaded
from uploader.commands.destination import Folder
from uploader.commands.opening import open_store
from uploader.engines.coordinator import Address, Coordinator
from uploader.engines.executor import Order, host_of_row, work_through
from uploader.engines.feed import CoordinatorLostError
from uploader.engines.messages import Answer, Report
from uploader.engines.work import Work
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import Task
from uploader.ledger.shares import position
from uploader.outcomes import Outcome, Result
from uploader.stores.folder import FolderStore
from uploader.table.plan import plan_rows
from uploader.web.proxies import NO_PROXIES

LOCK = "images.lock"
WORK = Work(
    RULES,
    Limits(workers=4),
    AddressRule([ipaddress.ip_network("127.0.0.1/32")]),
    "me@example.org",
    True,
    NO_PROXIES,
)


@dataclasses.dataclass(frozen=True)
class Scene:
    """A run whose rows are all in one share, and what executors need to work on them."""

    ledger: Ledger
    stop: Stop
    coordinator: Coordinator
    order: Order

    @property
    def address(self) -> Address:
        return self.order.address

    @property
    def port(self) -> int:
        return int(self.address.url.rstrip("/").rpartition(":")[2])

    async def report(self, report: Report, **changed: object) -> Answer | int:
        """Report as an executor would; return the answer, or the HTTP status of a refusal."""
        address = dataclasses.replace(self.address, **changed)  # type: ignore[arg-type]
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                address.url,
                json=report.to_json(),
                headers={"Authorization": f"Bearer {address.token}"},
                ssl=aiohttp.Fingerprint(address.fingerprint),
            ) as response,
        ):
            return Answer.from_json(await response.json()) if response.ok else response.status


@pytest.fixture
def play(
    run: Run, ledger: Ledger, folder_store: FolderStore, tmp_path: Path
) -> Callable[..., None]:
    """Run a scene over some rows."""

    @asynccontextmanager
    async def staged() -> AsyncIterator[Scene]:
        stop = Stop()
        shares = ledger.shares(1, host_of_row)
        coordinator = Coordinator(shares, ledger.record, stop)
        async with (
            folder_store.lock(LOCK) as lock,
            coordinator.serving("127.0.0.1", "127.0.0.1", 0) as address,
        ):
            store = partial(open_store, Folder(tmp_path / "my blobs #1"), "images")
            order = Order(
                address, WORK, False, store, folder_store.url(""), LOCK, lock.key, ("AZURE_KEY",)
            )
            yield Scene(ledger, stop, coordinator, order)

    def play(rows: list[object], act: Callable[[Scene], object]) -> None:
        ledger.add(plan_rows(rows, RULES))  # type: ignore[arg-type]

        async def go() -> None:
            async with staged() as scene:
                await act(scene)  # type: ignore[misc]

        run(go())

    return play


def _tasks(answer: Answer | int) -> list[Task]:
    assert isinstance(answer, Answer), answer
    return list(answer.tasks)


async def _said(scene: Scene, header: bytes) -> bytes:
    """The first line of the answer to a request with this header."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", scene.port, ssl=context)
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + header + b"\r\n")
    line = await reader.readline()
    writer.close()
    return line.rstrip()


Play = Callable[..., None]


def _rows(gallery: Gallery, number: int) -> list[object]:
    return [
        gallery.painting(f"/{'a' * place}.jpg", hash=f"0{place:x}", random=place / 100)
        for place in range(1, number + 1)
    ]


def _outcomes(ledger: Ledger) -> list[tuple[Outcome, str]]:
    return [(row.outcome, row.reason) for row in ledger.finished()]


def test_a_share_is_worked_through(
    play: Play, run: Run, gallery: Gallery, folder_store: FolderStore
) -> None:
    async def act(scene: Scene) -> None:
        times = await work_through(scene.order, 0, 1)
        assert [time.images for time in times.values()] == [5]
        assert [*times] == [gallery.url.removeprefix("http://")]
        assert {outcome for outcome, _ in _outcomes(scene.ledger)} == {Outcome.UPLOADED}

    play(_rows(gallery, 5), act)
    stored = [name for name in run(names(folder_store)) if name.endswith(".jpeg")]
    assert len(stored) == len(gallery.asked) == 5


def test_a_report_may_come_twice(play: Play, gallery: Gallery) -> None:
    """The answer to the first one may have been lost."""

    async def act(scene: Scene) -> None:
        first, second, *_ = _tasks(await scene.report(Report(0, 1, most=3)))
        result = uploaded("a.jpeg", b"a")
        report = Report(0, 1, [(first.number, result)], position(second), 10)
        assert await scene.report(report) == await scene.report(report)
        assert [row.stored for row in scene.ledger.finished()] == [result.stored]

    play(_rows(gallery, 5), act)


def test_a_later_attempt_takes_over(play: Play, gallery: Gallery) -> None:
    """It gets what has no result; the earlier one, which may be alive, gets nothing any more."""

    async def act(scene: Scene) -> None:
        tasks = _tasks(await scene.report(Report(0, 7, most=3)))
        done = Report(0, 7, [(tasks[1].number, Result(Outcome.FAILED, "gone"))])
        await scene.report(done)
        again = _tasks(await scene.report(Report(0, 8, most=3)))
        assert again[:2] == [tasks[0], tasks[2]]
        assert await scene.report(Report(0, 7, most=3)) == 410
        with pytest.raises(CoordinatorLostError, match="another executor"):
            await work_through(scene.order, 0, 7)

    play(_rows(gallery, 5), act)


def test_strangers_are_told_nothing(play: Play, gallery: Gallery) -> None:
    async def act(scene: Scene) -> None:
        assert await scene.report(Report(0, 1, most=3), token="guessed") == 401  # noqa: S106
        assert await _said(scene, b"Authorization: Bearer \xff\r\n") == b"HTTP/1.1 401 Unauthorized"
        # Nor does an executor speak to a stranger.
        with pytest.raises(aiohttp.ServerFingerprintMismatch):
            await scene.report(Report(0, 1, most=3), fingerprint=bytes(32))
        assert not scene.coordinator.is_met

    play(_rows(gallery, 1), act)


def test_a_port_that_is_in_use_is_refused(play: Play, gallery: Gallery) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(UserError, match=f"at 127.0.0.1, port {scene.port}: .*in use"):
            async with scene.coordinator.serving("127.0.0.1", "127.0.0.1", scene.port):
                pass

    play(_rows(gallery, 1), act)


def test_a_stop_reaches_executors(
    play: Play, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in flight is finished, and no other row is begun."""
    gate = threading.Event()
    show = gallery.picture

    def wait(path: str) -> bytes:
        gate.wait()
        return show(path)

    rows = _rows(gallery, 6)
    monkeypatch.setattr(gallery, "picture", wait)

    async def act(scene: Scene) -> None:
        working = asyncio.create_task(work_through(scene.order, 0, 1))
        while len(gallery.asked) < WORK.limits.workers:
            await asyncio.sleep(0.01)
        scene.stop.ask("enough")
        told = asyncio.Event()
        answer = scene.coordinator._answer

        def answered(report: Report) -> Answer:
            told.set()
            return answer(report)

        monkeypatch.setattr(scene.coordinator, "_answer", answered)
        await told.wait()
        # Once more: then the executor has the first answer.
        told.clear()
        await told.wait()
        gate.set()
        await working
        assert _outcomes(scene.ledger) == [(Outcome.UPLOADED, "")] * WORK.limits.workers
        assert await scene.report(Report(0, 2, most=3)) == Answer([], "enough")

    try:
        play(rows, act)
    finally:
        gate.set()


def test_a_stopped_run_waits_for_shares_that_were_begun(play: Play, gallery: Gallery) -> None:
    """It does not wait for the others, of which there may be thousands."""

    async def act(scene: Scene) -> None:
        idle = scene.coordinator.idle
        await scene.report(Report(0, 1, most=3))
        scene.stop.ask("enough")
        assert not idle.done()
        # Its executor is lost, and the next one is told to stop.
        await scene.report(Report(0, 2, most=3))
        assert not idle.done()
        await scene.report(Report(0, 1, is_last=True))
        assert not idle.done()
        await work_through(scene.order, 0, 2)
        assert idle.done()

    play(_rows(gallery, 2), act)


def test_a_stopped_run_does_not_wait_for_a_first_executor(play: Play, gallery: Gallery) -> None:
    async def act(scene: Scene) -> None:
        assert not scene.coordinator.idle.done()
        scene.stop.ask("enough")
        assert scene.coordinator.idle.done()

    play(_rows(gallery, 1), act)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"store_url": "file:///elsewhere/"}, "leads to file:.* instead of file:///elsewhere/"),
        ({"lock_key": "/no/such/folder"}, "every executor must see the destination"),
    ],
)
def test_a_fault_of_the_settings_ends_the_run(
    play: Play, gallery: Gallery, changed: dict[str, str], fault: str
) -> None:
    """It names the machine, and what its environment lacks."""

    async def act(scene: Scene) -> None:
        order = dataclasses.replace(scene.order, **changed)  # type: ignore[arg-type]
        assert await work_through(order, 0, 1) == {}
        assert re.search(rf"^executor on .*{fault}.* has no AZURE_KEY\)$", scene.stop.reason)

    play(_rows(gallery, 1), act)
