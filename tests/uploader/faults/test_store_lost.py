"""The store goes away in the middle of a run: for a while, or for good."""

from __future__ import annotations

import asyncio
import io
import ipaddress
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobServiceClient
from rich.console import Console

from paintings_dedupe.common.web.addresses import AddressRule
from tests.helpers.bad_server import BadServer, reply, run_bad_server, slowly
from tests.uploader.faults.azurites import LastingAzurite
from tests.uploader.faults.kills import OPTIONS
from tests.uploader.faults.scene import (
    PREFIX,
    Destination,
    Project,
    end_of,
    hash_of,
    images,
    manifest,
    md5_hex,
    picture,
    results,
    row_for,
    run_forked,
    start_forked,
)
from uploader.events.log import TextLog
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.ledger.ledger import Ledger
from uploader.outcomes import STORED, Outcome
from uploader.publishing.manifest import manifest_files
from uploader.run import Run, RunOptions
from uploader.stores.azure import AzureStore
from uploader.table.painting import Painting
from uploader.table.plan import FORMATS, Rules, plan_rows

# Enough for 50 failures in a row.
ROWS = 120
FEWER_ROWS = 45
PICTURES = [picture(seed) for seed in range(ROWS)]
# What may be said of a row that the outage met.
REASONS = re.compile(
    r"cannot store the blob: |uploaded, but the store does not show it|took longer than |"
    r"not tried: "
)


@pytest.fixture
def azurite(tmp_path: Path) -> Iterator[LastingAzurite]:
    lasting = LastingAzurite(tmp_path / "azurite")
    lasting.start()
    yield lasting
    lasting.kill()


@pytest.fixture
def server() -> Iterator[BadServer]:
    answers = {f"/{i}": [slowly(reply(data), 0.05)] for i, data in enumerate(PICTURES)}
    with run_bad_server(answers) as running:
        yield running


def test_one_that_comes_back(project: Project, azurite: LastingAzurite, server: BadServer) -> None:
    destination = Destination("azure", azurite=azurite.connection_string)
    pictures = PICTURES[:FEWER_ROWS]
    project.fill(*(row_for(server.address, i, data) for i, data in enumerate(pictures)))
    process = start_forked(project, destination, *OPTIONS)
    while server.count < FEWER_ROWS // 3 and process.poll() is None:
        time.sleep(0.01)
    azurite.kill()
    time.sleep(1)
    azurite.start()
    first = end_of(process)
    assert first.code in (0, 1)
    assert "Traceback" not in first.output
    blobs = destination.blobs()
    if f"{PREFIX}transferimages.results.parquet" in blobs:
        for row in results(blobs).values():
            assert row["Outcome"] in STORED or REASONS.match(row["Reason"]), row
    else:
        # Azurite may have lost the lease when it was killed.
        lost = "Stopped: the lock of the destination was lost: "
        assert "The manifest was not published: " in first.output or lost in first.output
    assert len((manifest(blobs) or "").splitlines()) <= len(images(blobs))

    # Its lease may have outlived it.
    again = run_forked(project, destination, *OPTIONS, "--break-lock")
    assert again.code == 0, again.output
    blobs = destination.blobs()
    assert sorted(map(md5_hex, images(blobs).values())) == sorted(map(md5_hex, pictures))
    assert len((manifest(blobs) or "").splitlines()) == FEWER_ROWS


@pytest.mark.parametrize("every", [ROWS, 5])
def test_one_that_stays_away(azurite: LastingAzurite, server: BadServer, every: int) -> None:
    """With a client that does not wait between its tries, as that of the command does.

    Rows that never reach the store, one in `every`, do not hide that it is gone.
    """
    server.answers = {
        path: answers if int(path[1:]) % every else [reply(b"", "404 Not Found")]
        for path, answers in server.answers.items()
    }
    ledger, said = Ledger(), io.StringIO()
    rules = Rules(frozenset(FORMATS), PREFIX, 0.8)
    ledger.add(
        plan_rows(
            (
                Painting(
                    f"{i:05x}",
                    "Monet",
                    1,
                    "jpeg",
                    f"{server.address}/{i}",
                    f"{i:05x}",
                    hash_of(data),
                    0.5,
                )
                for i, data in enumerate(PICTURES)
            ),
            rules,
        )
    )

    async def upload() -> Stop:
        service = BlobServiceClient.from_connection_string(azurite.connection_string, retry_total=0)
        store = AzureStore(service, "images", create=True, retries=0)
        upload_run = Run(
            ledger,
            store,
            manifest_files(PREFIX, "transferimages.txt"),
            rules,
            Limits(workers=4),
            RunOptions(AddressRule([ipaddress.ip_network("127.0.0.1/32")]), "test@example.org"),
            TextLog(Console(file=said)),
        )
        running = asyncio.create_task(upload_run.upload())
        while server.count < ROWS // 3 and not running.done():
            await asyncio.sleep(0.01)
        azurite.kill()
        try:
            return await running
        finally:
            await store.close()

    stop = asyncio.run(upload())
    assert stop.reason.startswith("the store failed 50 times in a row: cannot store the blob: ")
    assert "The manifest was not published: cannot store the blob: " in said.getvalue()
    outcomes = {outcome for outcome, _, _ in ledger.counts()}
    assert outcomes == {Outcome.UPLOADED, Outcome.FAILED, Outcome.PENDING}
    assert sum(count for *_, count in ledger.counts()) == ROWS
