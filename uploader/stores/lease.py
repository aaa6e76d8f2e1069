"""Hold a lease on a blob: renew it in time, and notice when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob.aio import BlobLeaseClient

from uploader.stores import StoreError

# Azure takes 15 to 60. A dead run blocks the next one for so long.
LEASE_SECONDS = 30
_RENEW_SECONDS = 8


class HeldLease:
    """A lease that is renewed every few seconds."""

    def __init__(self, lease: BlobLeaseClient) -> None:
        self._lease = lease
        self._renewed = _now()
        self._lost = False

    async def ensure(self) -> None:
        """Return while the lease is held.

        Raises
        ------
        StoreError
            When it was taken away, or ran out because the service was out of reach.
        """
        if _now() - self._renewed > LEASE_SECONDS - _RENEW_SECONDS:
            await self.renew()
        if self._lost or _now() - self._renewed > LEASE_SECONDS:
            raise StoreError(
                "the lock of the destination was lost: another run may be writing there. Run again"
            )

    async def renew(self) -> None:
        """Renew the lease if the service can be reached and still grants it."""
        asked = _now()
        try:
            await self._lease.renew(retry_total=0, timeout=_RENEW_SECONDS)
        except HttpResponseError as error:
            # 409 and 412: somebody else's by now. Other answers, such as 503, may pass.
            self._lost = self._lost or error.status_code in (404, 409, 412)
        except AzureError:
            pass
        else:
            self._renewed = asked


@asynccontextmanager
async def hold_lease(lease: BlobLeaseClient) -> AsyncIterator[HeldLease]:
    """Yield the acquired lease, renewed until the block ends, then released."""
    held = HeldLease(lease)

    async def keep() -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            await held.renew()

    renewing = asyncio.create_task(keep())
    try:
        yield held
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(AzureError):
            await lease.release(retry_total=0)


def _now() -> float:
    return asyncio.get_running_loop().time()
