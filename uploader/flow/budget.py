"""Limit the memory of all downloads together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class ByteBudget:
    """A number of bytes, lent in the order of the requests, on one event loop.

    Loans grow, so borrowers hold bytes while they wait for more, which could be a deadlock. Part
    of the bytes is therefore reserved for one borrower at a time: the one that has waited longest
    gets all that it needs from the reserve, until it returns everything.
    """

    def __init__(self, total: int, largest: int = 0) -> None:
        """Create the budget.

        Parameters
        ----------
        total
            The number of bytes.
        largest
            The maximum size of a loan. This much is reserved, but at most half of `total`. A loan
            may exceed the reserve, but only one at a time. With 0, nothing is reserved, which
            suits loans that never grow.
        """
        self._free = total - min(largest, total // 2)
        self._favours = largest > 0
        self._favoured: Loan | None = None
        self._waiting: deque[tuple[Loan, int, asyncio.Future[None]]] = deque()

    @contextmanager
    def loan(self) -> Iterator[Loan]:
        """Yield an empty loan, which is returned at the end of the block."""
        loan = Loan(self)
        try:
            yield loan
        finally:
            loan.give_back()

    def _lend(self, loan: Loan, count: int) -> bool:
        """Grow a loan to `count` bytes; return whether that is possible now."""
        if loan is not self._favoured:
            more = count - loan.count
            if more <= self._free:
                self._free -= more
                loan.count = count
                return True
            if self._favoured or not self._favours:
                return False
            # Return its bytes to the others: from now on, the reserve serves this loan.
            self._free += loan.count
            self._favoured = loan
        loan.count = count
        return True

    async def _borrow(self, loan: Loan, count: int) -> None:
        if (loan is self._favoured or not self._waiting) and self._lend(loan, count):
            # The bytes that it returned may serve others.
            self._serve()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((loan, count, turn))
        try:
            await turn
        except asyncio.CancelledError:
            # The next one in the queue may fit.
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
    """The bytes that one image has borrowed from a `ByteBudget`.

    Attributes
    ----------
    count
        The number of bytes.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self.count = 0

    async def grow(self, count: int) -> None:
        """Wait until the loan has at least `count` bytes."""
        if count > self.count:
            await self._budget._borrow(self, count)

    def give_back(self) -> None:
        """Return all bytes."""
        self._budget._give_back(self)
