"""Why and when a run begins no more rows; the signals are real ones."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from paintings_dedupe.common.signals import interrupt_on_sigterm
from uploader.flow.stop import Stop

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def test_the_first_reason_counts() -> None:
    stop = Stop()
    assert not stop
    stop.ask("the store failed")
    stop.ask("interrupted")
    assert stop
    assert (stop.reason, stop.interrupted) == ("the store failed", False)


def test_who_wants_to_know_the_reason_is_told_once() -> None:
    stop, told = Stop(), []
    stop.then(lambda why: told.append(f"early: {why}"))
    stop.ask("interrupted")
    stop.ask("the store failed")
    stop.then(lambda why: told.append(f"late: {why}"))
    assert told == ["early: interrupted", "late: interrupted"]


def _fail() -> None:
    pytest.fail("nobody listens")


async def _signalled(stop: Stop, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    async with asyncio.timeout(60):
        while not stop:
            await asyncio.sleep(0)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_once_what_is_in_flight_is_finished(number: signal.Signals) -> None:
    stop, told = Stop(), []

    async def go_on() -> str:
        with stop.on_signals(lambda: told.append("told"), _fail):
            await _signalled(stop, number)
            return "finished"

    assert asyncio.run(go_on()) == "finished"
    assert (stop.reason, stop.interrupted, told) == ("interrupted", True, ["told"])


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_after_the_last_turn_of_the_loop_is_obeyed(number: signal.Signals) -> None:
    stop, told = Stop(), []

    async def go_on() -> None:
        with stop.on_signals(lambda: told.append("told"), _fail):
            os.kill(os.getpid(), number)

    asyncio.run(go_on())
    assert (stop.reason, stop.interrupted, told) == ("interrupted", True, ["told"])


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_the_run_at_once(number: signal.Signals) -> None:
    interrupted = []

    async def go_on() -> None:
        stop = Stop()
        with stop.on_signals(lambda: None, lambda: interrupted.append("interrupted")):
            await _signalled(stop, signal.SIGINT)
            assert not interrupted
            os.kill(os.getpid(), number)
            await asyncio.sleep(30)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(go_on())
    assert interrupted == ["interrupted"]


@pytest.mark.parametrize("number", SIGNALS)
def test_afterwards_a_signal_is_a_signal_again(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGTERM)
    interrupt_on_sigterm()

    async def interrupted_later() -> None:
        with Stop().on_signals(_fail, _fail):
            pass
        os.kill(os.getpid(), number)
        await asyncio.sleep(30)

    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(interrupted_later())
    finally:
        signal.signal(signal.SIGTERM, before)
