"""Hold a lease on a blob: renew it in time, and cancel the work that needs it if it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob.aio import BlobLeaseClient

from uploader.stores import LockLostError
from uploader.stores.azure_errors import FAULTS, cause

# Azure allows 15 to 60 seconds. A dead run blocks the next one for this long.
LEASE_SECONDS = 30
_RENEW_SECONDS = 2
# A write only begins if the service has confirmed the lease within this many seconds. A run that
# breaks a lease waits as long, so that it begins after the holder has ended.
CONFIRMED_SECONDS = 5
_TAKEN = (
    "the lock of the destination was lost: another run has taken it over, or broken it. Wait "
    "until that run has ended, and run again"
)
_OUT_OF_REACH = (
    f"the lock of the destination was lost: for {LEASE_SECONDS} s, it could not be renewed "
    "({}). Run again"
)


# Asks the service whether the lease is held. An HTTP status 404, 409 or 412 means no, too.
Ask = Callable[[], Awaitable[bool]]


class HeldLease:
    """A lease that the service confirms every few seconds.

    Attributes
    ----------
    key
        The ID of the lease, with which other processes of the run borrow it.
    lost
        Why the lease was lost; empty while it is held.
    """

    def __init__(self, key: str, ask: Ask, asked: float) -> None:
        """Create it for a lease that was acquired or confirmed.

        Parameters
        ----------
        key
            The ID of the lease.
        ask
            Renews the lease or, in a process that borrows it, only looks at it.
        asked
            When it was requested, in seconds of the event loop's clock.
        """
        self.key = key
        self.lost = ""
        self._ask = ask
        # When the last successful request was sent.
        self._renewed = asked
        self._turn = asyncio.Lock()

    async def ensure(self) -> None:
        """Check that the service has confirmed the lease recently; if not, ask it.

        Raises
        ------
        LockLostError
            If another run took the lease, or it expired while the service was unreachable.
        """
        if self.lost or _now() - self._renewed > CONFIRMED_SECONDS:
            await self.confirm()

    async def confirm(self) -> None:
        """Ask the service whether the lease is held, and wait for its response.

        Raises
        ------
        LockLostError
            As `ensure`.
        """
        asked = _now()
        while not self.lost and self._renewed < asked:
            await self.renew(asked)
        if self.lost:
            raise LockLostError(self.lost)

    async def renew(self, asked: float | None = None) -> None:
        """Ask the service once, unless it has confirmed the lease after the time `asked`."""
        async with self._turn:
            if self.lost or (asked is not None and self._renewed >= asked):
                return
            begun = _now()
            try:
                # A connection may hang.
                async with asyncio.timeout(CONFIRMED_SECONDS):
                    held = await self._ask()
            except HttpResponseError as error:
                # Another run has the lease, or nobody. Other errors, such as 503, are transient.
                if error.status_code in (404, 409, 412):
                    self.lost = _TAKEN
                fault = cause(error)
            except FAULTS as error:
                fault = cause(error)
            except TimeoutError:
                fault = "no answer"
            else:
                if held:
                    self._renewed = begun
                else:
                    self.lost = _TAKEN
                return
            if not self.lost and _now() - self._renewed > LEASE_SECONDS:
                self.lost = _OUT_OF_REACH.format(fault)
            if not self.lost:
                await asyncio.sleep(_RENEW_SECONDS / 4)


@asynccontextmanager
async def hold_lease(lease: BlobLeaseClient, asked: float) -> AsyncIterator[HeldLease]:
    """Renew an acquired lease until the block ends, then release it.

    Parameters
    ----------
    lease
        The lease.
    asked
        When it was requested, in seconds of the event loop's clock.

    Raises
    ------
    LockLostError
        If the lease is lost; the block is then cancelled.
    """

    async def ask() -> bool:
        await lease.renew(retry_total=0)
        return True

    held = HeldLease(lease.id, ask, asked)
    owner = cast("asyncio.Task[object]", asyncio.current_task())
    others = owner.cancelling()
    cancelled = False

    async def keep() -> None:
        nonlocal cancelled
        while not held.lost:
            await asyncio.sleep(_RENEW_SECONDS)
            await held.renew()
        cancelled = owner.cancel()

    keeping = asyncio.create_task(keep())
    try:
        yield held
    except asyncio.CancelledError as error:
        if not cancelled or owner.cancelling() - 1 > others:
            raise
        raise LockLostError(held.lost) from error
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        if cancelled:
            owner.uncancel()
        with suppress(AzureError):
            await lease.release(retry_total=0)


def _now() -> float:
    return asyncio.get_running_loop().time()
