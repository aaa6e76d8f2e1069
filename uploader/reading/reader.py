"""Get the bytes of images, from a folder, a store, or the web."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from paintings_dedupe.common.images.faults import ImageError
from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.common.web.redaction import redact
from paintings_dedupe.common.web.strangers import without_contact
from uploader.flow.budget import ByteBudget, Loan
from uploader.flow.limits import Limits
from uploader.flow.places import Places, StoppedError
from uploader.flow.row_clock import RowClock
from uploader.flow.stop import Stop
from uploader.outcomes import RowError
from uploader.reading.folder import FolderSource, UnreadableFileError, read_file
from uploader.reading.stored import StoredImages
from uploader.stores import StoreError
from uploader.web.download import open_downloader
from uploader.web.proxies import Proxies


@dataclass(frozen=True)
class Web:
    """How images are downloaded.

    Attributes
    ----------
    limits
        The limits of each download and of all together.
    addresses
        The permitted addresses.
    contact
        The contact address sent in the User-Agent. Empty if there is none.
    obey_robots
        Whether to respect an X-Robots-Tag that forbids the use of an image.
    proxies
        The proxies to use.
    """

    limits: Limits
    addresses: AddressRule
    contact: str
    obey_robots: bool
    proxies: Proxies


class HasURL(Protocol):
    """What names an image, such as a row of a table."""

    @property
    def url(self) -> str:
        """Where the image is."""


Image = TypeVar("Image", bound=HasURL)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Seen(Generic[Result]):
    """What became of an image: the result of the work on it, or the reason why there is none."""

    result: Result | None
    reason: str = ""


Work = Callable[[Image, bytes], Result]
Take = Callable[[Image, Seen[Result]], None]
Look = Callable[[Iterable[Image], Take[Image, Result]], Awaitable[None]]
OpenStored = Callable[[], AbstractAsyncContextManager[StoredImages]]


@dataclass(frozen=True)
class ImageReader:
    """Gets the bytes of images, many at a time.

    Attributes
    ----------
    web
        How images are downloaded.
    folder
        A folder with the files of some images, or None.
    open_stored
        Opens a store that has some images, if there is one. What is neither in the folder nor in
        the store is downloaded.
    """

    web: Web
    folder: FolderSource | None = None
    open_stored: OpenStored | None = None

    @asynccontextmanager
    async def looking(
        self, work: Work[Image, Result], stop: Stop
    ) -> AsyncIterator[Look[Image, Result]]:
        """Yield a function that does the work on images, and remembers their hosts.

        Its second argument is called with each image and what became of it. An error of one image
        is its reason. The function raises `NoContactError` before strangers would be asked for more
        than a handful of images without a contact address.

        Parameters
        ----------
        work
            What to do with an image and its bytes, in a thread. It raises `ImageError` if that
            cannot be done.
        stop
            Once it is asked to, no more images are begun.
        """
        web, limits = self.web, self.web.limits
        async with AsyncExitStack() as opened:
            places = Places(limits.workers)
            download = await opened.enter_async_context(
                open_downloader(limits, web.addresses, web.contact, web.obey_robots, web.proxies)
            )
            budget = ByteBudget(limits.memory, limits.max_bytes)
            stored = None
            if self.open_stored:
                stored = await opened.enter_async_context(self.open_stored())

            async def see(image: Image) -> Seen[Result]:
                timeout = asyncio.timeout(None)
                clock = RowClock(timeout, limits.deadline, places)
                try:
                    async with timeout:
                        with budget.loan() as loan:
                            data = await self._stored(image.url, stored, loan)
                            if data is None:
                                data = (await download(image.url, loan, clock)).data
                            # Decoders have their own timeout, and an image may wait for one.
                            with clock.paused():
                                return Seen(await asyncio.to_thread(work, image, data))
                except TimeoutError:
                    return Seen(None, f"took longer than {limits.deadline:g} s")
                except (
                    RowError,
                    ImageError,
                    StoppedError,
                    StoreError,
                    UnreadableFileError,
                ) as error:
                    return Seen(None, str(error))
                # Untrusted bytes may raise anything in a library, but one image must not end the
                # run.
                except Exception as error:
                    return Seen(None, redact(f"unexpected {type(error).__name__}: {error}"))

            asked: list[str] = []

            async def look(images: Iterable[Image], take: Take[Image, Result]) -> None:
                images = list(images)
                if not web.contact:
                    asked.extend(self._to_download((image.url for image in images), stored))
                    if error := await without_contact("", asked, web.addresses.allowed):
                        raise error
                await places.run(see, images, take, lambda: bool(stop))

            yield look

    def _to_download(self, urls: Iterable[str], stored: StoredImages | None) -> Iterator[str]:
        for url in urls:
            is_here = self.folder is not None and self.folder.path_of(url) is not None
            if not is_here and not (stored and url in stored.blobs):
                yield url

    async def _stored(self, url: str, stored: StoredImages | None, loan: Loan) -> bytes | None:
        """The bytes of an image that need not be downloaded; None if it must be."""
        max_bytes = self.web.limits.max_bytes
        if self.folder and (path := self.folder.path_of(url)):
            return await asyncio.to_thread(read_file, path, max_bytes)
        return await stored.read(url, loan, max_bytes) if stored else None
