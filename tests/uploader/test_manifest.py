"""The manifest lists what is verifiably in the store, one parseable line a blob."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.request import urlopen

import pyarrow.parquet as pq
import pytest
import requests
from azure.storage.blob import BlobClient, BlobServiceClient, ContentSettings, PublicAccess
from hypothesis import example, given
from hypothesis import strategies as st

from tests.uploader.samples import (
    NASTY_ARTISTS,
    PREFIX,
    RULES,
    md5,
    painting,
    picture,
    uploaded,
)
from uploader.manifest import ManifestRows, Published, publish
from uploader.naming import blob_name, manifest_line
from uploader.outcomes import Result
from uploader.plan import Rules
from uploader.rows import Painting
from uploader.stores import Store, StoreError
from uploader.stores.azure import AzureStore, connect
from uploader.stores.folder import FolderStore

FILE_NAME = "transferimages.txt"
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


@given(ARTISTS)
@example("%2F")
@example("..")
@example("a+b & c")
def test_a_line_has_three_fields_whatever_the_artist_is_called(artist: str) -> None:
    name = blob_name(painting(artist), "jpeg", PREFIX, 0.8)
    with connect(None, _NO_NETWORK, 1) as service:
        for store in (FolderStore(Path("/data/my blobs"), "images"), AzureStore(service, "images")):
            url, prefix_url = store.url(name), store.url(PREFIX)
            _assert_three_fields(manifest_line(url, prefix_url), url, prefix_url)


@pytest.mark.parametrize("prefix", ["", "a/", "50% #1/ü/"])
def test_the_group_begins_behind_any_prefix(prefix: str) -> None:
    name = blob_name(painting(), "jpeg", prefix, 0.8)
    with connect(None, _NO_NETWORK, 1) as service:
        for store in (FolderStore(Path("/data"), "images"), AzureStore(service, "images")):
            _, group, _ = manifest_line(store.url(name), store.url(prefix)).split(" ")
            assert group == "Train/Claude%20Monet/"


def _put(store: Store, artist: str, **other: str | int) -> Result:
    """Store a picture of `artist`'s as a transfer does."""
    data = picture(shade=sum(map(ord, artist)))
    row = painting(artist, **other)  # type: ignore[arg-type]
    name = blob_name(row, "jpeg", PREFIX, 0.8)
    store.put(name, data, "image/jpeg", md5(data))
    return uploaded(row, name, data)


def _publish(store: Store, *results: Result) -> Published:
    rows = ManifestRows(store, RULES)
    for result in results:
        rows.add(result)
    return publish(rows, store, PREFIX, FILE_NAME)


def _lines(url: str, service: BlobServiceClient | None = None) -> list[str]:
    text = _download(url, service).decode("ascii")
    assert text.endswith("\n") or not text
    return text.splitlines()


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


def _remove(store: Store, name: str, service: BlobServiceClient, container: str) -> None:
    if isinstance(store, FolderStore):
        with urlopen(store.url(name)) as file:  # noqa: S310 (a file that the test made)
            Path(file.fp.name).unlink()
    else:
        service.get_blob_client(container, name).delete_blob()


def test_every_nasty_artist_is_found_at_the_address_in_the_manifest(
    store: Store, service: BlobServiceClient
) -> None:
    results = {artist: _put(store, artist) for artist in NASTY_ARTISTS}
    published = _publish(store, *results.values())
    assert published.absent == []
    lines = _lines(published.url, service)
    assert len(lines) == len(NASTY_ARTISTS)
    for line in lines:
        _assert_three_fields(line, line.split(" ")[0], store.url(PREFIX))
    rows = {row["Artist"]: row for row in published.table.to_pylist()}
    for artist, result in results.items():
        assert rows[artist]["URL"] in {line.split(" ")[0] for line in lines}
        assert md5(_download(rows[artist]["URL"], service)) == result.md5, artist


def test_whoever_may_read_needs_no_more_than_the_address(
    service: BlobServiceClient, container_name: str
) -> None:
    store = AzureStore(service, container_name, create=True, public_access=PublicAccess.BLOB)
    store.prepare()
    results = [_put(store, artist) for artist in NASTY_ARTISTS]
    for line in _lines(_publish(store, *results).url):
        assert md5(_download(line.split(" ")[0])) in {result.md5 for result in results}


def test_lines_are_sorted_ascii_and_as_specified(store: Store, service: BlobServiceClient) -> None:
    results = [_put(store, artist) for artist in ("Rembrandt", "Élodie Carré", "Claude Monet")]
    prefix_url = store.url(PREFIX)
    assert _lines(_publish(store, *results).url, service) == [
        f"{prefix_url}Train/{artist}/1a2.jpeg Train/{artist}/ 1a2.jpeg"
        for artist in ("%C3%89lodie%20Carr%C3%A9", "Claude%20Monet", "Rembrandt")
    ]


def test_a_blob_that_went_away_is_named_and_left_out(
    store: Store, service: BlobServiceClient, container_name: str
) -> None:
    kept, deleted = _put(store, "Monet"), _put(store, "Manet")
    _remove(store, deleted.blob_name, service, container_name)
    published = _publish(store, kept, deleted)
    assert published.absent == [deleted.blob_name]
    assert published.table["BlobName"].to_pylist() == [kept.blob_name]
    assert [line.split(" ")[1] for line in _lines(published.url, service)] == ["Train/Monet/"]


def test_a_blob_of_another_size_is_left_out(store: Store) -> None:
    changed = _put(store, "Monet")
    store.put(changed.blob_name, b"other", "image/jpeg", md5(b"other"))
    assert _publish(store, changed).absent == [changed.blob_name]


def test_a_blob_of_the_same_size_but_another_digest_is_left_out(azure_store: AzureStore) -> None:
    changed = _put(azure_store, "Monet")
    forged = bytes(changed.size)
    azure_store.put(changed.blob_name, forged, "image/jpeg", md5(forged))
    assert _publish(azure_store, changed).absent == [changed.blob_name]


def test_a_blob_whose_digest_the_service_does_not_keep_is_listed(
    azure_store: AzureStore, service: BlobServiceClient, container_name: str
) -> None:
    result = _put(azure_store, "Monet")
    client = service.get_blob_client(container_name, result.blob_name)
    client.set_http_headers(ContentSettings(content_type="image/jpeg"))
    assert client.get_blob_properties().content_settings.content_md5 is None
    assert _publish(azure_store, result).absent == []


def test_blobs_of_an_earlier_run_are_not_listed(store: Store) -> None:
    _put(store, "An earlier artist")
    assert _publish(store, _put(store, "Monet")).table["Artist"].to_pylist() == ["Monet"]


def test_parquet_holds_the_same_rows_with_all_that_is_known(
    store: Store, service: BlobServiceClient
) -> None:
    data = picture()
    row = Painting("Élodie\nCarré", None, "jpg", "http://example.org/a b.jpg", "0ff", 0.8)
    name = blob_name(row, "jpeg", PREFIX, 0.8)
    store.put(name, data, "image/jpeg", md5(data))
    published = _publish(store, _put(store, "Monet", artist_number=3), uploaded(row, name, data))
    assert published.url == store.url(f"{PREFIX}{FILE_NAME}")
    parquet = _download(store.url(f"{PREFIX}transferimages.parquet"), service)
    table = pq.read_table(io.BytesIO(parquet))
    assert table.equals(published.table)
    rows = table.to_pylist()
    assert [row["URL"] for row in rows] == [
        line.split(" ")[0] for line in _lines(published.url, service)
    ]
    assert rows[0] == {
        "URL": store.url(name),
        "BlobName": "Image/DataSets/Paintings/Test/Élodie%0ACarré/0ff.jpeg",
        "Split": "Test",
        "Artist": "Élodie\nCarré",
        "ArtistNumber": None,
        "SourceURL": "http://example.org/a b.jpg",
        "Hash": "0ff",
        "Bytes": len(data),
        "MD5": md5(data).hex(),
        "Width": 3,
        "Height": 2,
    }
    assert (rows[1]["Split"], rows[1]["ArtistNumber"]) == ("Train", 3)


def test_the_old_manifest_is_replaced(store: Store, service: BlobServiceClient) -> None:
    _publish(store, *(_put(store, artist) for artist in ("Monet", "Manet", "Morisot")))
    published = _publish(store, _put(store, "Monet"))
    assert len(_lines(published.url, service)) == 1
    assert _lines(_publish(store).url, service) == []


def test_both_manifests_carry_their_content_type(
    azure_store: AzureStore, service: BlobServiceClient, container_name: str
) -> None:
    _publish(azure_store, _put(azure_store, "Monet"))
    types = {
        blob.name: blob.content_settings.content_type
        for blob in service.get_container_client(container_name).list_blobs()
    }
    assert types == {
        f"{PREFIX}Train/Monet/1a2.jpeg": "image/jpeg",
        f"{PREFIX}transferimages.txt": "text/plain; charset=utf-8",
        f"{PREFIX}transferimages.parquet": "application/vnd.apache.parquet",
    }


def test_without_a_listing_nothing_is_published(
    azure_store: AzureStore, service: BlobServiceClient, container_name: str
) -> None:
    result = _put(azure_store, "Monet")
    service.delete_container(container_name)
    with pytest.raises(StoreError, match=r"cannot list the container: HTTP 404 ContainerNotFound"):
        _publish(azure_store, result)


def test_rows_beyond_one_batch_are_all_there_in_order(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, "images")
    rows = ManifestRows(store, Rules(RULES.formats, "", 0.5))
    numbers = [number * 7919 % 20_001 for number in range(20_001)]
    for number in numbers:
        rows.add(uploaded(painting(artist_number=number), f"{number:05}", b""))
    table = rows.table()
    assert table["ArtistNumber"].to_pylist() == list(range(20_001))
    assert rows.table().equals(table)
