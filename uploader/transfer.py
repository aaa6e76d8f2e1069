"""Carry one row through: download, verify, store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5

from common.images.decode import ImageError
from common.images.metadata import joined
from common.web.redaction import redact, source_key
from uploader.flow.budget import ByteBudget
from uploader.flow.limits import Limits
from uploader.flow.places import Places, StoppedError
from uploader.flow.row_clock import RowClock
from uploader.images.check import Claim, DriftError
from uploader.images.decoders import Decoders
from uploader.ledger.ledger import ENDED, FINEST_HASH, HEIGHT, SOURCE_KEY, STRIPPED, WIDTH, YES
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.stores import Lock, LockLostError, Store, StoreError
from uploader.table.plan import Plan, Rules
from uploader.web.download import DisallowedError, Downloader, DownloadError, RefusedError


class DestinationError(Exception):
    """The store failed one row; the message says why."""


# What an exception makes of its row.
_OUTCOMES: dict[type[Exception], Outcome] = {
    DownloadError: Outcome.FAILED,
    DisallowedError: Outcome.DISALLOWED,
    DriftError: Outcome.DRIFTED,
    RefusedError: Outcome.REFUSED,
    ImageError: Outcome.REFUSED,
}


@dataclass(frozen=True)
class Transfer:
    """The work on a row, for any number of rows at a time.

    Attributes
    ----------
    rules, limits
        What holds for every row.
    download, decoders, store
        The three steps.
    budget
        The memory that all images in flight share.
    lock
        Held while anything is stored.
    places
        What the rows are worked on in; a row that waits for others leaves its own meanwhile.
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
        """Return what became of the row; no fault of a row is raised.

        Raises
        ------
        LockLostError
            When the lock of the destination is lost.
        """
        timeout = asyncio.timeout(None)
        clock = RowClock(timeout, self.limits.deadline, self.places)
        at_store = False

        def arrive() -> None:
            nonlocal at_store
            at_store = True

        try:
            async with timeout:
                stored = await self._carry(plan, clock, arrive)
                outcome = Outcome.UPLOADED_UNCOMPARED if plan.not_compared else Outcome.UPLOADED
                return Result(outcome, plan.not_compared, clock.tries, stored)
        except StoppedError as error:
            again = " again" if clock.tries else ""
            return Result(Outcome.PENDING, f"not tried{again}: {error}", clock.tries)
        except TimeoutError:
            reason = f"took longer than {self.limits.deadline:g} s"
            reason += ": the store did not answer" if at_store else ""
            return Result(Outcome.FAILED, reason, clock.tries, by_store=at_store)
        except DestinationError as error:
            return Result(Outcome.FAILED, str(error), clock.tries, by_store=True)
        except tuple(_OUTCOMES) as error:
            return Result(_OUTCOMES[type(error)], str(error), clock.tries)
        except StoreError:
            raise
        # Whatever a stranger's bytes set off in a library: one row never ends the run.
        except Exception as error:
            reason = redact(f"unexpected {type(error).__name__}: {error}")
            return Result(Outcome.FAILED, reason, clock.tries)

    async def _carry(self, plan: Plan, clock: RowClock, arrive: Callable[[], None]) -> StoredImage:
        with self.budget.loan() as loan:
            downloaded = await self.download(plan.painting.url, loan, clock)
            # Decoders have a time limit of their own, and others may stand in line before it.
            with clock.paused():
                image = await self.decoders.verify(downloaded.data, self._claim(plan))
            data, digest = downloaded.data, downloaded.md5
            if image.pieces is not None:
                data = joined(image.pieces, data)
                digest = md5(data, usedforsecurity=False).digest()
            stored = StoredImage(
                f"{plan.stem}.{image.image_format}",
                len(data),
                digest,
                image.width,
                image.height,
            )
            await self.lock.ensure()
            arrive()
            await self._put(plan, stored, data, image.image_format)
            return stored

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

    async def _put(self, plan: Plan, stored: StoredImage, data: bytes, image_format: str) -> None:
        metadata = {
            SOURCE_KEY: source_key(plan.painting.url),
            WIDTH: str(stored.width),
            HEIGHT: str(stored.height),
        }
        if self.rules.strip_metadata:
            metadata[STRIPPED] = YES
        if self.rules.refuse_trailing:
            metadata[ENDED] = YES
        if plan.painting.finest_hash is not None:
            metadata[FINEST_HASH] = plan.painting.finest_hash
        try:
            await self.store.put(
                stored.blob_name, data, f"image/{image_format}", stored.md5, metadata
            )
        except LockLostError:
            raise
        except StoreError as error:
            raise DestinationError(str(error)) from error
