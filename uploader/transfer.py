"""Transfer the image of one row: download, check, store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import md5

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.images.metadata import joined
from paintings_dedupe.common.web.redaction import redact
from uploader.flow.budget import ByteBudget, Loan
from uploader.flow.limits import Limits
from uploader.flow.places import Places, StoppedError
from uploader.flow.row_clock import RowClock
from uploader.images.check import Claim
from uploader.images.decoders import Decoders
from uploader.images.properties import ImageProperties
from uploader.outcomes import Outcome, Result, RowError, StoredImage
from uploader.stores import Lock, LockLostError, Store, StoreError
from uploader.table.plan import Plan, Rules
from uploader.web.download import Downloader


class DestinationError(RowError):
    """The store could not store the image of one row. The message gives the cause."""

    by_store = True


@dataclass(frozen=True)
class Transfer:
    """Transfers the image of one row; many rows may be processed concurrently.

    Attributes
    ----------
    rules, limits
        The settings for all rows.
    download, decoders, store
        The three steps.
    budget
        The memory that all images in flight share.
    lock
        The lock of the destination, checked before each write.
    places
        The places for concurrent rows. A row leaves its place while it waits for others.
    """

    rules: Rules
    limits: Limits
    download: Downloader
    decoders: Decoders
    store: Store
    budget: ByteBudget
    lock: Lock
    places: Places

    async def __call__(self, plan: Plan) -> Result:
        """Return the result of the row. An error of the row is a result and is not raised.

        Raises
        ------
        LockLostError
            If the lock of the destination is lost.
        """
        timeout = asyncio.timeout(None)
        clock = RowClock(timeout, self.limits.deadline, self.places)
        at_store = False
        try:
            async with timeout:
                with self.budget.loan() as loan:
                    data, stored = await self._fetch(plan, loan, clock)
                    await self.lock.ensure()
                    at_store = True
                    await self._put(plan, data, stored)
            outcome = Outcome.UPLOADED_UNCOMPARED if plan.not_compared else Outcome.UPLOADED
            return Result(outcome, plan.not_compared, clock.tries, stored)
        except StoppedError as error:
            again = " again" if clock.tries else ""
            return Result(Outcome.PENDING, f"not tried{again}: {error}", clock.tries)
        except TimeoutError:
            reason = f"took longer than {self.limits.deadline:g} s"
            reason += ": the store did not answer" if at_store else ""
            return Result(Outcome.FAILED, reason, clock.tries, by_store=at_store)
        except RowError as error:
            return error.result(clock.tries)
        except ImageError as error:
            return Result(Outcome.REFUSED, str(error), clock.tries)
        except StoreError:
            raise
        # Untrusted bytes may raise anything in a library, but one row must not end the run.
        except Exception as error:
            reason = redact(f"unexpected {type(error).__name__}: {error}")
            return Result(Outcome.FAILED, reason, clock.tries)

    async def _fetch(self, plan: Plan, loan: Loan, clock: RowClock) -> tuple[bytes, StoredImage]:
        """Download and check an image; return the bytes to store and their description."""
        downloaded = await self.download(plan.painting.url, loan, clock)
        # Decoders have their own timeout, and the image may have to wait for one.
        with clock.paused():
            image = await self.decoders.check(downloaded.data, self._claim(plan))
        data, digest = downloaded.data, downloaded.md5
        if image.pieces is not None:
            data = joined(image.pieces, data)
            digest = md5(data, usedforsecurity=False).digest()
        name = f"{plan.stem}.{image.image_format}"
        return data, StoredImage(name, len(data), digest, image.width, image.height)

    def _claim(self, plan: Plan) -> Claim:
        return Claim(
            plan.image_format,
            self.rules.formats,
            self.rules.any_format,
            plan.painting.finest_hash or "",
            self.limits.drift,
            self.rules.strip_metadata,
            self.rules.refuse_trailing,
        )

    async def _put(self, plan: Plan, data: bytes, stored: StoredImage) -> None:
        name = stored.blob_name
        properties = ImageProperties(
            plan.source,
            plan.painting.finest_hash,
            stored.width,
            stored.height,
            self.rules.strip_metadata,
            self.rules.refuse_trailing,
        )
        content_type = f"image/{name.rpartition('.')[2]}"
        try:
            await self.store.put(name, data, content_type, stored.md5, properties.to_metadata())
        except LockLostError:
            raise
        except StoreError as error:
            raise DestinationError(str(error)) from error
