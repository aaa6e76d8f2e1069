"""Distribute images among processes that verify them, and survive crashes and hangs."""

from __future__ import annotations

import asyncio
import os

from paintings_dedupe.common.images.faults import ImageError
from uploader.flow.budget import ByteBudget
from uploader.images.check import CheckedImage, Claim, check
from uploader.images.decoder_process import (
    BYTES_IN_LINE,
    DecoderProcess,
    DiedError,
    LostError,
    Work,
)

# The timeout for one image. A large one takes a second.
TIMEOUT_SECONDS = 30.0


class Decoders:
    """Processes that verify images. A crash or a hang affects only one image.

    They also keep the interpreter of this process free for the network.
    """

    def __init__(
        self,
        processes: int | None = None,
        timeout: float = TIMEOUT_SECONDS,
        work: Work = check,
    ) -> None:
        """Create the pool. Processes start when they are needed.

        Parameters
        ----------
        processes
            The number of processes. None means one per core.
        timeout
            The timeout for one image, in seconds. The start of a process does not count.
        work
            The function that a process applies to each image.
        """
        count = processes or os.cpu_count() or 1
        self._timeout = timeout
        self._work = work
        self._all: list[DecoderProcess | None] = [None] * count
        self._line = ByteBudget(count * BYTES_IN_LINE)

    async def check(self, data: bytes, claim: Claim) -> CheckedImage:
        """Run `uploader.images.check.check` in one of the processes.

        Raises
        ------
        paintings_dedupe.common.images.faults.ImageError, uploader.images.check.DriftError
            As that function; also an ImageError after a second crash or a timeout.
        """
        died = False
        with self._line.loan() as loan:
            await loan.grow(min(len(data), BYTES_IN_LINE))
            while True:
                try:
                    return await self._least_busy().check(data, claim)
                except LostError:
                    continue
                except DiedError as error:
                    # Try again: something else may have killed the first process.
                    if died:
                        raise ImageError(f"decoding it crashed (exit code {error})") from error
                    died = True

    def _least_busy(self) -> DecoderProcess:
        """Return the first process with the fewest bytes, so that no unneeded process starts."""
        number = min(range(len(self._all)), key=self._load)
        decoder = self._all[number]
        if decoder is None or decoder.ended:
            decoder = self._all[number] = DecoderProcess(self._work, self._timeout)
        return decoder

    def _load(self, number: int) -> int:
        decoder = self._all[number]
        return decoder.load if decoder else 0

    async def __aenter__(self) -> Decoders:
        return self

    async def __aexit__(self, *raised: object) -> None:
        """Kill the processes."""
        for decoder in self._all:
            if decoder:
                decoder.end()
        # The connections are closed in the next iteration of the event loop.
        await asyncio.sleep(0)
