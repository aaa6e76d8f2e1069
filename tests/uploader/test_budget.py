"""All loans together never exceed the budget, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.budget import ByteBudget

TOTAL = 10


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, TOTAL + 5), min_size=1, max_size=3),
            st.integers(0, 4),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_never_more_is_lent_than_there_is_and_everybody_is_served(
    borrowers: list[tuple[list[int], int, bool]],
) -> None:
    """Some take several times, some hold on for a while, some are cancelled."""
    held: dict[int, int] = {}

    async def borrow(budget: ByteBudget, number: int, counts: list[int], steps: int) -> None:
        with budget.loan() as loan:
            try:
                for count in counts:
                    held[number] = 0
                    await loan.take(count)
                    held[number] = loan.count
                    assert loan.count == min(count, TOTAL)
                    assert sum(held.values()) <= TOTAL
                    for _ in range(steps):
                        await asyncio.sleep(0)
            finally:
                held[number] = 0

    async def all_of_them() -> None:
        budget = ByteBudget(TOTAL)
        tasks = [
            asyncio.create_task(borrow(budget, number, counts, steps))
            for number, (counts, steps, _) in enumerate(borrowers)
        ]
        for task, (*_, cancelled) in zip(tasks, borrowers, strict=True):
            await asyncio.sleep(0)
            if cancelled:
                task.cancel()
        async with asyncio.timeout(30):
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} <= {type(None), asyncio.CancelledError}
        # All of it came back.
        with budget.loan() as loan:
            async with asyncio.timeout(30):
                await loan.take(TOTAL)

    asyncio.run(all_of_them())


def test_first_come_first_served() -> None:
    """Or a large image would wait for ever for small ones that pass it by."""
    order: list[int] = []

    async def borrow(budget: ByteBudget, count: int) -> None:
        with budget.loan() as loan:
            await loan.take(count)
            order.append(count)

    async def all_of_them() -> None:
        budget = ByteBudget(TOTAL)
        with budget.loan() as loan:
            await loan.take(5)
            waiting = [asyncio.create_task(borrow(budget, count)) for count in (8, 1, 2)]
            await asyncio.sleep(0)
            assert order == []
        await asyncio.gather(*waiting)

    asyncio.run(all_of_them())
    assert order == [8, 1, 2]


def test_who_gives_up_at_the_head_of_the_queue_lets_the_next_one_in() -> None:
    async def wait() -> None:
        budget = ByteBudget(TOTAL)
        with budget.loan() as large, budget.loan() as small, budget.loan() as first:
            await first.take(5)
            waits = asyncio.create_task(large.take(9))
            follows = asyncio.create_task(small.take(1))
            await asyncio.sleep(0)
            waits.cancel()
            async with asyncio.timeout(10):
                await follows
            with pytest.raises(asyncio.CancelledError):
                await waits
            assert (large.count, small.count) == (0, 1)

    asyncio.run(wait())


def test_more_than_there_is_is_as_much_as_there_is() -> None:
    async def take() -> tuple[int, int]:
        with ByteBudget(TOTAL).loan() as loan:
            await loan.take(TOTAL * 10)
            return loan.asked, loan.count

    assert asyncio.run(take()) == (TOTAL * 10, TOTAL)
