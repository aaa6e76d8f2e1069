"""Every way in which one row can end; none of them is an exception."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from azure.storage.blob import BlobServiceClient
from PIL import Image

from tests.helpers.http_server import Reply, serving
from tests.uploader.samples import PREFIX, RULES, encoded, md5, painting, picture
from uploader.outcomes import Outcome, Result
from uploader.stores import Store, StoredBlob
from uploader.stores.azure import AzureStore
from uploader.stores.folder import FolderStore
from uploader.transfer import Transfer

JPEG, PNG = picture("JPEG"), picture("PNG")
MAX_BYTES = 100_000
HTML = b"<!doctype html><title>Sorry</title><p>This image has moved.</p>"


def _animation() -> bytes:
    return encoded(Image.new("P", (9, 7), 1), "GIF", Image.new("P", (9, 7), 2))


def _mpo() -> bytes:
    return encoded(Image.new("RGB", (9, 7), "red"), "MPO", Image.new("RGB", (9, 7), "blue"))


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


@pytest.fixture
def transfer(folder_store: FolderStore, session: requests.Session) -> Transfer:
    return Transfer(RULES, session, folder_store, MAX_BYTES)


def _nothing_stored(store: Store) -> bool:
    return not list(store.list_blobs(""))


def test_an_image_goes_into_the_store_byte_for_byte(
    store: Store, session: requests.Session, site: Site
) -> None:
    row = painting("Théodore #1", f"{site.url}/a b.jpg?x=%20")
    name = f"{PREFIX}Train/Théodore #1/1a2.jpeg"
    assert Transfer(RULES, session, store, MAX_BYTES)(row) == Result(
        row, Outcome.UPLOADED, "", name, len(JPEG), md5(JPEG), 32, 24
    )
    digest = md5(JPEG) if isinstance(store, AzureStore) else None
    assert list(store.list_blobs("")) == [StoredBlob(name, len(JPEG), digest)]
    assert site.asked == ["/a%20b.jpg?x=%20"]


@pytest.mark.parametrize(
    ("claimed", "data", "stored"),
    [
        ("jpg", JPEG, "jpeg"),
        ("jpeg", _mpo(), "jpeg"),
        ("gif", _animation(), "gif"),
        ("gif", picture("GIF"), "gif"),
        ("png", PNG, "png"),
        ("bmp", picture("BMP"), "bmp"),
    ],
    ids=["jpg", "mpo", "animation", "gif", "png", "bmp"],
)
def test_each_accepted_format_is_stored_unchanged(
    transfer: Transfer, site: Site, claimed: str, data: bytes, stored: str
) -> None:
    # Servers lie about the type; the bytes count.
    site.reply = Reply(data, headers={"Content-Type": "application/octet-stream"})
    result = transfer(painting(url=site.url, encoding_format=claimed))
    assert (result.outcome, result.reason) == (Outcome.UPLOADED, "")
    assert result.blob_name.endswith(f"/1a2.{stored}")
    (blob,) = transfer.store.list_blobs("")
    assert blob.size == len(data)


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        (Reply(HTML, 404), Outcome.FAILED, "HTTP 404 Not Found"),
        (Reply(JPEG, 410), Outcome.FAILED, "HTTP 410 Gone"),
        (Reply(HTML, 500), Outcome.FAILED, "HTTP 500 Internal Server Error"),
        (Reply(HTML, 503), Outcome.FAILED, "HTTP 503 Service Unavailable"),
        (Reply(JPEG[:99], promised=len(JPEG)), Outcome.FAILED, "the body was cut short"),
        (Reply(bytes(MAX_BYTES + 1)), Outcome.FAILED, "larger than 100,000 bytes"),
        (
            Reply(HTML, headers={"Content-Type": "image/jpeg"}),
            Outcome.REFUSED,
            "not an image of a format accepted (jpeg)",
        ),
        (
            Reply(PNG, headers={"Content-Type": "image/jpeg"}),
            Outcome.REFUSED,
            "not an image of a format accepted (jpeg)",
        ),
        (Reply(JPEG[: len(JPEG) // 2]), Outcome.REFUSED, "corrupt: "),
        (Reply(b""), Outcome.REFUSED, "empty: no bytes at all"),
    ],
    ids=[
        *("404", "410", "500", "503", "cut short", "too large"),
        *("html", "png", "truncated", "empty"),
    ],
)
def test_what_is_no_whole_image_is_not_stored(
    transfer: Transfer, site: Site, reply: Reply, outcome: Outcome, reason: str
) -> None:
    site.reply = reply
    result = transfer(painting(url=site.url))
    assert result.outcome is outcome
    assert result.reason.startswith(reason)
    assert _nothing_stored(transfer.store)


def test_a_body_of_exactly_the_largest_size_passes(
    folder_store: FolderStore, session: requests.Session, site: Site
) -> None:
    row = painting(url=site.url)
    assert Transfer(RULES, session, folder_store, len(JPEG))(row).outcome is Outcome.UPLOADED
    assert Transfer(RULES, session, folder_store, len(JPEG) - 1)(row).outcome is Outcome.FAILED


def test_nobody_listens(transfer: Transfer) -> None:
    with socket.socket() as taken:
        # Bound but not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        result = transfer(painting(url=f"http://127.0.0.1:{taken.getsockname()[1]}/a.jpg"))
    assert result.outcome is Outcome.FAILED
    assert result.reason.startswith("could not connect: ")
    assert "refused" in result.reason


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "ftp://example.org/x.jpg",
        "file:///etc/hostname",
        "not a url",
        "http://[::1",
        "http://exa mple.org/",
        "http://127.0.0.1:99999/",
        "http://\udce9/",
        "http://.example.org/",
    ],
)
def test_what_is_no_address_fails(transfer: Transfer, url: str) -> None:
    result = transfer(painting(url=url))
    assert result.outcome is Outcome.FAILED
    assert result.reason
    assert _nothing_stored(transfer.store)


@pytest.mark.parametrize("claimed", ["webp", None])
def test_a_skipped_row_costs_no_request(
    transfer: Transfer, site: Site, claimed: str | None
) -> None:
    result = transfer(painting(url=site.url, encoding_format=claimed))
    assert result.outcome is Outcome.SKIPPED
    assert site.asked == []


def test_a_row_that_cannot_be_named_costs_no_request(transfer: Transfer, site: Site) -> None:
    result = transfer(painting("x" * 1024, site.url))
    assert result.outcome is Outcome.REFUSED
    assert "more than the 1,024 that Azure takes" in result.reason
    assert site.asked == []


def test_a_store_that_cannot_be_written_fails_the_row(
    tmp_path: Path, session: requests.Session, site: Site
) -> None:
    (tmp_path / "file").touch()
    row = painting(url=site.url)
    result = Transfer(RULES, session, FolderStore(tmp_path / "file", "images"), MAX_BYTES)(row)
    assert (result.outcome, result.painting) == (Outcome.FAILED, row)
    assert result.reason.startswith("cannot write ")


def test_a_name_too_long_for_the_file_system_fails_the_row(transfer: Transfer, site: Site) -> None:
    result = transfer(painting("é" * 200, site.url))
    assert result.outcome is Outcome.FAILED
    assert "File name too long" in result.reason


def test_a_container_that_went_away_fails_the_row(
    azure_store: AzureStore,
    service: BlobServiceClient,
    container_name: str,
    session: requests.Session,
    site: Site,
) -> None:
    service.delete_container(container_name)
    result = Transfer(RULES, session, azure_store, MAX_BYTES)(painting(url=site.url))
    assert result.outcome is Outcome.FAILED
    assert result.reason == "cannot store the blob: HTTP 404 ContainerNotFound"


def test_a_fault_leaves_the_image_of_an_earlier_run(transfer: Transfer, site: Site) -> None:
    row = painting(url=site.url)
    assert transfer(row).outcome is Outcome.UPLOADED
    site.reply = Reply(HTML)
    assert transfer(row).outcome is Outcome.REFUSED
    assert [blob.size for blob in transfer.store.list_blobs("")] == [len(JPEG)]
