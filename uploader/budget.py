"""Bound the bytes that all downloads together hold in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class ByteBudget:
    """So many bytes, lent in the order in which they were asked for, on one event loop."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @contextmanager
    def loan(self) -> Iterator[Loan]:
        """Yield a loan of nothing so far; all of it goes back when the block ends."""
        loan = Loan(self)
        try:
            yield loan
        finally:
            self._give_back(loan.count)

    async def _borrow(self, count: int) -> int:
        """Wait until `count` bytes are free, and take them.

        More than there are is as much as there is: such an image is in memory alone.
        """
        count = min(count, self._total)
        if not self._waiting and count <= self._free:
            self._free -= count
            return count
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                # Whoever stands behind may fit.
                self._serve()
            else:
                self._give_back(count)
            raise
        return count

    def _give_back(self, count: int) -> None:
        self._free += count
        self._serve()

    def _serve(self) -> None:
        while self._waiting:
            count, turn = self._waiting[0]
            if not turn.cancelled():
                if count > self._free:
                    return
                self._free -= count
                turn.set_result(None)
            self._waiting.popleft()


class Loan:
    """What one image has borrowed of a `ByteBudget`.

    Attributes
    ----------
    asked
        The bytes that it may hold.
    count
        The bytes that it was lent for that: all there are, when it asked for more.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self.asked = 0
        self.count = 0

    async def take(self, count: int) -> None:
        """Wait until `count` bytes are there, in the place of what was borrowed before."""
        # Given back first: whoever waits must hold nothing that others wait for.
        self._budget._give_back(self.count)
        self.count = 0
        self.count = await self._budget._borrow(count)
        self.asked = count
