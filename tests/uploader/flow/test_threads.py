"""What runs beside the event loop ends before anybody goes on, even those who are cancelled."""

from __future__ import annotations

import asyncio
import threading

import pytest

from uploader.flow.threads import ROWS_A_TURN, begun_in_thread, in_thread, in_turns


def test_who_is_cancelled_waits_for_the_end() -> None:
    """Otherwise, two threads would use the ledger at once."""
    may_end, has_ended = threading.Event(), []

    def work() -> None:
        may_end.wait(timeout=60)
        has_ended.append(True)

    async def main() -> None:
        task = asyncio.create_task(in_thread(work))
        for _ in range(2):
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait([task], timeout=0.05)
        assert not task.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert has_ended

    asyncio.run(main())


def test_an_error_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(lambda: 1 // 0))


@pytest.mark.parametrize("number", [0, 1, ROWS_A_TURN, ROWS_A_TURN + 1])
def test_rows_are_all_there_in_order(number: int) -> None:
    async def main() -> tuple[list[int], list[int]]:
        turns = [row async for some in in_turns(iter(range(number))) for row in some]
        return turns, list(await begun_in_thread(iter(range(number))))

    assert asyncio.run(main()) == (list(range(number)), list(range(number)))
