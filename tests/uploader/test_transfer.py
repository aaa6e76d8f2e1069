"""Every possible outcome of a row; none of them is an exception."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient
from PIL import Image

from paintings_dedupe.common.images.decode import decode
from paintings_dedupe.common.images.hashing import finest_hash
from paintings_dedupe.common.web.addresses import AddressRule
from tests.helpers import zoo
from tests.helpers.bad_server import run_bad_server, silence
from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    PREFIX,
    RULES,
    content,
    encoded,
    hash_of,
    listed,
    md5,
    painting,
    picture,
    planned,
)
from uploader.flow.budget import ByteBudget
from uploader.flow.limits import Limits
from uploader.flow.places import Places
from uploader.images.decoders import Decoders
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.stores import LockLostError, Store
from uploader.stores.azure import AzureStore
from uploader.stores.folder import FolderStore
from uploader.table.painting import Painting
from uploader.table.plan import Rules
from uploader.transfer import Transfer
from uploader.web.clients import open_clients
from uploader.web.download import Downloader
from uploader.web.hosts import Hosts

JPEG, PNG = picture("JPEG"), picture("PNG")
# Tried once: the tests in faults/ try again.
LIMITS = Limits(tries=1, max_bytes=100_000, memory=1_000_000, deadline=20)
LOOPBACK = AddressRule((ipaddress.ip_network("127.0.0.1"),))
HTML = b"<!doctype html><title>Sorry</title><p>This image has moved.</p>"

Transferring = Callable[..., Result]


class Site:
    """A web site with one answer for every path, and the paths that were asked for."""

    def __init__(self) -> None:
        self.reply = Reply(JPEG)
        self.asked: list[str] = []
        self.url = ""

    def answer(self, path: str) -> Reply:
        self.asked.append(path)
        return self.reply


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with serving(made.answer) as made.url:
        yield made


class HeldLock:
    """A lock that is held until it is lost."""

    lost = False

    async def ensure(self) -> None:
        if self.lost:
            raise LockLostError("the lock was lost")

    async def confirm(self) -> None:
        await self.ensure()


@pytest.fixture
def lock() -> HeldLock:
    return HeldLock()


@pytest.fixture
def transfer_into(run: Run, lock: HeldLock) -> Transferring:
    """Carry one row into a store."""

    async def carry(store: Store, row: Painting, limits: Limits, rules: Rules) -> Result:
        hosts = Hosts(limits.per_host, limits.host_failures, limits.host_pause)
        async with (
            open_clients(limits, LOOPBACK, "painters@example.org") as clients,
            Decoders(processes=1) as decoders,
        ):
            download = Downloader(clients, hosts, limits)
            budget = ByteBudget(limits.memory, limits.max_bytes)
            places = Places(limits.workers)
            transfer = Transfer(rules, limits, download, decoders, store, budget, lock, places)
            return await transfer(planned(row, rules))

    return lambda store, row, limits=LIMITS, rules=RULES: run(carry(store, row, limits, rules))


@pytest.fixture
def transfer(transfer_into: Transferring, folder_store: FolderStore) -> Transferring:
    """Carry one row into the folder."""
    return lambda row, limits=LIMITS, rules=RULES: transfer_into(folder_store, row, limits, rules)


def test_an_image_goes_into_the_store_byte_for_byte(
    run: Run, store: Store, transfer_into: Transferring, site: Site
) -> None:
    row = painting("Théodore #1", f"{site.url}/a b.jpg?x=%20", finest_hash=hash_of(JPEG))
    name = f"{PREFIX}Train/Théodore #1/1a2.jpeg"
    assert transfer_into(store, row) == Result(
        Outcome.UPLOADED, "", 1, StoredImage(name, len(JPEG), md5(JPEG), 32, 24)
    )
    (blob,) = run(listed(store))
    assert (blob.name, blob.size, blob.md5) == (name, len(JPEG), md5(JPEG))
    assert site.asked == ["/a%20b.jpg?x=%20"]


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_an_image_can_go_there_without_its_metadata(
    run: Run, store: Store, transfer_into: Transferring, site: Site, kind: str
) -> None:
    """Size, digest and hash belong to the stored bytes."""
    data = zoo.sound()[kind, "turned, with a place"]
    site.reply = Reply(data)
    finest = finest_hash(decode(data).image)
    row = painting(url=site.url, encoding_format=kind, finest_hash=finest)
    result = transfer_into(store, row, rules=replace(RULES, strip_metadata=True))
    assert result.outcome is Outcome.UPLOADED
    assert result.stored
    stored = run(content(store, result.stored.blob_name))
    assert b"Taken at home" in data
    assert b"Taken at home" not in stored
    assert zoo.opened(stored).tobytes() == zoo.opened(data).tobytes()
    assert (result.stored.size, result.stored.md5) == (len(stored), md5(stored))
    assert (result.stored.width, result.stored.height) == zoo.NOISY.size[::-1]
    (blob,) = run(listed(store))
    assert blob.metadata["stripped"] == "yes"


def test_a_file_that_goes_on_behind_its_image_can_be_refused(
    run: Run, folder_store: FolderStore, transfer: Transferring, site: Site
) -> None:
    row = painting(url=site.url, finest_hash=hash_of(JPEG))
    strict = replace(RULES, refuse_trailing=True)
    site.reply = Reply(JPEG + b"PK\3\4")
    assert transfer(row).outcome is Outcome.UPLOADED
    result = transfer(row, rules=strict)
    reason = "4 bytes follow the end of the image (--trailing-data refuse)"
    assert (result.outcome, result.reason) == (Outcome.REFUSED, reason)
    # What fills up a file hides nothing.
    site.reply = Reply(JPEG + b"\0\0\r\n")
    assert transfer(row, rules=strict).outcome is Outcome.UPLOADED
    (blob,) = run(listed(folder_store))
    assert blob.metadata["ended"] == "yes"


@pytest.mark.parametrize(
    ("claimed", "data", "stored"),
    [
        ("jpg", JPEG, "jpeg"),
        ("image/jpeg", zoo.mpo(), "jpeg"),
        ("jpeg", zoo.sound_jpegs()["MPO whose second picture is cut"], "jpeg"),
        ("gif", zoo.animation("GIF"), "gif"),
        ("gif", picture("GIF"), "gif"),
        ("png", PNG, "png"),
        ("bmp", picture("BMP"), "bmp"),
    ],
    ids=["jpg", "mpo", "mpo, cut", "animation", "gif", "png", "bmp"],
)
def test_each_accepted_format_is_stored_unchanged(
    run: Run,
    folder_store: FolderStore,
    transfer: Transferring,
    site: Site,
    claimed: str,
    data: bytes,
    stored: str,
) -> None:
    # Servers lie about the type; the bytes count.
    site.reply = Reply(data, headers={"Content-Type": "application/octet-stream"})
    result = transfer(painting(url=site.url, encoding_format=claimed, finest_hash=hash_of(data)))
    assert (result.outcome, result.reason) == (Outcome.UPLOADED, "")
    assert result.stored
    assert result.stored.blob_name.endswith(f"/1a2.{stored}")
    (blob,) = run(listed(folder_store))
    assert (blob.size, blob.md5) == (len(data), md5(data))


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        (Reply(HTML, 404), Outcome.FAILED, "HTTP 404 Not Found"),
        (Reply(JPEG, 410), Outcome.FAILED, "HTTP 410 Gone"),
        (Reply(JPEG, 206), Outcome.FAILED, "HTTP 206 Partial Content"),
        (Reply(HTML, 500), Outcome.FAILED, "HTTP 500 Internal Server Error"),
        (Reply(HTML, 503), Outcome.FAILED, "HTTP 503 Service Unavailable"),
        (Reply(JPEG[:99], promised=len(JPEG)), Outcome.FAILED, "the body was cut short"),
        (Reply(bytes(100_001)), Outcome.REFUSED, "larger than 100,000 bytes"),
        (
            Reply(HTML, headers={"Content-Type": "image/jpeg"}),
            Outcome.REFUSED,
            "an HTML page, not an image",
        ),
        (
            Reply(PNG, headers={"Content-Type": "image/jpeg"}),
            Outcome.REFUSED,
            "a png, not a jpeg as the row says",
        ),
        (Reply(JPEG[: len(JPEG) // 2]), Outcome.REFUSED, "corrupt: "),
        (Reply(b""), Outcome.REFUSED, "empty: no bytes at all"),
        (
            Reply(JPEG, headers={"X-Robots-Tag": "noai"}),
            Outcome.DISALLOWED,
            "the site sends X-Robots-Tag: noai",
        ),
    ],
    ids=[
        *("404", "410", "206", "500", "503", "cut short", "too large"),
        *("html", "png", "truncated", "empty", "robots"),
    ],
)
def test_what_is_no_whole_image_for_us_is_not_stored(
    run: Run,
    folder_store: FolderStore,
    transfer: Transferring,
    site: Site,
    reply: Reply,
    outcome: Outcome,
    reason: str,
) -> None:
    site.reply = reply
    result = transfer(painting(url=site.url))
    assert (result.outcome, result.tries, result.stored) == (outcome, 1, None)
    assert result.reason.startswith(reason)
    assert run(listed(folder_store)) == []


def test_an_image_of_another_format_can_be_stored_under_its_true_one(
    transfer: Transferring, site: Site
) -> None:
    site.reply = Reply(PNG)
    row = painting(url=site.url, encoding_format="jpeg")
    result = transfer(row, rules=replace(RULES, any_format=True))
    assert result.stored
    assert result.stored.blob_name.endswith("/1a2.png")
    only_jpeg = replace(RULES, any_format=True, formats=frozenset({"jpeg"}))
    assert transfer(row, rules=only_jpeg).outcome is Outcome.REFUSED


def test_another_picture_than_the_rows_has_drifted(
    run: Run, folder_store: FolderStore, transfer: Transferring, site: Site
) -> None:
    site.reply = Reply(encoded(Image.linear_gradient("L").rotate(90), "JPEG"))
    result = transfer(painting(url=site.url, finest_hash=hash_of(JPEG)))
    assert result.outcome is Outcome.DRIFTED
    assert result.reason.startswith("another picture: its hash differs from the row's in ")
    assert run(listed(folder_store)) == []


def test_the_same_picture_in_other_bytes_has_not_drifted(
    transfer: Transferring, site: Site
) -> None:
    site.reply = Reply(picture("JPEG", size=(64, 48)))
    row = painting(url=site.url, finest_hash=hash_of(JPEG))
    assert transfer(row).outcome is Outcome.UPLOADED


def test_a_body_of_exactly_the_largest_size_passes(transfer: Transferring, site: Site) -> None:
    row = painting(url=site.url, finest_hash=hash_of(JPEG))
    assert transfer(row, replace(LIMITS, max_bytes=len(JPEG))).outcome is Outcome.UPLOADED
    assert transfer(row, replace(LIMITS, max_bytes=len(JPEG) - 1)).outcome is Outcome.REFUSED


def test_nobody_listens(transfer: Transferring) -> None:
    with socket.socket() as taken:
        # Bound but not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        result = transfer(painting(url=f"http://127.0.0.1:{taken.getsockname()[1]}/a.jpg"))
    assert result.outcome is Outcome.FAILED
    assert result.reason == "could not connect: Connection refused"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.2", "[::1]", "[::ffff:10.0.0.1]", "10.0.0.1", "169.254.169.254"),
        # Other spellings of 127.0.0.2 and 0.0.0.0.
        *("0x7f.2", "0x7f000002", "2130706434", "127.2", "0"),
    ],
)
def test_a_host_that_is_not_public_is_refused(transfer: Transferring, host: str) -> None:
    result = transfer(painting(url=f"http://{host}:9/a.jpg"))
    assert (result.outcome, result.tries) == (Outcome.REFUSED, 1)
    assert re.search(r"is not a (public|canonical IPv4) address", result.reason)


def test_a_store_that_cannot_be_written_fails_the_row(
    tmp_path: Path, transfer_into: Transferring, site: Site
) -> None:
    (tmp_path / "file").touch()
    result = transfer_into(FolderStore(tmp_path / "file", "images"), painting(url=site.url))
    assert result.outcome is Outcome.FAILED
    assert result.reason.startswith("cannot write ")


def test_a_name_too_long_for_the_file_system_fails_the_row(
    transfer: Transferring, site: Site
) -> None:
    result = transfer(painting("é" * 200, site.url))
    assert result.outcome is Outcome.FAILED
    assert "File name too long" in result.reason


def test_a_container_that_went_away_fails_the_row(
    azure_store: AzureStore,
    service: BlobServiceClient,
    container_name: str,
    transfer_into: Transferring,
    site: Site,
) -> None:
    service.delete_container(container_name)
    result = transfer_into(azure_store, painting(url=site.url))
    assert result.outcome is Outcome.FAILED
    assert result.reason.startswith("cannot store the blob: HTTP 404 ContainerNotFound (check ")


def test_a_store_that_never_answers_is_to_blame(
    run: Run, transfer_into: Transferring, site: Site
) -> None:
    """So that the run stops after some, instead of waiting for each row."""
    row = painting(url=site.url, finest_hash=hash_of(JPEG))
    path = f"/acct/images/{PREFIX}Train/Claude%20Monet/1a2.jpeg"
    with run_bad_server({path: [silence]}) as server:
        store = AzureStore(AsyncBlobServiceClient(f"{server.address}/acct"), "images")
        result = transfer_into(store, row, replace(LIMITS, deadline=5))
        assert server.count == 1
        run(store.close())
    assert (result.outcome, result.by_store) == (Outcome.FAILED, True)
    assert result.reason == "took longer than 5 s: the store did not answer"


def test_a_lock_that_is_lost_ends_the_run_before_anything_is_stored(
    run: Run, folder_store: FolderStore, transfer: Transferring, site: Site, lock: HeldLock
) -> None:
    lock.lost = True
    with pytest.raises(LockLostError, match="the lock was lost"):
        transfer(painting(url=site.url))
    assert run(listed(folder_store)) == []


def test_a_fault_leaves_the_image_of_an_earlier_run(
    run: Run, folder_store: FolderStore, transfer: Transferring, site: Site
) -> None:
    row = painting(url=site.url, finest_hash=hash_of(JPEG))
    assert transfer(row).outcome is Outcome.UPLOADED
    site.reply = Reply(HTML)
    assert transfer(row).outcome is Outcome.REFUSED
    assert [blob.size for blob in run(listed(folder_store))] == [len(JPEG)]
