"""Process many items concurrently, up to a limit, until all are done or the run is stopped."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import threading
import time
from collections.abc import Iterable

import pytest

from uploader.flow.places import Places, StoppedError, run_on_loop


class Workshop:
    """Work that doubles numbers, and counts the items in flight."""

    def __init__(self) -> None:
        self.there = self.most = 0
        self.done: dict[int, int] = {}
        self.enough = False

    async def work(self, item: int) -> int:
        self.there += 1
        self.most = max(self.most, self.there)
        try:
            await asyncio.sleep(0)
        finally:
            self.there -= 1
        return 2 * item

    def note(self, item: int, outcome: int) -> None:
        assert item not in self.done
        self.done[item] = outcome

    def run(self, items: Iterable[int], at_once: int = 5) -> None:
        asyncio.run(Places(at_once).run(self.work, items, self.note, lambda: self.enough))


@pytest.mark.parametrize(("count", "most"), [(0, 0), (3, 3), (100, 5)])
def test_each_item_is_done_once_and_few_at_a_time(count: int, most: int) -> None:
    shop = Workshop()
    shop.run(range(count))
    assert shop.done == {item: 2 * item for item in range(count)}
    assert shop.most == most


def test_no_more_items_are_taken_once_it_is_enough_and_those_in_flight_are_finished() -> None:
    shop = Workshop()
    taken: list[int] = []

    def endless() -> Iterable[int]:
        for item in itertools.count():
            taken.append(item)
            shop.enough = item == 20
            yield item

    shop.run(endless())
    assert len(taken) == 21
    assert sorted(shop.done) == taken


def test_a_fault_of_the_work_ends_it_and_what_is_in_flight() -> None:
    shop = Workshop()

    async def break_at_ten(item: int) -> int:
        if item == 10:
            raise ZeroDivisionError
        return await Workshop.work(shop, item)

    shop.work = break_at_ten  # type: ignore[method-assign]
    with pytest.raises(ExceptionGroup) as caught:
        shop.run(itertools.count())
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
    assert shop.there == 0


def test_a_fault_of_the_books_ends_it_too() -> None:
    shop = Workshop()
    shop.done[7] = 0
    with pytest.raises(ExceptionGroup) as caught:
        shop.run(itertools.count())
    assert [type(error) for error in caught.value.exceptions] == [AssertionError]


class Crowd:
    """Work in places, some of which waits outside of them until a door opens."""

    def __init__(self, at_once: int, most_begun: int) -> None:
        self.places = Places(at_once, most_begun)
        self.door = asyncio.Event()
        self.working = self.most = self.begun = 0
        self.done: list[str] = []

    async def work(self, item: str) -> str:
        self.begun += 1
        self._enter()
        if item == "waits":
            self.working -= 1
            try:
                async with self.places.aside():
                    await self.door.wait()
            finally:
                self.working += 1
            self.most = max(self.most, self.working)
        await asyncio.sleep(0)
        self.working -= 1
        return item

    def _enter(self) -> None:
        self.working += 1
        self.most = max(self.most, self.working)

    async def run(self, *items: str) -> None:
        async with asyncio.timeout(30):
            await self.places.run(
                self.work, items, lambda _, item: self.done.append(item), lambda: False
            )


def test_those_that_wait_for_others_do_not_hold_up_the_rest() -> None:
    """Without room for them, the two places would be full of rows that wait for the door."""

    async def crowd() -> Crowd:
        made = Crowd(at_once=2, most_begun=100)
        run = asyncio.create_task(made.run(*["waits"] * 10, *["works"] * 20))
        async with asyncio.timeout(30):
            while made.done.count("works") < 20:
                await asyncio.sleep(0)
        assert made.done.count("waits") == 0
        made.door.set()
        await run
        return made

    made = asyncio.run(crowd())
    assert len(made.done) == 30
    assert made.most == 2


@pytest.mark.parametrize("where", ["aside", "in_place"])
def test_at_a_stop_only_those_that_do_not_wait_are_finished(where: str) -> None:
    async def crowd() -> list[str]:
        places, door, ends = Places(3), asyncio.Event(), []

        async def work(item: str) -> str:
            if item == "works":
                await door.wait()
                try:
                    # What would wait only now is given up, too.
                    async with getattr(places, where)():
                        raise AssertionError
                except StoppedError as error:
                    return f"worked, then {error}"
            try:
                async with getattr(places, where)():
                    await asyncio.Event().wait()
            except StoppedError as error:
                return str(error)
            raise AssertionError

        items = ["works", "waits", "waits"]
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            group.create_task(
                places.run(work, items, lambda _, end: ends.append(end), lambda: False)
            )
            while places.busy != 1:
                await asyncio.sleep(0)
            places.stop("enough")
            places.stop("a later reason")
            while len(ends) < 2:
                await asyncio.sleep(0)
            assert places.busy == 1
            door.set()
        return ends

    assert asyncio.run(crowd()) == ["enough", "enough", "worked, then enough"]


def test_a_timeout_of_ones_own_is_no_stop() -> None:
    async def waiting() -> None:
        async with Places(1).in_place(), asyncio.timeout(0):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(waiting())


def test_who_had_its_turn_as_the_run_stopped_leaves_the_places_in_order() -> None:
    async def crowd() -> list[str]:
        made = Crowd(at_once=1, most_begun=100)
        run = asyncio.create_task(made.run(*["waits"] * 5, *["works"] * 5))
        while made.done.count("works") < 5:
            await asyncio.sleep(0)
        made.door.set()
        await asyncio.sleep(0)
        made.places.stop("enough")
        with pytest.raises(ExceptionGroup) as raised:
            await run
        assert raised.group_contains(StoppedError)
        later: list[str] = []
        most = now = 0

        async def work(item: str) -> str:
            nonlocal most, now
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1
            return item

        await made.places.run(
            work, ["works"] * 9, lambda _, item: later.append(item), lambda: False
        )
        assert most == 1
        return later

    assert asyncio.run(crowd()) == ["works"] * 9


def test_only_so_many_are_begun_and_all_are_done_once_they_may() -> None:
    async def crowd() -> Crowd:
        made = Crowd(at_once=2, most_begun=5)
        run = asyncio.create_task(made.run(*["waits"] * 20, *["works"] * 20))
        for _ in range(100):
            await asyncio.sleep(0)
        assert made.begun == 5
        made.door.set()
        await run
        return made

    made = asyncio.run(crowd())
    assert (len(made.done), made.most) == (40, 2)


@pytest.mark.parametrize("moment", ["outside", "on the way back"])
def test_an_exception_aside_ends_the_run_as_any_other(moment: str) -> None:
    async def crowd() -> None:
        places = Places(1)

        async def work(item: int) -> int:
            if item == 0:
                async with places.aside():
                    await asyncio.sleep(0)
                    if moment == "outside":
                        raise ZeroDivisionError
                raise ZeroDivisionError
            await asyncio.sleep(0)
            return item

        async with asyncio.timeout(30):
            await places.run(work, range(5), lambda *_: None, lambda: False)

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(crowd())
    assert raised.group_contains(ZeroDivisionError)


def test_who_gives_up_aside_leaves_the_places_in_order() -> None:
    """Like a row whose deadline passes: it ends at once, and the limit stays the same."""

    async def crowd() -> Crowd:
        made = Crowd(at_once=2, most_begun=100)

        async def work(item: str) -> str:
            try:
                async with asyncio.timeout(0.01 if item == "waits" else None):
                    return await made.work(item)
            except TimeoutError:
                made.working -= 1
                return "gave up"

        async with asyncio.timeout(30):
            await made.places.run(
                work,
                ["waits", "works"] * 10,
                lambda _, item: made.done.append(item),
                lambda: False,
            )
        made.most = 0
        await made.run(*["works"] * 10)
        return made

    made = asyncio.run(crowd())
    assert made.done.count("gave up") == 10
    assert made.done.count("works") == 20
    assert made.most == 2


def test_a_signal_while_the_loop_closes_is_obeyed_when_it_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop waits for a thread meanwhile, which must not find it gone."""
    threads, said = list[threading.Thread](), list[threading.ExceptHookArgs]()
    monkeypatch.setattr(threading, "excepthook", said.append)
    handler, sent = signal.getsignal(signal.SIGINT), threading.Event()

    def interrupt() -> None:
        # Signals are held once the loop closes. It then waits for the thread below.
        patience = time.monotonic() + 60
        while not threads or signal.getsignal(signal.SIGINT) in (handler, of_runner):
            if time.monotonic() > patience:
                break
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        sent.set()

    def work() -> None:
        threads.append(threading.current_thread())
        sent.wait()

    async def main() -> None:
        nonlocal of_runner
        of_runner = signal.getsignal(signal.SIGINT)
        asyncio.get_running_loop().run_in_executor(None, work)

    of_runner: object = handler
    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        run_on_loop(main())
    interrupting.join()
    # Also one that the loop left behind.
    threads[0].join()
    assert not said


def test_a_signal_just_as_the_work_ends_is_an_interrupt() -> None:
    """uvloop raises it while it has yet to stop for the work that has ended."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    async def main() -> None:
        loop = asyncio.get_running_loop()
        # A thread, whose end the loop awaits.
        await loop.run_in_executor(None, len, "")
        loop.call_soon(interrupt)

    with pytest.raises(KeyboardInterrupt):
        run_on_loop(main())
