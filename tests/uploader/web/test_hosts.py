"""Each host gets few requests at a time, and none while it asks to wait or counts as down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import pytest

from tests.helpers.virtual_time import run_in_virtual_time
from uploader.web.hosts import HostDownError, Hosts


async def _visit(hosts: Hosts, name: str, fails: bool = False) -> None:
    async with hosts.turn(name, nullcontext):
        if fails:
            hosts.failed(name, "it is broken")
        else:
            hosts.answered(name)


def test_a_host_gets_a_few_requests_at_a_time_and_the_others_theirs() -> None:
    there = {"a": 0, "b": 0}
    most = dict(there)

    async def guest(hosts: Hosts, name: str) -> None:
        async with hosts.turn(name, nullcontext):
            there[name] += 1
            most[name] = max(most[name], there[name])
            await asyncio.sleep(0.001)
            there[name] -= 1

    async def crowd() -> None:
        hosts = Hosts(per_host=3, failures=1, pause=1)
        await asyncio.gather(*(guest(hosts, name) for name in "ab" * 20))

    run_in_virtual_time(crowd())
    assert most == {"a": 3, "b": 3}


def test_a_host_that_asked_for_quiet_is_waited_for_and_others_are_not() -> None:
    order: list[str] = []

    async def guest(hosts: Hosts, name: str) -> None:
        await _visit(hosts, name)
        order.append(name)

    async def crowd() -> None:
        hosts = Hosts(per_host=1, failures=9, pause=1)
        async with hosts.turn("quiet", nullcontext):
            hosts.quiet("quiet", 0.05)
            # A shorter wish does not cut a longer one.
            hosts.quiet("quiet", 0)
        await asyncio.gather(*(guest(hosts, name) for name in ("quiet", "quiet", "other")))

    run_in_virtual_time(crowd())
    assert order == ["other", "quiet", "quiet"]


def test_a_host_that_fails_in_a_row_is_left_alone_for_a_while() -> None:
    async def visit() -> None:
        hosts = Hosts(per_host=1, failures=2, pause=0.05)
        # One that answers in between is not dead.
        for fails in (True, False, True):
            await _visit(hosts, "a", fails)
        await _visit(hosts, "a", fails=True)
        with pytest.raises(HostDownError, match="it is broken: a failed 2 times in a row"):
            await _visit(hosts, "a")
        await _visit(hosts, "b")
        await asyncio.sleep(0.06)
        # One that fails right away again is left alone right away.
        await _visit(hosts, "a", fails=True)
        with pytest.raises(HostDownError):
            await _visit(hosts, "a")

    run_in_virtual_time(visit())


def test_who_waited_for_a_host_that_died_is_not_let_in() -> None:
    async def crowd() -> list[BaseException | None]:
        hosts = Hosts(per_host=1, failures=1, pause=60)
        return await asyncio.gather(
            *(_visit(hosts, "a", fails=True) for _ in range(5)), return_exceptions=True
        )

    first, *others = run_in_virtual_time(crowd())
    assert first is None
    assert [type(other) for other in others] == [HostDownError] * 4


class Doorway:
    """Where those wait who make room for others."""

    def __init__(self) -> None:
        self.there = 0

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        self.there += 1
        try:
            yield
        finally:
            self.there -= 1


def test_who_waits_long_for_a_busy_or_quiet_host_makes_room_for_others() -> None:
    async def crowd() -> int:
        hosts, doorway = Hosts(per_host=1, failures=9, pause=1), Doorway()

        async def guest() -> None:
            async with hosts.turn("a", doorway.aside):
                pass

        async with hosts.turn("a", doorway.aside):
            waiting = [asyncio.create_task(guest()) for _ in range(3)]
            async with asyncio.timeout(30):
                while doorway.there < 3:
                    await asyncio.sleep(0.01)
            hosts.quiet("a", 0.05)
        async with asyncio.timeout(30):
            await asyncio.gather(*waiting)
        return doorway.there

    assert run_in_virtual_time(crowd()) == 0


def test_who_gives_up_while_waiting_leaves_the_place_to_others() -> None:
    async def crowd() -> None:
        hosts, doorway = Hosts(per_host=1, failures=9, pause=1), Doorway()
        async with hosts.turn("a", doorway.aside):
            waiting = asyncio.create_task(_visit(hosts, "a"))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(10):
            await _visit(hosts, "a")

    run_in_virtual_time(crowd())


def test_a_fault_of_a_guest_gives_its_place_back() -> None:
    async def visit() -> None:
        hosts = Hosts(per_host=1, failures=1, pause=1)
        with pytest.raises(ZeroDivisionError):
            async with hosts.turn("a", nullcontext):
                raise ZeroDivisionError
        async with asyncio.timeout(10):
            await _visit(hosts, "a")

    run_in_virtual_time(visit())


def test_only_so_many_hosts_are_remembered() -> None:
    """A table may name a million; those longest without a request are forgotten first."""

    async def visit() -> None:
        hosts = Hosts(per_host=1, failures=1, pause=60)
        for number in range(10_001):
            await _visit(hosts, f"{number}", fails=True)
        await _visit(hosts, "0")
        with pytest.raises(HostDownError):
            await _visit(hosts, "1")
        with pytest.raises(HostDownError):
            await _visit(hosts, "10000")

    run_in_virtual_time(visit())
