"""Download images by the rules of the uploader: public addresses only, politely, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from common.images.decode import ImageError
from common.web.addresses import AddressRule
from common.web.redaction import redact
from matcher.extraction import Extract
from matcher.images import ImageToMatch
from matcher.sources.folder import FolderSource
from uploader.flow.budget import ByteBudget
from uploader.flow.limits import Limits
from uploader.flow.places import Places, StoppedError
from uploader.flow.row_clock import RowClock
from uploader.flow.stop import Stop
from uploader.outcomes import RowError
from uploader.web.clients import open_clients
from uploader.web.download import Downloader
from uploader.web.hosts import Hosts
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
        The contact address sent in the User-Agent.
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of an image: its features, or the reason why it has none."""

    features: bytes | None
    reason: str = ""


async def see_images(
    images: Iterable[ImageToMatch],
    extract: Extract,
    folder: FolderSource | None,
    web: Web,
    stop: Stop,
    take: Callable[[ImageToMatch, Seen], None],
) -> None:
    """Get the bytes of each image, extract its features, and call ``take(image, seen)``.

    A file of `folder` is read, anything else is downloaded. An error of one image is its result.
    """
    limits = web.limits
    async with AsyncExitStack() as opened:
        places = Places(limits.workers)
        clients = await opened.enter_async_context(
            open_clients(limits, web.addresses, web.contact, web.proxies)
        )
        hosts = Hosts(limits.per_host, limits.host_failures, limits.host_pause)
        download = Downloader(clients, hosts, limits, web.obey_robots)
        budget = ByteBudget(limits.memory, limits.max_bytes)

        async def see(image: ImageToMatch) -> Seen:
            timeout = asyncio.timeout(None)
            clock = RowClock(timeout, limits.deadline, places)
            path = folder.path_of(image.url) if folder else None
            try:
                async with timeout:
                    with budget.loan() as loan:
                        if path:
                            data = await asyncio.to_thread(_read, path, limits.max_bytes)
                        else:
                            data = (await download(image.url, loan, clock)).data
                        # Decoders have their own timeout, and the image may have to wait for one.
                        with clock.paused():
                            return Seen(await asyncio.to_thread(extract, data))
            except TimeoutError:
                return Seen(None, f"took longer than {limits.deadline:g} s")
            except (RowError, ImageError, StoppedError, _UnreadableError) as error:
                return Seen(None, str(error))
            # Untrusted bytes may raise anything in a library, but one image must not end the run.
            except Exception as error:
                return Seen(None, redact(f"unexpected {type(error).__name__}: {error}"))

        await places.run(see, images, take, lambda: bool(stop))


class _UnreadableError(Exception):
    """A file cannot be read; the message gives the reason."""


def _read(path: object, max_bytes: int) -> bytes:
    try:
        with open(str(path), "rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror}") from error
    if len(data) > max_bytes:
        raise _UnreadableError(f"larger than {max_bytes:,} bytes")
    return data
