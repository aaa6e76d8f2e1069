"""Bound the bytes that all downloads together hold in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class ByteBudget:
    """So many bytes, lent in the order in which they were asked for, on one event loop.

    Loans grow, so borrowers wait for more while they hold something, and all of them could wait
    for each other. Therefore part of the bytes is kept back for one borrower at a time: whoever
    has waited longest is served from there, as far as it needs, until it gives all back.
    """

    def __init__(self, total: int, largest: int = 0) -> None:
        """Set up the bytes.

        Parameters
        ----------
        total
            How many there are.
        largest
            What a loan may grow to: as much is kept back, but no more than half. One that grows
            beyond it all has its bytes all the same, and is the only one that does. With 0,
            nothing is kept back: for loans that are taken once, and do not grow.
        """
        self._free = total - min(largest, total // 2)
        self._favours = largest > 0
        self._favoured: Loan | None = None
        self._waiting: deque[tuple[Loan, int, asyncio.Future[None]]] = deque()

    @contextmanager
    def loan(self) -> Iterator[Loan]:
        """Yield a loan of nothing so far; all of it goes back when the block ends."""
        loan = Loan(self)
        try:
            yield loan
        finally:
            loan.give_back()

    def _lend(self, loan: Loan, count: int) -> bool:
        """Lend `count` bytes in all, if that is possible now."""
        if loan is not self._favoured:
            more = count - loan.count
            if more <= self._free:
                self._free -= more
                loan.count = count
                return True
            if self._favoured or not self._favours:
                return False
            # What it has goes back to the others: from now on, it lives on what was kept back.
            self._free += loan.count
            self._favoured = loan
        loan.count = count
        return True

    async def _borrow(self, loan: Loan, count: int) -> None:
        if (loan is self._favoured or not self._waiting) and self._lend(loan, count):
            # What it had may serve others.
            self._serve()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((loan, count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # Whoever stands behind may fit.
            self._serve()
            raise

    def _give_back(self, loan: Loan) -> None:
        if loan is self._favoured:
            self._favoured = None
        else:
            self._free += loan.count
        loan.count = 0
        self._serve()

    def _serve(self) -> None:
        while self._waiting:
            loan, count, turn = self._waiting[0]
            if not turn.cancelled():
                if not self._lend(loan, count):
                    return
                turn.set_result(None)
            self._waiting.popleft()


class Loan:
    """What one image has borrowed of a `ByteBudget`.

    Attributes
    ----------
    count
        The bytes that it may hold.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self.count = 0

    async def grow(self, count: int) -> None:
        """Wait until it may hold `count` bytes in all."""
        if count > self.count:
            await self._budget._borrow(self, count)

    def give_back(self) -> None:
        """Hold nothing any more."""
        self._budget._give_back(self)
