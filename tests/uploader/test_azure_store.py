"""A container of an Azure storage account as a store, against Azurite."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import DefaultAzureCredential
from azure.storage.blob import (
    AccountSasPermissions,
    BlobServiceClient,
    PublicAccess,
    ResourceTypes,
    generate_account_sas,
)

from tests.helpers.http_server import Reply, serving
from tests.uploader.samples import NASTY_ARTISTS, PREFIX, RULES, md5, painting, uploaded
from uploader.manifest import ManifestRows, publish
from uploader.naming import blob_name
from uploader.stores import StoredBlob, StoreError
from uploader.stores.azure import AzureStore, connect

WRONG_KEY = "d3JvbmcgYnV0IHdlbGwgZm9ybWVkIGtleQ=="
SECRET = "c2VjcmV0LXNpZ25hdHVyZQ"  # noqa: S105 (opens nothing)


def _put(store: AzureStore, name: str, data: bytes = b"data") -> None:
    store.put(name, data, "image/png", md5(data))


def _anonymous_status(store: AzureStore, name: str) -> int:
    return requests.get(store.url(name), timeout=10).status_code


@contextmanager
def _impatient(url: str, credential: str | None = None) -> Iterator[AzureStore]:
    """A store on the transport of `connect`, but without its patience."""
    transport = RequestsTransport(session=requests.Session())
    with BlobServiceClient(
        url, credential=credential, retry_total=0, transport=transport
    ) as service:
        yield AzureStore(service, "images")


@pytest.fixture
def sas(account: dict[str, str]) -> str:
    return generate_account_sas(
        account["AccountName"],
        account["AccountKey"],
        ResourceTypes(container=True, object=True),
        AccountSasPermissions(read=True, write=True, list=True, create=True),
        datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1),
    )


def test_a_missing_container_is_not_made_unasked(
    service: BlobServiceClient, container_name: str
) -> None:
    with pytest.raises(StoreError, match=f"no container '{container_name}'.*--create-container"):
        AzureStore(service, container_name).prepare()
    assert not service.get_container_client(container_name).exists()


def test_a_container_is_made_when_asked_and_private(azure_store: AzureStore) -> None:
    _put(azure_store, "a.png")
    assert _anonymous_status(azure_store, "a.png") in (401, 403, 404)


@pytest.mark.parametrize(
    ("access", "list_status"), [(PublicAccess.BLOB, 404), (PublicAccess.CONTAINER, 200)]
)
def test_a_container_is_public_only_as_far_as_asked(
    service: BlobServiceClient, container_name: str, access: PublicAccess, list_status: int
) -> None:
    store = AzureStore(service, container_name, create=True, public_access=access)
    store.prepare()
    _put(store, "a.png")
    assert _anonymous_status(store, "a.png") == 200
    listing = requests.get(f"{store.url('')}?restype=container&comp=list", timeout=10)
    assert (listing.status_code == 200) == (list_status == 200)


def test_a_container_that_is_there_stays_as_it_is(
    service: BlobServiceClient, azure_store: AzureStore, container_name: str
) -> None:
    _put(azure_store, "a.png")
    AzureStore(service, container_name, create=True, public_access=PublicAccess.BLOB).prepare()
    AzureStore(service, container_name).prepare()
    assert [blob.name for blob in azure_store.list_blobs("")] == ["a.png"]
    assert _anonymous_status(azure_store, "a.png") != 200


def test_a_name_that_no_container_can_have(service: BlobServiceClient) -> None:
    with pytest.raises(StoreError, match=r"cannot create the container 'No Such!': HTTP 4\d\d \w+"):
        AzureStore(service, "No Such!", create=True).prepare()


def test_a_blob_keeps_bytes_type_and_digest(
    service: BlobServiceClient, azure_store: AzureStore, container_name: str
) -> None:
    _put(azure_store, "a/b.png", bytes(range(256)))
    client = service.get_blob_client(container_name, "a/b.png")
    settings = client.get_blob_properties().content_settings
    assert client.download_blob().readall() == bytes(range(256))
    assert settings.content_type == "image/png"
    assert bytes(settings.content_md5 or b"") == md5(bytes(range(256)))


def test_the_service_refuses_bytes_that_do_not_match_their_digest(azure_store: AzureStore) -> None:
    _put(azure_store, "a.png", b"old")
    with pytest.raises(StoreError, match="cannot store the blob: HTTP 400"):
        azure_store.put("a.png", b"damaged on the way", "image/png", md5(b"as it was"))
    assert list(azure_store.list_blobs("")) == [StoredBlob("a.png", 3, md5(b"old"))]


def test_put_overwrites(azure_store: AzureStore) -> None:
    _put(azure_store, "a.png", b"old and longer")
    azure_store.put("a.png", b"new", "image/gif", md5(b"new"))
    assert list(azure_store.list_blobs("a")) == [StoredBlob("a.png", 3, md5(b"new"))]


def test_the_listing_gives_back_the_names(azure_store: AzureStore) -> None:
    names = [blob_name(painting(artist), "png", PREFIX, 0.8) for artist in NASTY_ARTISTS]
    for name in [*names, "Image/elsewhere.png"]:
        _put(azure_store, name, name.encode())
    assert set(azure_store.list_blobs(PREFIX)) == {
        StoredBlob(name, len(name.encode()), md5(name.encode())) for name in names
    }


def test_a_wrong_key_is_refused_and_not_told(account: dict[str, str]) -> None:
    with connect(account["BlobEndpoint"], {"AZURE_STORAGE_KEY": WRONG_KEY}, 1) as service:
        store = AzureStore(service, "images", create=True)
        for attempt in (
            store.prepare,
            lambda: _put(store, "a"),
            lambda: list(store.list_blobs("")),
        ):
            with pytest.raises(StoreError, match=r": HTTP 403 Auth\w+$") as caught:
                attempt()
            assert WRONG_KEY not in str(caught.value)


@pytest.mark.parametrize("variable", ["AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"])
def test_a_malformed_secret_is_refused_and_not_told(account: dict[str, str], variable: str) -> None:
    with (
        connect(account["BlobEndpoint"], {variable: f"{SECRET}?!"}, 1) as service,
        pytest.raises(StoreError) as caught,
    ):
        AzureStore(service, "images").prepare()
    assert SECRET not in str(caught.value)


def test_an_account_out_of_reach_is_told_without_the_secret() -> None:
    """Nothing listens on port 9; a signature in the URL must not get into the message."""
    with _impatient("http://127.0.0.1:9/acct", f"sv=2024-01-01&sig={SECRET}") as store:
        for attempt in (
            store.prepare,
            lambda: _put(store, "a"),
            lambda: list(store.list_blobs("")),
        ):
            with pytest.raises(StoreError, match="Connection refused") as caught:
                attempt()
            assert SECRET not in str(caught.value)
            assert "sig=" not in str(caught.value)
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(b"<h1>Hello</h1>", headers={"Content-Type": "text/html"}), "Unable to deserialize"),
        (Reply(b"<h1>He", headers={"Content-Type": "application/xml"}), "HTTP 200 OK"),
        (Reply(status=418), "HTTP 418 "),
    ],
    ids=["page", "broken", "teapot"],
)
def test_a_server_that_is_no_storage_account(reply: Reply, cause: str) -> None:
    with serving(lambda path: reply) as url, _impatient(f"{url}/acct") as store:
        with pytest.raises(StoreError, match="cannot store the blob: HTTP 501 "):
            _put(store, "a")
        with pytest.raises(StoreError, match=f"cannot list the container: {cause}"):
            list(store.list_blobs(""))


def test_a_sas_signs_in_and_stays_out_of_every_address(
    account: dict[str, str], azure_store: AzureStore, container_name: str, sas: str
) -> None:
    assert "sig=" in sas
    for token in (sas, f"?{sas}"):
        environ = {"AZURE_STORAGE_SAS_TOKEN": token}
        with connect(account["BlobEndpoint"], environ, 1) as service:
            store = AzureStore(service, container_name)
            store.prepare()
            name = blob_name(painting("Who? #1"), "jpeg", PREFIX, 0.8)
            _put(store, name)
            rows = ManifestRows(store, RULES)
            rows.add(uploaded(painting("Who? #1"), name, b"data"))
            published = publish(rows, store, PREFIX, "transferimages.txt")
            for url in (store.url(name), store.url(PREFIX), store.url(""), published.url):
                assert "?" not in url
            blobs = service.get_container_client(container_name)
            for manifest in ("transferimages.txt", "transferimages.parquet"):
                content = blobs.download_blob(PREFIX + manifest).readall()
                assert content
                assert b"sig=" not in content
            assert published.absent == []


def test_addresses_are_percent_encoded(azure_store: AzureStore) -> None:
    container = azure_store.url("").rstrip("/")
    assert azure_store.url("a b/é#?%.png") == f"{container}/a%20b/%C3%A9%23%3F%25.png"
    assert azure_store.url("a/") == f"{container}/a/"


ACCOUNT_URL = "https://acct.blob.core.windows.net/"
STRING = f"AccountName=other;AccountKey={WRONG_KEY};EndpointSuffix=core.windows.net"


@pytest.mark.parametrize(
    ("url", "environ", "expected_url", "signs_in_with"),
    [
        (None, {"STORAGE_CONNECTION_STRING": STRING}, ACCOUNT_URL.replace("acct", "other"), "key"),
        (
            None,
            {"STORAGE_CONNECTION_STRING": STRING, "STORAGE_ACCOUNT": "acct"},
            ACCOUNT_URL.replace("acct", "other"),
            "key",
        ),
        (ACCOUNT_URL, {"STORAGE_CONNECTION_STRING": STRING}, ACCOUNT_URL, "default"),
        (None, {"STORAGE_ACCOUNT": "acct", "STORAGE_KEY": WRONG_KEY}, ACCOUNT_URL, "key"),
        (
            None,
            {
                "STORAGE_ACCOUNT": "acct",
                "STORAGE_KEY": WRONG_KEY,
                "STORAGE_SAS_TOKEN": "sv=1&sig=x",
            },
            ACCOUNT_URL,
            "key",
        ),
        (
            None,
            {"STORAGE_ACCOUNT": "acct", "STORAGE_SAS_TOKEN": "sv=1&sig=x"},
            f"{ACCOUNT_URL}?sv=1&sig=x",
            "sas",
        ),
        (None, {"STORAGE_ACCOUNT": "acct"}, ACCOUNT_URL, "default"),
        (
            None,
            {"STORAGE_CONNECTION_STRING": "", "STORAGE_ACCOUNT": "acct", "STORAGE_KEY": ""},
            ACCOUNT_URL,
            "default",
        ),
        (ACCOUNT_URL, {"STORAGE_ACCOUNT": "other", "STORAGE_KEY": WRONG_KEY}, ACCOUNT_URL, "key"),
    ],
)
def test_how_the_environment_signs_in(
    url: str | None, environ: dict[str, str], expected_url: str, signs_in_with: str
) -> None:
    environ = {f"AZURE_{name}": value for name, value in environ.items()}
    with connect(url, environ, 1) as service:
        assert service.url == expected_url
        assert signs_in_with == (
            "default"
            if isinstance(service.credential, DefaultAzureCredential)
            else "key"
            if hasattr(service.credential, "account_key")
            else "sas"
        )


@pytest.mark.parametrize("environ", [{}, {"AZURE_STORAGE_KEY": WRONG_KEY}])
def test_without_an_account_the_variables_are_told(environ: dict[str, str]) -> None:
    with pytest.raises(StoreError) as caught:
        connect(None, environ, 1)
    for word in ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT", "--to https://"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        (None, {"AZURE_STORAGE_CONNECTION_STRING": SECRET}),
        (None, {"AZURE_STORAGE_CONNECTION_STRING": f"AccountKey={SECRET}"}),
        ("https://", {}),
        ("http://acct.blob.core.windows.net", {}),
        ("https://example.org", {"AZURE_STORAGE_KEY": SECRET}),
    ],
)
def test_settings_that_cannot_be_understood(url: str | None, environ: dict[str, str]) -> None:
    with pytest.raises(StoreError, match="cannot use these storage settings: ") as caught:
        connect(url, environ, 1)
    assert SECRET not in str(caught.value)
