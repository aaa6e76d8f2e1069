"""The manifest lists the blobs verified to be in the store, one parseable line per blob."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pyarrow.parquet as pq
import pytest
import requests
from azure.storage.blob import BlobClient, BlobServiceClient, PublicAccess
from hypothesis import example, given
from hypothesis import strategies as st

from paintings_dedupe.common.web.redaction import redact_url
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    FILES,
    NASTY_ARTISTS,
    PREFIX,
    RULES,
    blob_name,
    content,
    md5,
    painting,
    picture,
    put_image,
    uploaded,
)
from uploader.ledger.ledger import Ledger
from uploader.outcomes import STORED, Outcome, Result
from uploader.publishing.manifest import (
    ManifestFiles,
    lock_name,
    manifest_files,
    publish,
)
from uploader.publishing.published import enter_published
from uploader.stores import Store
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore
from uploader.table.naming import manifest_line
from uploader.table.painting import Painting
from uploader.table.plan import Rules, plan_rows

_NO_NETWORK = {
    "AZURE_STORAGE_CONNECTION_STRING": "AccountName=acct;AccountKey=a2V5;"
    "BlobEndpoint=https://acct.blob.core.windows.net"
}
ARTISTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(" #%?/\\\n\u2028+&é🎨.")),
    min_size=1,
)


def _assert_three_fields(line: str, url: str, prefix_url: str) -> None:
    assert line.isascii()
    assert line.splitlines() == [line]
    first, group, file_name = line.split(" ")
    assert first == url == prefix_url + group + file_name
    assert group.count("/") == 2
    assert group.endswith("/")
    assert file_name == "1a2.jpeg"


@pytest.fixture(scope="module")
def offline() -> Sequence[Store]:
    """A store of each kind that is not there: an address needs none."""
    # Never used, its client has nothing to close.
    azure = AzureStore(connect(None, _NO_NETWORK), "images")
    return FolderStore(Path("/data/my blobs"), "images"), azure


@given(artist=ARTISTS)
@example(artist="%2F")
@example(artist="..")
@example(artist="a+b & c")
def test_a_line_has_three_fields_whatever_the_artist_is_called(
    offline: Sequence[Store], artist: str
) -> None:
    name = blob_name(painting(artist))
    for store in offline:
        url, prefix_url = store.url(name), store.url(PREFIX)
        _assert_three_fields(manifest_line(url, prefix_url), url, prefix_url)


@pytest.mark.parametrize("prefix", ["", "a/", "50% #1/ü/"])
def test_the_group_begins_behind_any_prefix(offline: Sequence[Store], prefix: str) -> None:
    name = blob_name(painting(), Rules(RULES.formats, prefix, 0.8))
    for store in offline:
        _, group, _ = manifest_line(store.url(name), store.url(prefix)).split(" ")
        assert group == "Train/Claude%20Monet/"


def test_the_files_stand_side_by_side() -> None:
    assert manifest_files("a/b/", "list.txt") == ManifestFiles(
        "a/b/list.txt",
        "a/b/list.parquet",
        "a/b/list.results.parquet",
        "a/b/transferimages.lock",
        ("a/b/Train/", "a/b/Test/"),
    )


@pytest.mark.parametrize(
    ("prefix", "another", "shared"),
    [
        ("", "a/", False),
        ("a/", "a/b/", False),
        ("a/b/", "a_b/", False),
        ("a/", "a/Training/", False),
        ("a/Training/", "a/", False),
        # a/Train/b/Test/x.jpeg is in the folder a/Train/ of the images of a/.
        ("a/", "a/Train/b/", True),
        ("a/", "a/Test/", True),
        ("", "Train/", True),
        ("", "TRAIN/a/b/c/", True),
        ("a/Train/", "a/Train/Test/b/", True),
    ],
)
def test_prefixes_share_a_lock_where_they_could_share_images(
    prefix: str, another: str, shared: bool
) -> None:
    assert (lock_name(prefix) == lock_name(another)) == shared


def test_the_lock_depends_on_no_name_of_a_manifest() -> None:
    """Two projects that share a prefix share its images, whatever they call their manifests."""
    assert manifest_files("a/", "list.txt").lock == manifest_files("a/", "images.txt").lock


async def _publish(store: Store, rows: dict[Painting, bytes], files: ManifestFiles = FILES) -> None:
    """Store a picture for each row, and publish their manifest."""
    ledger = Ledger()
    ledger.add(plan_rows(rows, RULES))
    for task, (row, data) in zip(ledger.tasks(), rows.items(), strict=True):
        assert task.plan.painting == row
        ledger.record(task, uploaded(await put_image(store, row, data), data))
    await publish(ledger, store, RULES, files)
    ledger.close()


def _rows(*artists: str) -> dict[Painting, bytes]:
    return {painting(artist): picture(shade=sum(map(ord, artist))) for artist in artists}


async def _lines(store: Store) -> list[str]:
    text = (await content(store, FILES.text)).decode("ascii")
    assert text.endswith("\n") or not text
    return text.splitlines()


async def _table(store: Store) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(
        io.BytesIO(await content(store, FILES.table))
    ).to_pylist()
    return rows


def _download(url: str, service: BlobServiceClient | None = None) -> bytes:
    if url.startswith("file:"):
        with urlopen(url) as file:  # noqa: S310 (a file that the test made)
            return bytes(file.read())
    if service is None:
        answer = requests.get(url, timeout=10)
        answer.raise_for_status()
        return answer.content
    with BlobClient.from_blob_url(url, credential=service.credential) as client:
        return client.download_blob().readall()


def test_every_nasty_artist_is_found_at_the_address_in_the_manifest(
    run: Run, store: Store, service: BlobServiceClient
) -> None:
    rows = _rows(*NASTY_ARTISTS)
    run(_publish(store, rows))
    lines = run(_lines(store))
    assert len(lines) == len(NASTY_ARTISTS)
    for line in lines:
        _assert_three_fields(line, line.split(" ")[0], store.url(PREFIX))
    listed = {row["Artist"]: row for row in run(_table(store))}
    for row, data in rows.items():
        url = listed[row.artist]["URL"]
        assert url in {line.split(" ")[0] for line in lines}
        assert _download(url, service) == data, row.artist


def test_whoever_may_read_needs_no_more_than_the_address(
    run: Run, azurite: str, container_name: str
) -> None:
    account = connect(None, {"AZURE_STORAGE_CONNECTION_STRING": azurite})
    store = AzureStore(account, container_name, create=True, public_access=PublicAccess.BLOB)
    run(store.prepare())
    rows = _rows(*NASTY_ARTISTS)
    run(_publish(store, rows))
    for line in run(_lines(store)):
        assert _download(line.split(" ")[0]) in rows.values()
    run(store.close())


def test_lines_are_sorted_ascii_and_as_specified(run: Run, store: Store) -> None:
    run(_publish(store, _rows("Rembrandt", "Élodie Carré", "Claude Monet")))
    prefix_url = store.url(PREFIX)
    assert run(_lines(store)) == [
        f"{prefix_url}Train/{artist}/1a2.jpeg Train/{artist}/ 1a2.jpeg"
        for artist in ("%C3%89lodie%20Carr%C3%A9", "Claude%20Monet", "Rembrandt")
    ]


def test_only_rows_in_the_store_are_listed(run: Run, store: Store, ledger: Ledger) -> None:
    for number, outcome in enumerate(Outcome):
        ledger.add(plan_rows([painting(outcome, hash=f"{number}")], RULES))
    for task in ledger.tasks():
        outcome = Outcome(task.plan.painting.artist)
        image = uploaded(task.plan.blob_name, b"data").stored
        is_stored = outcome in STORED
        ledger.record(task, Result(outcome, "why", 1, image if is_stored else None))
    run(publish(ledger, store, RULES, FILES))
    kept = {
        "uploaded",
        "already there",
        "uploaded, not compared",
        "already there, not compared",
    }
    assert {row["Artist"] for row in run(_table(store))} == kept
    assert len(run(_lines(store))) == 4


def test_parquet_holds_the_same_rows_with_all_that_is_known(run: Run, store: Store) -> None:
    source = "http://user:pw@example.org/a b.jpg?sig=s3cret"
    row = Painting("k3y", "Élodie\nCarré", None, "jpg", source, "0ff", None, 0.8)
    data = picture()
    run(_publish(store, {row: data, painting("Monet", artist_number=3, random=0.81): data}))
    rows = run(_table(store))
    assert [row["URL"] for row in rows] == [line.split(" ")[0] for line in run(_lines(store))]
    name = "Image/DataSets/Paintings/Test/Élodie%0ACarré/0ff_k3y.jpeg"
    assert rows[0] == {
        "URL": store.url(name),
        "BlobName": name,
        "Split": "Test",
        "Artist": "Élodie\nCarré",
        "ArtistNumber": None,
        "SourceURL": redact_url("http://example.org/a b.jpg?sig=renewed"),
        "ImageKey": "k3y",
        "Hash": "0ff",
        "Bytes": len(data),
        "MD5": md5(data).hex(),
        "Width": 3,
        "Height": 2,
    }
    assert rows[1]["ArtistNumber"] == 3


def test_the_old_manifest_is_replaced(run: Run, store: Store, ledger: Ledger) -> None:
    run(_publish(store, _rows("Monet", "Manet", "Morisot")))
    run(_publish(store, _rows("Monet")))
    assert len(run(_lines(store))) == 1
    run(publish(ledger, store, RULES, FILES))
    assert run(_lines(store)) == run(_table(store)) == []


def test_the_names_of_a_manifest_can_be_read_again(run: Run, store: Store, ledger: Ledger) -> None:
    run(enter_published(ledger, store, RULES, FILES, take_over=False))
    assert ledger.dropped(by_results=False) == (0, 0)
    rows = _rows(*NASTY_ARTISTS)
    run(_publish(store, rows))
    run(enter_published(ledger, store, RULES, FILES, take_over=False))
    assert ledger.dropped(by_results=False) == (len(rows), len(rows))
    ledger.add(plan_rows(rows, RULES))
    assert ledger.dropped(by_results=False) == (0, len(rows))


def test_both_manifests_carry_their_content_type(
    run: Run, azure_store: AzureStore, service: BlobServiceClient, container_name: str
) -> None:
    run(_publish(azure_store, _rows("Monet")))
    types = {
        blob.name: blob.content_settings.content_type
        for blob in service.get_container_client(container_name).list_blobs()
    }
    assert types == {
        f"{PREFIX}Train/Monet/1a2.jpeg": "image/jpeg",
        f"{PREFIX}transferimages.txt": "text/plain; charset=utf-8",
        f"{PREFIX}transferimages.parquet": "application/vnd.apache.parquet",
    }


def test_rows_beyond_one_batch_are_all_there_in_order(
    run: Run, folder_store: FolderStore, ledger: Ledger
) -> None:
    numbers = [number * 7919 % 20_001 for number in range(20_001)]
    ledger.add(
        plan_rows((painting(f"{n:05}", hash=f"{n:x}", artist_number=n) for n in numbers), RULES)
    )
    for task in ledger.tasks():
        ledger.record(task, uploaded(task.plan.blob_name, b""))
    run(publish(ledger, folder_store, RULES, FILES))
    assert [row["ArtistNumber"] for row in run(_table(folder_store))] == list(range(20_001))
    assert len(run(_lines(folder_store))) == 20_001
