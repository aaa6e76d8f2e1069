"""Measure what one process does for a whole cluster: ``python -m benchmarks.uploader.driver``.

With --engine spark, executors download, check and store the images, but one process reads the
table, hands out the rows, records the results and publishes. Here, executors that do nothing but
report take their places, so that this process is the limit.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import aiohttp
import click

from benchmarks.uploader.report import table
from paintings_dedupe.common.web.redaction import source_key
from uploader.engines.coordinator import Address, Coordinator
from uploader.engines.executor import host_of_row
from uploader.engines.feed import open_client
from uploader.engines.messages import Answer, Report
from uploader.flow.places import run_on_loop
from uploader.flow.stop import Stop
from uploader.images.properties import ImageProperties
from uploader.ledger.ledger import Ledger
from uploader.ledger.shares import Position, Shares, position
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.publishing.manifest import manifest_files, publish
from uploader.publishing.results import put_results
from uploader.stores import StoredBlob
from uploader.stores.folder import FolderStore
from uploader.table.painting import Painting
from uploader.table.plan import FORMATS, Rules, plan_rows

_RULES = Rules(frozenset(FORMATS), "images/", 0.8)
_ROWS_A_REPORT = 256
_SIZE = 44_000
_MD5 = bytes(16)
_HEADINGS = (
    *("step", "seconds", "rows a second", "rows a second of processor"),
    "peak MB of memory so far",
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rows", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--hosts", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--executors", type=click.IntRange(1), default=16, show_default=True)
def command(rows: int, hosts: int, executors: int) -> None:
    """Print how long each step takes, and what it takes of memory and disk."""
    with tempfile.TemporaryDirectory(prefix="paintings-driver-") as folder:
        click.echo(run_on_loop(_Driver(rows, hosts, executors, Path(folder)).measure()))


class _Driver:
    """The steps of one run, each timed."""

    def __init__(self, rows: int, hosts: int, executors: int, folder: Path) -> None:
        self._rows, self._hosts, self._executors = rows, hosts, executors
        self._ledger = Ledger()
        self._store = FolderStore(folder, "images")
        self._lines: list[tuple[str, ...]] = []
        self._begun = time.monotonic(), time.process_time()

    async def measure(self) -> str:
        """Go through the steps; return a table."""
        ledger, rules, rows = self._ledger, _RULES, self._rows
        files = manifest_files(rules.prefix, "transferimages.txt")
        await self._store.prepare()
        self._begun = time.monotonic(), time.process_time()
        ledger.add(plan_rows(_paintings(rows, self._hosts), rules))
        self._note("plan the rows")
        await ledger.list_store(_listing(ledger, stored=False))
        ledger.record_present(rules)
        self._note("find what is stored, in an empty listing")
        shares = ledger.shares(max(64, rows // 5_000), host_of_row)
        self._note("divide the rows by host")
        await self._work(shares)
        self._note("hand out the rows, and record the results")
        await ledger.list_store(_listing(ledger, stored=True))
        self._note("enter the listing of the store")
        ledger.fail_absent("not there")
        self._note("compare it with the results")
        await put_results(ledger, self._store, rules, files)
        self._note("write transferimages.results.parquet")
        await publish(ledger, self._store, rules, files)
        self._note("write transferimages.txt and transferimages.parquet")
        (pages,), (size,) = (
            ledger._db.execute(f"pragma {what}").fetchone() for what in ("page_count", "page_size")
        )
        return (
            f"{rows:,} rows on {self._hosts:,} hosts, {self._executors} executors that only report"
            f"\n\n{table(_HEADINGS, self._lines)}\n\n"
            f"ledger: {pages * size / rows:,.0f} bytes a row on disk"
        )

    def _note(self, step: str) -> None:
        before, self._begun = self._begun, (time.monotonic(), time.process_time())
        seconds, processor = (now - then for now, then in zip(self._begun, before, strict=True))
        rates = (f"{self._rows / each:,.0f}" for each in (seconds, processor))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._lines.append((step, f"{seconds:,.1f}", *rates, f"{peak / 1e6:,.0f}"))
        click.echo(f"{step}: {seconds:,.1f} s", err=True)

    async def _work(self, shares: Shares) -> None:
        coordinator = Coordinator(shares, self._ledger.record, Stop())
        loop = asyncio.get_running_loop()
        async with coordinator.serving("127.0.0.1", "127.0.0.1", 0) as address:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                await loop.run_in_executor(
                    pool, _report_all, address, shares.number, self._executors
                )


def _paintings(rows: int, hosts: int) -> Iterator[Painting]:
    for number in range(rows):
        # Some hosts have many more rows than others.
        host = int(hosts * (number * 0.6180339887 % 1) ** 3)
        yield Painting(
            f"{number:018x}",
            f"Artist {number % 5_000}",
            number % 5_000,
            "jpeg",
            f"https://images{host}.example.org/collection/paintings/large/{number:012}.jpg",
            f"{number:018x}",
            f"{number:032x}",
            number * 0.7548776662 % 1,
        )


async def _listing(ledger: Ledger, stored: bool) -> AsyncIterator[StoredBlob]:
    """The listing of an empty store, or of one that has every image."""
    if not stored:
        return
    for row, image in ledger.stored(str):
        metadata = ImageProperties(source_key(row.url), row.finest_hash, 400, 300).to_metadata()
        yield StoredBlob(image.blob_name, _SIZE, _MD5, metadata, "0x8D", "image/jpeg")


def _report_all(address: Address, shares: int, executors: int) -> None:
    """Be all executors: take every row of every share, and report it as stored."""

    async def report_all() -> None:
        waiting = iter(range(shares))
        async with open_client() as client, asyncio.TaskGroup() as group:
            for _ in range(executors):
                group.create_task(_report(client, address, waiting))

    asyncio.run(report_all())


async def _report(client: aiohttp.ClientSession, address: Address, shares: Iterator[int]) -> None:
    for share in shares:
        after: Position | None = None
        results: list[tuple[int, Result]] = []
        while True:
            report = Report(share, 1, results, after, _ROWS_A_REPORT)
            async with client.post(
                address.url,
                json=report.to_json(),
                headers={"Authorization": f"Bearer {address.token}"},
                ssl=aiohttp.Fingerprint(address.fingerprint),
            ) as response:
                response.raise_for_status()
                answer = Answer.from_json(await response.json())
            if not answer.tasks:
                break
            after = position(answer.tasks[-1])
            results = [
                (
                    task.number,
                    Result(
                        Outcome.UPLOADED,
                        tries=1,
                        stored=StoredImage(task.plan.blob_name, _SIZE, _MD5, 400, 300),
                    ),
                )
                for task in answer.tasks
            ]


if __name__ == "__main__":
    command(prog_name="python -m benchmarks.uploader.driver")
