"""A container of an Azure storage account as a store, against Azurite."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import requests
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob import (
    BlobServiceClient,
    PublicAccess,
)
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    FILES,
    NASTY_ARTISTS,
    PREFIX,
    RULES,
    blob_name,
    content,
    listed,
    md5,
    names,
    painting,
    uploaded,
)
from uploader.ledger.ledger import Ledger
from uploader.publishing.manifest import publish
from uploader.stores import LockLostError, Store, StoreBusyError, StoredBlob, StoreError
from uploader.stores.azure import AzureStore, connect
from uploader.table.plan import plan_rows

WRONG_KEY = "d3JvbmcgYnV0IHdlbGwgZm9ybWVkIGtleQ=="
SECRET = "c2VjcmV0LXNpZ25hdHVyZQ"  # noqa: S105 (opens nothing)


async def _put(store: Store, name: str, data: bytes = b"data", **metadata: str) -> None:
    await store.put(name, data, "image/png", md5(data), metadata)


def _anonymous_status(store: AzureStore, name: str) -> int:
    return requests.get(store.url(name), timeout=10).status_code


@asynccontextmanager
async def _open(
    service: AsyncBlobServiceClient,
    container: str = "images",
    create: bool = False,
    retries: int = 5,
) -> AsyncIterator[AzureStore]:
    store = AzureStore(service, container, create, retries=retries)
    try:
        yield store
    finally:
        await store.close()


def _impatient(url: str, credential: str | None = None) -> AsyncBlobServiceClient:
    """The client of `connect`, but without its patience."""
    return AsyncBlobServiceClient(url, credential=credential, retry_total=0)


def _by_string(connection_string: str) -> AsyncBlobServiceClient:
    return connect(None, {"AZURE_STORAGE_CONNECTION_STRING": connection_string})


async def _assert_told(store: AzureStore, pattern: str, *secrets: str) -> None:
    """Each use of the store fails with one line that matches and contains no secret."""
    for attempt in (store.prepare(), _put(store, "a"), listed(store), content(store, "a")):
        with pytest.raises(StoreError, match=pattern) as caught:
            await attempt
        for secret in (*secrets, "\n"):
            assert secret not in str(caught.value)


def test_a_missing_container_is_not_made_unasked(
    run: Run, azurite: str, service: BlobServiceClient, container_name: str
) -> None:
    async def prepare() -> None:
        async with _open(_by_string(azurite), container_name) as store:
            with pytest.raises(
                StoreError, match=f"no container '{container_name}'.*--create-container"
            ):
                await store.prepare()

    run(prepare())
    assert not service.get_container_client(container_name).exists()


def test_a_container_is_made_when_asked_and_private(run: Run, azure_store: AzureStore) -> None:
    run(_put(azure_store, "a.png"))
    assert _anonymous_status(azure_store, "a.png") in (401, 403, 404)


@pytest.mark.parametrize(
    ("access", "list_status"), [(PublicAccess.BLOB, 404), (PublicAccess.CONTAINER, 200)]
)
def test_a_container_is_public_only_as_far_as_asked(
    run: Run, azurite: str, container_name: str, access: PublicAccess, list_status: int
) -> None:
    store = AzureStore(_by_string(azurite), container_name, create=True, public_access=access)
    run(store.prepare())
    run(_put(store, "a.png"))
    run(store.close())
    assert _anonymous_status(store, "a.png") == 200
    listing = requests.get(f"{store.url('')}?restype=container&comp=list", timeout=10)
    assert (listing.status_code == 200) == (list_status == 200)


def test_a_container_that_is_there_stays_as_it_is(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    run(_put(azure_store, "a.png"))
    for create in (True, False):
        account = _by_string(azurite)
        store = AzureStore(account, container_name, create, PublicAccess.BLOB if create else None)
        run(store.prepare())
        run(store.close())
    assert run(names(azure_store)) == ["a.png"]
    assert _anonymous_status(azure_store, "a.png") != 200


def test_a_name_that_no_container_can_have(run: Run, azurite: str) -> None:
    async def prepare() -> None:
        async with _open(_by_string(azurite), "No Such!", create=True) as store:
            with pytest.raises(
                StoreError, match=r"cannot create the container 'No Such!': HTTP 4\d\d \w+"
            ):
                await store.prepare()

    run(prepare())


def test_a_blob_keeps_bytes_type_digest_and_metadata(
    run: Run, service: BlobServiceClient, azure_store: AzureStore, container_name: str
) -> None:
    data = bytes(range(256))
    run(_put(azure_store, "a/b.png", data, source="0ff", width="3"))
    client = service.get_blob_client(container_name, "a/b.png")
    settings = client.get_blob_properties().content_settings
    assert client.download_blob().readall() == run(content(azure_store, "a/b.png")) == data
    assert settings.content_type == "image/png"
    assert bytes(settings.content_md5 or b"") == md5(data)
    (blob,) = run(listed(azure_store))
    assert (blob.name, blob.size, blob.md5) == ("a/b.png", 256, md5(data))
    assert blob.metadata == {"source": "0ff", "width": "3"}


def test_a_file_is_stored_as_its_bytes_are(run: Run, azure_store: AzureStore) -> None:
    """How the manifest goes up, which may be larger than memory."""
    data = b"line\n" * 100_000
    run(azure_store.put("list.txt", io.BytesIO(data), "text/plain", md5(data)))
    assert run(content(azure_store, "list.txt")) == data
    assert [blob.md5 for blob in run(listed(azure_store))] == [md5(data)]


def test_a_blob_that_is_not_there_has_no_bytes(run: Run, azure_store: AzureStore) -> None:
    assert run(content(azure_store, "no/such.png")) == b""


def test_the_service_refuses_bytes_that_do_not_match_their_digest(
    run: Run, azure_store: AzureStore
) -> None:
    run(_put(azure_store, "a.png", b"old"))
    with pytest.raises(StoreError, match="cannot store the blob: HTTP 400"):
        run(azure_store.put("a.png", b"damaged on the way", "image/png", md5(b"as it was")))
    assert [(blob.size, blob.md5) for blob in run(listed(azure_store))] == [(3, md5(b"old"))]


def test_put_overwrites(run: Run, azure_store: AzureStore) -> None:
    run(_put(azure_store, "a.png", b"old and longer", source="old"))
    (old,) = run(listed(azure_store))
    run(azure_store.put("a.png", b"new", "image/gif", md5(b"new")))
    (new,) = run(listed(azure_store, "a"))
    assert new == StoredBlob("a.png", 3, md5(b"new"), {}, new.version, "image/gif")
    assert new.version != old.version


def test_the_listing_gives_back_the_names(run: Run, azure_store: AzureStore) -> None:
    stored = [blob_name(painting(artist)) for artist in NASTY_ARTISTS]
    for name in [*stored, "Image/elsewhere.png"]:
        run(_put(azure_store, name, name.encode()))
    assert {(blob.name, blob.size, blob.md5) for blob in run(listed(azure_store, PREFIX))} == {
        (name, len(name.encode()), md5(name.encode())) for name in stored
    }
    for name in stored:
        assert name in [blob.name for blob in run(listed(azure_store, name))]


@pytest.mark.parametrize("mark", ["hdi_isfolder", "Hdi_isfolder", "HDI_ISFOLDER", "asv_isfolder"])
def test_folders_are_not_listed(
    run: Run, azure_store: AzureStore, service: BlobServiceClient, container_name: str, mark: str
) -> None:
    """Hierarchical namespaces list them as empty blobs, as Azurite does not by itself."""
    container = service.get_container_client(container_name)
    for name in (PREFIX, f"{PREFIX}Train", f"{PREFIX}Train/Claude Monet"):
        container.upload_blob(name.rstrip("/"), b"", metadata={mark: "true"})
    container.upload_blob(f"{PREFIX}Test/", b"")
    # What has bytes is no folder, and what is empty may be a file.
    container.upload_blob("a.png", b"data", metadata={mark: "true"})
    container.upload_blob("b.png", b"", metadata={mark: "false"})
    container.upload_blob("c.png", b"")
    assert run(names(azure_store)) == ["a.png", "b.png", "c.png"]


def test_a_blob_is_deleted_as_it_was_listed(run: Run, azure_store: AzureStore) -> None:
    """Not when it was written again since: then it belongs to somebody."""
    run(_put(azure_store, "a.png"))
    run(_put(azure_store, "b.png"))
    first, second = run(listed(azure_store))
    run(_put(azure_store, "b.png"))
    run(azure_store.delete(first))
    with pytest.raises(StoreError, match=r"cannot delete b.png: HTTP 412"):
        run(azure_store.delete(second))
    assert run(names(azure_store)) == ["b.png"]


def test_one_run_at_a_time_holds_the_lock(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    async def hold() -> None:
        async with (
            azure_store.lock("lock") as lock,
            _open(_by_string(azurite), container_name) as other,
        ):
            await lock.ensure()
            await lock.confirm()
            with pytest.raises(StoreBusyError, match=r"another run is writing.*--break-lock"):
                async with other.lock("lock"):
                    pytest.fail("the lock is held")
        # Whoever ends lets go of it.
        async with azure_store.lock("lock"):
            pass

    run(hold())


def test_a_lock_that_is_broken_ends_its_run_before_the_next_one_begins(
    run: Run, azurite: str, azure_store: AzureStore, container_name: str
) -> None:
    """Whatever that run does just then: it does not wait until it looks at the lock again."""
    ended = asyncio.Event()

    async def first(held: asyncio.Event) -> None:
        try:
            async with azure_store.lock("lock"):
                held.set()
                await asyncio.Event().wait()
        finally:
            ended.set()

    async def break_lock() -> None:
        held = asyncio.Event()
        running = asyncio.create_task(first(held))
        await held.wait()
        async with (
            _open(_by_string(azurite), container_name) as other,
            other.lock("lock", force=True) as lock,
        ):
            assert ended.is_set()
            await lock.confirm()
        with pytest.raises(LockLostError, match="lock of the destination was lost: another run"):
            await running

    run(break_lock())


def test_a_lock_that_nobody_holds_can_be_forced(run: Run, azure_store: AzureStore) -> None:
    async def force() -> None:
        async with azure_store.lock("lock", force=True) as lock:
            await lock.ensure()

    run(force())


def test_a_wrong_key_is_refused_and_not_told(run: Run, account: dict[str, str]) -> None:
    async def use() -> None:
        service = connect(account["BlobEndpoint"], {"AZURE_STORAGE_KEY": WRONG_KEY})
        async with _open(service, create=True) as store:
            await _assert_told(store, r": HTTP 403 Auth\w+ \(a .+\)$", WRONG_KEY)

    run(use())


@pytest.mark.parametrize("variable", ["AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"])
def test_a_malformed_secret_is_refused_and_not_told(
    run: Run, account: dict[str, str], variable: str
) -> None:
    async def use() -> None:
        with pytest.raises(StoreError) as caught:
            async with _open(connect(account["BlobEndpoint"], {variable: f"{SECRET}?!"})) as store:
                await store.prepare()
        assert SECRET not in str(caught.value)

    run(use())


def test_an_account_out_of_reach_is_told_without_the_secret(run: Run) -> None:
    """Nothing listens on port 9; a signature in the URL must not get into the message."""

    async def use() -> None:
        service = _impatient("http://127.0.0.1:9/acct", f"sv=2024-01-01&sig={SECRET}")
        async with _open(service, retries=0) as store:
            told = r"Cannot connect to host 127.0.0.1:9 \[.*\]\. Check the address and the network$"
            await _assert_told(store, told, SECRET, "sig=")

    run(use())


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(b"<h1>Hello</h1>", headers={"Content-Type": "text/html"}), "the answer is invalid"),
        (
            Reply(b"<h1>He", headers={"Content-Type": "application/xml"}),
            "the answer is invalid",
        ),
        (Reply(status=418), "HTTP 418 "),
        (
            Reply(status=404, headers={"x-ms-error-code": "ContainerNotFound"}),
            r"HTTP 404 ContainerNotFound \(check --container; `upload --create-container`",
        ),
    ],
    ids=["page", "broken", "teapot", "missing"],
)
def test_a_server_that_is_no_storage_account(run: Run, reply: Reply, cause: str) -> None:
    async def use(url: str) -> None:
        async with _open(_impatient(f"{url}/acct"), retries=0) as store:
            with pytest.raises(StoreError, match="cannot store the blob: HTTP 501 "):
                await _put(store, "a")
            with pytest.raises(StoreError, match=f"cannot list the container: {cause}"):
                await listed(store)

    with serving(lambda path: reply) as url:
        run(use(url))


@pytest.mark.parametrize("question_mark", ["", "?"])
def test_a_sas_signs_in_and_stays_out_of_every_address(
    run: Run,
    account: dict[str, str],
    azure_store: AzureStore,
    container_name: str,
    ledger: Ledger,
    sas: str,
    question_mark: str,
) -> None:
    assert "sig=" in sas
    name = blob_name(painting("Who? #1"))

    async def use() -> None:
        token = {"AZURE_STORAGE_SAS_TOKEN": f"{question_mark}{sas}"}
        async with _open(connect(account["BlobEndpoint"], token), container_name) as store:
            await store.prepare()
            await _put(store, name)
            ledger.add(plan_rows([painting("Who? #1")], RULES))
            (task,) = ledger.tasks()
            ledger.record(task, uploaded(name, b"data"))
            await publish(ledger, store, RULES, FILES)
            for url in (store.url(name), store.url(PREFIX), store.url("")):
                assert "?" not in url

    run(use())
    for manifest in (FILES.text, FILES.table):
        published = run(content(azure_store, manifest))
        assert published
        assert b"sig=" not in published


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
    run: Run, url: str | None, environ: dict[str, str], expected_url: str, signs_in_with: str
) -> None:
    async def sign_in() -> None:
        async with _open(
            connect(url, {f"AZURE_{name}": value for name, value in environ.items()})
        ) as store:
            service = store._service
            assert service.url == expected_url
            assert signs_in_with == (
                "default"
                if isinstance(service.credential, DefaultAzureCredential)
                else "key"
                if hasattr(service.credential, "account_key")
                else "sas"
            )

    run(sign_in())


def test_a_sas_in_the_address_of_the_account_is_refused() -> None:
    """Command lines are seen by others."""
    with pytest.raises(StoreError, match="set AZURE_STORAGE_SAS_TOKEN instead") as caught:
        connect(f"{ACCOUNT_URL}?sv=1&sig={SECRET}", {})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("environ", [{}, {"AZURE_STORAGE_KEY": WRONG_KEY}])
def test_without_an_account_the_variables_are_told(environ: dict[str, str]) -> None:
    with pytest.raises(StoreError) as caught:
        connect(None, environ)
    for word in ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT", "--to https://"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        (None, {"AZURE_STORAGE_CONNECTION_STRING": SECRET}),
        (None, {"AZURE_STORAGE_CONNECTION_STRING": f"AccountKey={SECRET}"}),
        ("https://", {}),
        ("http://acct.blob.core.windows.net", {}),
        ("https://example.org", {"AZURE_STORAGE_KEY": WRONG_KEY}),
    ],
)
def test_settings_that_cannot_be_understood(url: str | None, environ: dict[str, str]) -> None:
    with pytest.raises(StoreError, match="cannot use these storage settings: ") as caught:
        connect(url, environ)
    assert (url is None) == ("AZURE_STORAGE_CONNECTION_STRING: " in str(caught.value))
    assert SECRET not in str(caught.value)
