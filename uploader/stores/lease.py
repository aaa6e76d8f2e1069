"""Hold a lease on a blob: renew it in time, and end what relies on it once it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob.aio import BlobLeaseClient

from uploader.stores import LockLostError
from uploader.stores.azure_errors import FAULTS, cause

# Azure takes 15 to 60. A dead run blocks the next one for so long.
LEASE_SECONDS = 30
_RENEW_SECONDS = 2
# Nothing begins to be written unless the service has confirmed the lease within so many seconds.
# Whoever breaks a lease waits as long, and so begins when its holder has ended.
CONFIRMED_SECONDS = 5
_TAKEN = (
    "the lock of the destination was lost: another run has taken it over, or broken it. Wait "
    "until that run has ended, and run again"
)
_OUT_OF_REACH = (
    f"the lock of the destination was lost: for {LEASE_SECONDS} s, it could not be renewed "
    "({}). Run again"
)


class HeldLease:
    """A lease that is renewed every few seconds.

    Attributes
    ----------
    lost
        Why it is held no more; empty while it is.
    """

    def __init__(self, lease: BlobLeaseClient, asked: float) -> None:
        self.lost = ""
        self._lease = lease
        # When the last request that the service granted was sent.
        self._renewed = asked
        self._turn = asyncio.Lock()

    async def ensure(self) -> None:
        """Return while the service has confirmed the lease lately; else ask it.

        Raises
        ------
        LockLostError
            If it was taken away, or ran out because the service was out of reach.
        """
        if self.lost or _now() - self._renewed > CONFIRMED_SECONDS:
            await self.confirm()

    async def confirm(self) -> None:
        """Return once the service says that the lease is held, as of now.

        Raises
        ------
        LockLostError
            As `ensure` does.
        """
        asked = _now()
        while not self.lost and self._renewed < asked:
            await self.renew(asked)
        if self.lost:
            raise LockLostError(self.lost)

    async def renew(self, asked: float | None = None) -> None:
        """Try once to renew the lease, unless that was done since the time `asked`."""
        async with self._turn:
            if self.lost or (asked is not None and self._renewed >= asked):
                return
            begun = _now()
            try:
                # A connection may hang.
                async with asyncio.timeout(CONFIRMED_SECONDS):
                    await self._lease.renew(retry_total=0)
            except HttpResponseError as error:
                # Somebody else's by now, or nobody's. Other answers, such as 503, may pass.
                if error.status_code in (404, 409, 412):
                    self.lost = _TAKEN
                fault = cause(error)
            except FAULTS as error:
                fault = cause(error)
            except TimeoutError:
                fault = "no answer"
            else:
                self._renewed = begun
                return
            if not self.lost and _now() - self._renewed > LEASE_SECONDS:
                self.lost = _OUT_OF_REACH.format(fault)
            if not self.lost:
                await asyncio.sleep(_RENEW_SECONDS / 4)


@asynccontextmanager
async def hold_lease(lease: BlobLeaseClient, asked: float) -> AsyncIterator[HeldLease]:
    """Yield the acquired lease, renewed until the block ends, then released.

    Parameters
    ----------
    lease
        The lease.
    asked
        If it was asked for, by the clock of the event loop.

    Raises
    ------
    LockLostError
        If it is lost; whatever the block does then is cancelled.
    """
    held = HeldLease(lease, asked)
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
