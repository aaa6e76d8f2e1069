"""Names are resolved by a real DNS server: many at a time, once each, and within a limit."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from paintings_dedupe.common.web.addresses import AddressRule, ForbiddenAddressError
from tests.helpers.dns_server import NOT_KNOWN, SERVER_FAILED, run_dns
from uploader.flow.places import run_on_loop
from uploader.web.names import Address, Names, SystemNames, UnresolvedError

LOOPBACK = AddressRule((ip_network("127.0.0.0/8"),))


@asynccontextmanager
async def _names(
    server: str, timeout: float = 20, rule: AddressRule | None = LOOPBACK
) -> AsyncIterator[Names]:
    system = SystemNames([server])
    names = Names(system, timeout, rule)
    try:
        yield names
    finally:
        await names.close()
        await system.close()


async def _resolved(names: Names, host: str) -> list[str]:
    return [found["host"] for found in await names.resolve(host, 80)]


def test_hundreds_of_names_without_an_answer_do_not_hold_up_one_that_has_one() -> None:
    slow = [f"h{number}.slow.test" for number in range(500)]
    answers = dict.fromkeys(slow, None) | {"honest.test": "127.0.0.1"}

    async def resolve(server: str) -> list[str]:
        async with _names(server) as names:
            waiting = [asyncio.create_task(names.resolve(host)) for host in slow]
            await asyncio.sleep(0)
            found = await _resolved(names, "honest.test")
            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return found

    with run_dns(answers) as (server, _):
        assert run_on_loop(resolve(server)) == ["127.0.0.1"]


def test_a_name_without_an_answer_fails_by_its_limit_and_may_be_tried_again() -> None:
    async def resolve(server: str) -> tuple[UnresolvedError, UnresolvedError]:
        async with _names(server, timeout=0.2) as names:
            with pytest.raises(UnresolvedError) as first:
                await names.resolve("slow.test")
            assert names.knows("slow.test")
            with pytest.raises(UnresolvedError) as second:
                await names.resolve("slow.test")
        return first.value, second.value

    with run_dns({"slow.test": None}) as (server, _):
        first, second = run_on_loop(resolve(server))
    assert str(first) == str(second) == "the name slow.test was not resolved within 0.2 s"
    assert first.transient
    assert 0 < second.wait <= first.wait


@pytest.mark.parametrize(
    ("answer", "reason", "transient"),
    [
        (NOT_KNOWN, "the name broken.test is not known", False),
        (SERVER_FAILED, "the name broken.test could not be resolved: ", True),
    ],
)
def test_what_the_dns_says_is_told_and_remembered(
    answer: int, reason: str, transient: bool
) -> None:
    async def resolve(server: str) -> list[UnresolvedError]:
        errors = []
        async with _names(server) as names:
            for _ in range(3):
                with pytest.raises(UnresolvedError) as error:
                    await names.resolve("broken.test")
                errors.append(error.value)
        return errors

    with run_dns({"broken.test": answer}) as (server, asked):
        errors = run_on_loop(resolve(server))
        once = asked["broken.test"]
        assert run_on_loop(resolve(server))
        assert asked["broken.test"] == 2 * once
    for error in errors:
        assert str(error).startswith(reason)
        assert error.transient is transient


def test_a_name_is_asked_for_once_however_many_want_it() -> None:
    class Slow:
        count = 0

        async def __call__(self, host: str, family: socket.AddressFamily) -> Sequence[Address]:
            self.count += 1
            await asyncio.sleep(0.01)
            return [(socket.AF_INET, "127.0.0.1")]

    async def resolve() -> int:
        lookup = Slow()
        names = Names(lookup, 20, LOOPBACK)
        impatient = asyncio.create_task(names.resolve("a.test"))
        others = [asyncio.create_task(names.resolve("a.test")) for _ in range(5)]
        await asyncio.sleep(0)
        impatient.cancel()
        assert len(await asyncio.gather(*others)) == 5
        await names.resolve("a.test")
        return lookup.count

    assert asyncio.run(resolve()) == 1


@pytest.mark.parametrize("host", ["localhost", "0x7f.1"])
def test_what_only_the_system_knows_is_resolved(host: str) -> None:
    """From /etc/hosts, or by rules of its own: the DNS server knows none of these."""

    async def resolve(server: str) -> list[str]:
        async with _names(server) as names:
            return await _resolved(names, host)

    with run_dns({}) as (server, _):
        assert run_on_loop(resolve(server)) == ["127.0.0.1"]


def test_only_addresses_that_may_be_connected_to_count() -> None:
    async def resolve(server: str) -> None:
        async with _names(server, rule=AddressRule()) as names:
            for _ in range(2):
                with pytest.raises(ForbiddenAddressError, match=r"10\.0\.0\.1 is not a public"):
                    await names.resolve("inside.test")
            assert await _resolved(names, "outside.test") == ["8.8.8.8"]

    with run_dns({"inside.test": "10.0.0.1", "outside.test": "8.8.8.8"}) as (server, _):
        run_on_loop(resolve(server))


def test_what_is_no_name_is_a_value_error() -> None:
    async def resolve(server: str) -> None:
        async with _names(server) as names:
            with pytest.raises(ValueError, match="label"):
                await names.resolve("a..b")

    with run_dns({}) as (server, _):
        run_on_loop(resolve(server))
