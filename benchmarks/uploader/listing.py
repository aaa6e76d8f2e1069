"""Compare how fast a container is listed: ``python -m benchmarks.uploader.listing``.

A server in another process sends pages that are ready, of 5,000 blobs each as Azure's are, so that
whoever reads them is the limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

import click
from aiohttp import web
from azure.storage.blob.aio import BlobServiceClient

from benchmarks.uploader.report import table
from benchmarks.uploader.rounds import Spread
from uploader.ledger.ledger import Ledger
from uploader.stores import StoredBlob
from uploader.stores.azure import AzureStore

_BLOBS_A_PAGE = 5_000
_CONTAINER = "images"
_PREFIX = "Image/DataSets/Paintings/"
_BLOB = (
    "<Blob><Name>{name}</Name><Properties>"
    "<Creation-Time>Sat, 28 Nov 2026 07:00:00 GMT</Creation-Time>"
    "<Last-Modified>Sat, 28 Nov 2026 07:00:00 GMT</Last-Modified>"
    "<Etag>0x8DE2E5F0C0FFEE0</Etag><Content-Length>44000</Content-Length>"
    "<Content-Type>image/jpeg</Content-Type><Content-Encoding /><Content-Language />"
    "<Content-CRC64 /><Content-MD5>AAAAAAAAAAAAAAAAAAAAAA==</Content-MD5><Cache-Control />"
    "<Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier>"
    "<AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus>"
    "<LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>"
    "<Metadata><source>00112233445566778899aabbccddeeff</source>"
    "<hash>00112233445566778899aabbccddeeff</hash><width>400</width><height>300</height>"
    "<ended>yes</ended></Metadata><OrMetadata /></Blob>"
)
_PAGE = (
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://x/" '
    f'ContainerName="{_CONTAINER}"><Prefix>{_PREFIX}</Prefix><Blobs>{{blobs}}</Blobs>'
    "<NextMarker>{marker}</NextMarker></EnumerationResults>"
)
_SDK, _OURS, _ENTERED = "the SDK's `list_blobs`", "this uploader", "this uploader, with its ledger"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--pages",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help=f"Pages of {_BLOBS_A_PAGE:,} blobs.",
)
@click.option(
    "--late",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="Seconds before each answer.",
)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
def command(pages: int, late: float, rounds: int) -> None:
    """Print blobs per second, as medians of the rounds."""
    seconds: dict[str, list[float]] = {}
    with _serving(pages, late) as url:
        for _ in range(rounds):
            for name, way in ((_SDK, _by_sdk), (_OURS, _by_store), (_ENTERED, _into_ledger)):
                begun = time.perf_counter()
                found = asyncio.run(way(url))
                seconds.setdefault(name, []).append(time.perf_counter() - begun)
                if found != pages * _BLOBS_A_PAGE:
                    raise click.ClickException(f"{name} found {found:,} blobs")
    lines = []
    for name, taken in seconds.items():
        rate = Spread.of([pages * _BLOBS_A_PAGE / each for each in taken])
        pairs = zip(seconds[_SDK], taken, strict=True)
        ratio = Spread.of([sdk / each for sdk, each in pairs])
        lines.append((name, f"{rate.median:,.0f}", f"{ratio.median:.1f}"))
    click.echo(table(("", "blobs a second", "times as fast as the SDK"), lines))


async def _by_sdk(url: str) -> int:
    async with BlobServiceClient(url) as service:
        container = service.get_container_client(_CONTAINER)
        return await _count(container.list_blobs(name_starts_with=_PREFIX, include=["metadata"]))


async def _by_store(url: str) -> int:
    return await _with_store(url, lambda store: _count(store.list_blobs(_PREFIX)))


async def _into_ledger(url: str) -> int:
    async def enter(store: AzureStore) -> int:
        found = 0

        async def counted() -> AsyncIterator[StoredBlob]:
            nonlocal found
            async for blob in store.list_blobs(_PREFIX):
                found += 1
                yield blob

        ledger = Ledger()
        await ledger.list_store(counted())
        ledger.close()
        return found

    return await _with_store(url, enter)


async def _with_store(url: str, use: Callable[[AzureStore], Awaitable[int]]) -> int:
    store = AzureStore(BlobServiceClient(url), _CONTAINER)
    try:
        return await use(store)
    finally:
        await store.close()


async def _count(blobs: AsyncIterator[object]) -> int:
    found = 0
    async for _ in blobs:
        found += 1
    return found


@contextmanager
def _serving(pages: int, late: float) -> Iterator[str]:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(pages, late, there), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/account"
    finally:
        process.terminate()
        process.join()


def _serve(pages: int, late: float, told: Connection) -> None:
    ready = [_page(number, pages) for number in range(pages)]

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(late)
        body = ready[int(request.query.get("marker", 0))]
        return web.Response(body=body, content_type="application/xml")

    async def serve() -> None:
        application = web.Application()
        application.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        told.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(serve())


def _page(number: int, pages: int) -> bytes:
    first = number * _BLOBS_A_PAGE
    names = (
        f"{_PREFIX}Train/Artist {blob % 5_000}/{blob:018x}.jpeg"
        for blob in range(first, first + _BLOBS_A_PAGE)
    )
    blobs = "".join(_BLOB.format(name=name) for name in names)
    marker = number + 1 if number + 1 < pages else ""
    return _PAGE.format(blobs=blobs, marker=marker).encode()


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.uploader.listing")
