"""Each host is asked a few things at a time, not while it wants quiet, and not when it is dead."""

from __future__ import annotations

import asyncio

import pytest

from uploader.hosts import HostDownError, Hosts


async def _visit(hosts: Hosts, name: str, fails: bool = False) -> None:
    async with hosts.turn(name):
        (hosts.failed if fails else hosts.answered)(name)


def test_a_host_gets_a_few_requests_at_a_time_and_the_others_theirs() -> None:
    there = {"a": 0, "b": 0}
    most = dict(there)

    async def guest(hosts: Hosts, name: str) -> None:
        async with hosts.turn(name):
            there[name] += 1
            most[name] = max(most[name], there[name])
            await asyncio.sleep(0.001)
            there[name] -= 1

    async def crowd() -> None:
        hosts = Hosts(per_host=3, failures=1, pause=1)
        await asyncio.gather(*(guest(hosts, name) for name in "ab" * 20))

    asyncio.run(crowd())
    assert most == {"a": 3, "b": 3}


def test_a_host_that_asked_for_quiet_is_waited_for_and_others_are_not() -> None:
    order: list[str] = []

    async def guest(hosts: Hosts, name: str) -> None:
        await _visit(hosts, name)
        order.append(name)

    async def crowd() -> None:
        hosts = Hosts(per_host=1, failures=9, pause=1)
        async with hosts.turn("quiet"):
            hosts.quiet("quiet", 0.05)
            # A shorter wish does not cut a longer one.
            hosts.quiet("quiet", 0)
        await asyncio.gather(*(guest(hosts, name) for name in ("quiet", "quiet", "other")))

    asyncio.run(crowd())
    assert order == ["other", "quiet", "quiet"]


def test_a_host_that_fails_in_a_row_is_left_alone_for_a_while() -> None:
    async def visit() -> None:
        hosts = Hosts(per_host=1, failures=2, pause=0.05)
        # One that answers in between is not dead.
        for fails in (True, False, True):
            await _visit(hosts, "a", fails)
        await _visit(hosts, "a", fails=True)
        with pytest.raises(HostDownError, match="a failed 2 times in a row and is left alone"):
            await _visit(hosts, "a")
        await _visit(hosts, "b")
        await asyncio.sleep(0.06)
        # One that fails right away again is left alone right away.
        await _visit(hosts, "a", fails=True)
        with pytest.raises(HostDownError):
            await _visit(hosts, "a")

    asyncio.run(visit())


def test_who_waited_for_a_host_that_died_is_not_let_in() -> None:
    async def crowd() -> list[BaseException | None]:
        hosts = Hosts(per_host=1, failures=1, pause=60)
        return await asyncio.gather(
            *(_visit(hosts, "a", fails=True) for _ in range(5)), return_exceptions=True
        )

    first, *others = asyncio.run(crowd())
    assert first is None
    assert [type(other) for other in others] == [HostDownError] * 4


def test_a_fault_of_a_guest_gives_its_place_back() -> None:
    async def visit() -> None:
        hosts = Hosts(per_host=1, failures=1, pause=1)
        with pytest.raises(ZeroDivisionError):
            async with hosts.turn("a"):
                raise ZeroDivisionError
        async with asyncio.timeout(10):
            await _visit(hosts, "a")

    asyncio.run(visit())


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

    asyncio.run(visit())
