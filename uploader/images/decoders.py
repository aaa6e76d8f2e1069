"""Share images among processes that verify them, which may die or hang."""

from __future__ import annotations

import asyncio
import os

from common.images.decode import ImageError
from uploader.flow.budget import ByteBudget
from uploader.images.check import CheckedImage, Claim, check
from uploader.images.decoder_process import (
    BYTES_IN_LINE,
    DecoderProcess,
    DiedError,
    LostError,
    Work,
)

# For one image; a large one takes a second.
TIMEOUT_SECONDS = 30.0


class Decoders:
    """Processes that verify images; one that dies or hangs takes its image only.

    They also keep the interpreter of this process free for the network.
    """

    def __init__(
        self,
        processes: int | None = None,
        timeout: float = TIMEOUT_SECONDS,
        work: Work = check,
    ) -> None:
        """Set up the processes, which start when they are needed.

        Parameters
        ----------
        processes
            How many; None: one a core.
        timeout
            Seconds after which an image counts as hanging.
        work
            What a process does with an image.
        """
        count = processes or os.cpu_count() or 1
        self._timeout = timeout
        self._work = work
        self._all: list[DecoderProcess | None] = [None] * count
        self._line = ByteBudget(count * BYTES_IN_LINE)

    async def check(self, data: bytes, claim: Claim) -> CheckedImage:
        """Do `uploader.images.check.check` in one of the processes.

        Raises
        ------
        common.images.decode.ImageError, uploader.images.check.DriftError
            As it does; and an ImageError when the process died or took too long.
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
                    # Something else may have killed the first one.
                    if died:
                        raise ImageError(f"decoding it crashed (exit code {error})") from error
                    died = True

    def _least_busy(self) -> DecoderProcess:
        """The first of those with the fewest bytes, so that no more start than are needed."""
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
        """End the processes at once."""
        for decoder in self._all:
            if decoder:
                decoder.end()
        # Only on the next turn of the loop are the connections closed.
        await asyncio.sleep(0)
