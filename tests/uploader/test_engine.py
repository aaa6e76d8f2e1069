"""Many items at a time, as many as said, until there are no more or it is enough."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable

import pytest

from uploader.engine import run_bounded


class Workshop:
    """Work that counts what is in flight, and doubles numbers."""

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
        asyncio.run(run_bounded(self.work, items, at_once, self.note, lambda: self.enough))


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
