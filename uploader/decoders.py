"""Run the verification of images in processes of their own, which may die or hang."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeoutError
from contextlib import suppress
from typing import Any

from pebble import ProcessExpired, ProcessPool

from common.images import ImageError
from uploader.verify import Claim, VerifiedImage, verify

# For one image; a large one takes a second.
TIMEOUT_SECONDS = 30.0
# Of address space a process: several times what the largest image accepted needs.
_MEMORY_BYTES = 4 * 1024**3


class Decoders:
    """Processes that verify images; one that dies or hangs takes its image only.

    They also keep the interpreter of this process free for the network.
    """

    def __init__(
        self,
        processes: int | None = None,
        timeout: float = TIMEOUT_SECONDS,
        work: Callable[[bytes, Claim], VerifiedImage] = verify,
    ) -> None:
        """Set up a pool; its processes start when they are needed.

        Parameters
        ----------
        processes
            How many; None: one a core.
        timeout
            Seconds after which an image counts as hanging.
        work
            What a process does with an image.
        """
        self._timeout = timeout
        self._work = work
        self._pool = ProcessPool(
            max_workers=processes or os.cpu_count() or 1,
            initializer=_prepare_process,
            context=_context(),
        )

    async def verify(self, data: bytes, claim: Claim) -> VerifiedImage:
        """Do `uploader.verify.verify` in one of the processes.

        Raises
        ------
        common.images.ImageError, uploader.verify.DriftError
            As it does; and an ImageError when the process died or took too long.
        """
        future = self._pool.schedule(self._work, args=[data, claim], timeout=self._timeout)
        try:
            verified: VerifiedImage = await asyncio.wrap_future(future)
        except ProcessExpired as error:
            raise ImageError(f"decoding it crashed (exit code {error.exitcode})") from error
        except PoolTimeoutError as error:
            raise ImageError(f"decoding it took longer than {self._timeout:g} s") from error
        finally:
            # It holds the exception, which holds this frame: a circle that would keep the bytes.
            del future
        return verified

    def close(self) -> None:
        """End the processes at once."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _context() -> Any:
    """Processes that start from a small one: no copy of this one's threads, nor of its memory."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _prepare_process() -> None:
    # Ctrl-C goes to every process of the terminal; the first one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 (not on every platform)

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent() -> None:
    """End this process when the run was killed: one that hangs would not notice."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
