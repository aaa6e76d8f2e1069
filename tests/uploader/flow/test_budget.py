"""All loans together never exceed the budget, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.flow.budget import ByteBudget, Loan

TOTAL, LARGEST = 20, 8


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, LARGEST), min_size=1, max_size=4),
            st.integers(0, 4),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_never_more_is_lent_than_there_is_and_everybody_is_served(
    borrowers: list[tuple[list[int], int, bool]],
) -> None:
    """Loans grow while others wait, some are held for a while, some are given up."""
    loans: list[Loan] = []

    async def borrow(budget: ByteBudget, counts: list[int], steps: int) -> None:
        with budget.loan() as loan:
            loans.append(loan)
            for count in sorted(counts):
                await loan.grow(count)
                assert loan.count >= count
                assert sum(one.count for one in loans) <= TOTAL
                for _ in range(steps):
                    await asyncio.sleep(0)
        assert loan.count == 0

    async def all_of_them() -> None:
        budget = ByteBudget(TOTAL, LARGEST)
        tasks = [
            asyncio.create_task(borrow(budget, counts, steps)) for counts, steps, _ in borrowers
        ]
        for task, (*_, cancelled) in zip(tasks, borrowers, strict=True):
            await asyncio.sleep(0)
            if cancelled:
                task.cancel()
        async with asyncio.timeout(30):
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(end) for end in ends} <= {type(None), asyncio.CancelledError}
        # All of it came back: what is lent to everybody, and what was kept back for one.
        with budget.loan() as ordinary, budget.loan() as large:
            async with asyncio.timeout(30):
                await ordinary.grow(TOTAL - LARGEST)
                await large.grow(LARGEST)

    asyncio.run(all_of_them())


def test_those_that_all_want_more_do_not_wait_for_each_other_for_ever() -> None:
    """Each holds a part, and there is not enough for any other: one after the other is served."""
    finished: list[int] = []

    async def borrow(budget: ByteBudget, number: int) -> None:
        with budget.loan() as loan:
            for count in range(1, LARGEST + 1):
                await loan.grow(count)
                await asyncio.sleep(0)
            finished.append(number)

    async def all_of_them() -> None:
        budget = ByteBudget(TOTAL, LARGEST)
        async with asyncio.timeout(30):
            await asyncio.gather(*(borrow(budget, number) for number in range(20)))

    asyncio.run(all_of_them())
    assert sorted(finished) == list(range(20))


def test_first_come_first_served() -> None:
    """Or a large image would wait for ever for small ones that pass it by."""
    order: list[int] = []

    async def borrow(budget: ByteBudget, count: int) -> None:
        with budget.loan() as loan:
            await loan.grow(count)
            order.append(count)

    async def all_of_them() -> None:
        budget = ByteBudget(10)
        with budget.loan() as loan:
            await loan.grow(5)
            waiting = [asyncio.create_task(borrow(budget, count)) for count in (8, 1, 2)]
            await asyncio.sleep(0)
            assert order == []
        await asyncio.gather(*waiting)

    asyncio.run(all_of_them())
    assert order == [8, 1, 2]


def test_who_gives_up_at_the_head_of_the_queue_lets_the_next_one_in() -> None:
    async def wait() -> None:
        budget = ByteBudget(10)
        with budget.loan() as large, budget.loan() as small, budget.loan() as first:
            await first.grow(5)
            waits = asyncio.create_task(large.grow(9))
            follows = asyncio.create_task(small.grow(1))
            await asyncio.sleep(0)
            waits.cancel()
            async with asyncio.timeout(10):
                await follows
            with pytest.raises(asyncio.CancelledError):
                await waits
            assert (large.count, small.count) == (0, 1)

    asyncio.run(wait())


def test_an_image_larger_than_all_there_is_is_served_alone() -> None:
    async def take() -> list[bool]:
        budget = ByteBudget(4, largest=100)
        with budget.loan() as first, budget.loan() as second:
            await first.grow(100)
            waits = asyncio.create_task(second.grow(100))
            await asyncio.sleep(0)
            states = [waits.done()]
            first.give_back()
            async with asyncio.timeout(10):
                await waits
            return [*states, waits.done()]

    assert asyncio.run(take()) == [False, True]
