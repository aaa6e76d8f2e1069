"""Define the work on each row, which is the same in every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.web.addresses import AddressRule
from uploader.flow.limits import Limits
from uploader.flow.places import Places
from uploader.stores import Lock, Store
from uploader.table.plan import Rules
from uploader.web.proxies import Proxies

if TYPE_CHECKING:
    from uploader.transfer import Transfer


@dataclass(frozen=True)
class Work:
    """The settings for every row.

    Attributes
    ----------
    rules, limits
        The user's settings. The limits apply to one process.
    addresses, contact, obey_robots, proxies
        As in `uploader.run.RunOptions`.
    """

    rules: Rules
    limits: Limits
    addresses: AddressRule
    contact: str
    obey_robots: bool
    proxies: Proxies

    @asynccontextmanager
    async def opened(
        self, store: Store, lock: Lock, places: Places, decoders: int | None = None
    ) -> AsyncIterator[Transfer]:
        """Open the clients and decoders of this process until the block ends.

        Parameters
        ----------
        store, lock
            Where to store the images, and the lock on it.
        places
            The places for concurrent rows.
        decoders
            The number of processes that check images. None means one per core.
        """
        # Many runs have nothing to download, and these take a third of a second to import.
        with quick_imports():
            from uploader.flow.budget import ByteBudget  # noqa: PLC0415
            from uploader.images.decoders import Decoders  # noqa: PLC0415
            from uploader.transfer import Transfer  # noqa: PLC0415
            from uploader.web.download import open_downloader  # noqa: PLC0415

        limits = self.limits
        async with AsyncExitStack() as opened:
            download = await opened.enter_async_context(
                open_downloader(
                    limits, self.addresses, self.contact, self.obey_robots, self.proxies
                )
            )
            yield Transfer(
                self.rules,
                limits,
                download,
                await opened.enter_async_context(Decoders(decoders)),
                store,
                ByteBudget(limits.memory, limits.max_bytes),
                lock,
                places,
            )
