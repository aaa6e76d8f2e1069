"""Responses of a storage account: each is retried, or reported in one line."""

from __future__ import annotations

import asyncio
import codecs
import io
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from azure.storage.blob.aio import BlobServiceClient

from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Run
from tests.uploader.faults.scene import PATIENCE_SECONDS
from tests.uploader.samples import listed, md5
from uploader.stores import StoredBlob, StoreError
from uploader.stores.azure import AzureStore
from uploader.stores.azure_retry import Retry

TRIES = 5


def _refusal(status: int, code: str) -> Reply:
    return Reply(b"", status, {"x-ms-error-code": code, "Retry-After": "0"})


CREATED = Reply(b"", 201, {"ETag": '"1"', "Last-Modified": "Fri, 31 Dec 1999 23:59:59 GMT"})
BUSY = _refusal(429, "TooManyRequests")
DAMAGED, DAMAGED_IN_AZURITE = _refusal(400, "Md5Mismatch"), _refusal(400, "InvalidOperation")


def _store(url: str, tries: int = TRIES) -> AzureStore:
    service = BlobServiceClient(f"{url}/acct", retry_policy=Retry(tries - 1))
    return AzureStore(service, "images", retries=tries - 1)


@pytest.mark.parametrize("data", [b"image", io.BytesIO(b"manifest")], ids=["image", "manifest"])
@pytest.mark.parametrize(
    ("answers", "tries", "error"),
    [
        ([BUSY, BUSY, CREATED], 3, None),
        ([DAMAGED, DAMAGED_IN_AZURITE, CREATED], 3, None),
        ([BUSY], TRIES, "HTTP 429 TooManyRequests"),
        # It is not the network, then.
        ([DAMAGED], 3, "HTTP 400 Md5Mismatch"),
        ([_refusal(400, "InvalidHeaderValue"), CREATED], 1, "HTTP 400 InvalidHeaderValue"),
        ([Reply(status=200)], 1, "the answer is invalid: HTTP 200"),
        ([Reply(status=418)], 1, "HTTP 418"),
    ],
)
def test_what_a_put_is_answered(
    run: Run,
    answers: list[Reply],
    tries: int,
    error: str | None,
    data: bytes | io.BytesIO,
) -> None:
    """An image goes another way than a manifest, to the same end."""
    asked = itertools.count()
    body = data if isinstance(data, bytes) else data.getvalue()

    async def put(url: str) -> None:
        store = _store(url)
        try:
            await store.put("a", data, "text/plain", md5(body))
        finally:
            await store.close()

    with serving(lambda path: answers[min(next(asked), len(answers) - 1)], True) as url:
        if error is None:
            run(put(url))
        else:
            with pytest.raises(StoreError, match=f"cannot store the blob: .*{error}"):
                run(put(url))
    assert next(asked) == tries


class Nobody:
    """A credential of nobody."""

    asked = 0

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked += 1
        raise CredentialUnavailableError("nobody is signed in")

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Nobody:
        return self

    async def __aexit__(self, *details: object) -> None:
        pass


def test_where_nobody_is_signed_in_nobody_waits_for_it(run: Run) -> None:
    """The SDK would try for more than a minute."""
    nobody = Nobody()

    async def put() -> None:
        service = BlobServiceClient(
            "https://127.0.0.1:1/acct", nobody, retry_policy=Retry(TRIES - 1)
        )
        async with service:
            await service.get_container_client("images").get_container_properties()

    with pytest.raises(ClientAuthenticationError, match="nobody is signed in"):
        run(put())
    assert nobody.asked == 1


def test_where_nobody_is_signed_in_the_error_says_how_to(run: Run) -> None:
    async def prepare() -> None:
        service = BlobServiceClient("https://127.0.0.1:1/acct", Nobody(), retry_policy=Retry(0))
        async with service:
            await AzureStore(service, "images").prepare()

    with pytest.raises(StoreError, match=r"signed in\. To sign in: az login, or set AZURE"):
        run(prepare())


BLOB = (
    "<Blob><Name>a/1.png</Name><Properties><Etag>0x1</Etag><Content-Length>3</Content-Length>"
    "<BlobType>BlockBlob</BlobType><Content-Type>image/png</Content-Type><Content-MD5>kAFQmDzST7DWlj99KOF/cg==</Content-MD5>"
    "</Properties><Metadata><Source>s</Source></Metadata></Blob>"
)


_XML = {"Content-Type": "application/xml"}


def _page(blobs: str = "", marker: object = "") -> Reply:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="images">'
        f"<Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
    )
    return Reply(text.encode(), headers=_XML)


def _numbered(prefix: str) -> Callable[[int], Reply]:
    """Another blob and another marker on each page, until there are three."""
    return lambda number: _page(
        BLOB.replace("a/1", f"{prefix}/{number}"), number if number < 3 else ""
    )


def _list(run: Run, answer: Callable[[int], Reply]) -> list[StoredBlob]:
    numbers = itertools.count(1)

    async def use(url: str) -> list[StoredBlob]:
        store = _store(url, tries=1)
        try:
            return await listed(store, "a/")
        finally:
            await store.close()

    with serving(lambda path: answer(next(numbers))) as url:
        blobs: list[StoredBlob] = run(use(url))
        return blobs


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda number: _page(BLOB, "again"), "keeps sending the same page"),
        (lambda number: _page("", "again"), "keeps sending the same page"),
        (lambda number: _page(BLOB, number), "keeps sending the same page"),
        (lambda number: _page("", number), "501 empty pages in a row"),
        (_numbered("b"), "names that begin with a/, the service sent b/1.png"),
        (lambda number: _page(BLOB.replace("<Etag>0x1</Etag>", "")), "has no size or ETag"),
        (
            lambda number: _page(BLOB.replace("<Content-Length>3</Content-Length>", "")),
            "has no size or ETag",
        ),
        (lambda number: _page(BLOB.replace("<Name>a/1.png</Name>", "")), "0 elements Name"),
        (lambda number: _page(BLOB.replace("a/1.png", "")), "has no name"),
        (lambda number: _page(BLOB.replace("<Properties>", "").replace("</Properties>", "")), ""),
        (lambda number: _page(BLOB.replace(">3<", ">three<")), "has no size"),
        (lambda number: _page(BLOB.replace(">3<", f">{'3' * 5_000}<")), "has no size"),
        (
            lambda number: Reply(b"<EnumerationResults/>", headers=_XML),
            "is invalid",
        ),
        (
            lambda number: Reply(_page().body.replace(b'"images"', b'"x"'), headers=_XML),
            "asked for images, the service answered for x",
        ),
        (lambda number: _page(BLOB + "</Blobs><Blobs>"), "2 elements Blobs"),
        (lambda number: _page(BLOB, "</NextMarker><NextMarker>m"), "2 elements NextMarker"),
        (lambda number: _page(BLOB, "<x>m</x>"), "marker is no text"),
        (lambda number: _page(BLOB.replace("<Etag>", "<Etag>0x2</Etag><Etag>")), "property twice"),
        (lambda number: _page(BLOB.replace("<Source>", "<source>t</source><Source>")), "twice"),
        (lambda number: _page(BLOB + BLOB), "lists a blob twice"),
        (
            lambda number: Reply(_page(BLOB).body.replace(b"utf-8", b"klingon"), headers=_XML),
            "unknown encoding",
        ),
        (lambda number: Reply(b"zz", headers={**_XML, "Content-Encoding": "gzip"}), ""),
        (lambda number: Reply(_page(BLOB).body[:-40], headers=_XML), ""),
        (
            lambda number: Reply(_page(BLOB).body.replace(b"Blobs", b"x"), headers=_XML),
            "",
        ),
        (lambda number: Reply(b"<x/>", headers=_XML), ""),
        (lambda number: Reply(b"", headers=_XML), ""),
        (lambda number: Reply(_page(BLOB).body, promised=1_000_000), ""),
    ],
)
def test_a_listing_that_makes_no_sense(
    run: Run, answer: Callable[[int], Reply], error: str
) -> None:
    with pytest.raises(StoreError, match=f"cannot list the container: .*{error}"):
        _list(run, answer)


def test_listings_of_several_pages_some_of_which_are_empty(run: Run) -> None:
    pages = [_page("", 1), _page(BLOB, 2), *(_page("", n) for n in range(3, 60)), _page()]
    assert [blob.name for blob in _list(run, lambda number: pages[number - 1])] == ["a/1.png"]
    assert [blob.name for blob in _list(run, _numbered("a"))] == [f"a/{n}.png" for n in (1, 2, 3)]


def test_the_next_page_is_asked_for_before_it_is_needed(run: Run) -> None:
    """So the service makes it while the blobs of this one are entered."""
    asked: list[str] = []

    def answer(path: str) -> Reply:
        asked.append(path)
        return _numbered("a")(len(asked))

    async def use(url: str) -> list[str]:
        store = _store(url, tries=1)
        listing = store.list_blobs("a/")
        try:
            first = await anext(listing)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(asked) < 2:
                    await asyncio.sleep(0.01)
            return [first.name] + [blob.name async for blob in listing]
        finally:
            await store.close()

    with serving(answer) as url:
        assert run(use(url)) == ["a/1.png", "a/2.png", "a/3.png"]
    assert len(asked) == 3


def test_a_name_that_xml_cannot_hold_is_encoded(run: Run) -> None:
    encoded = BLOB.replace("<Name>a/1.png", '<Name Encoded="true">a/%0F%25.png')
    assert [blob.name for blob in _list(run, lambda number: _page(encoded))] == ["a/\x0f%.png"]


def test_a_container_that_vanishes_meanwhile_is_no_empty_one(run: Run) -> None:
    """Even where one would be created, and a dry run takes one that is missing for empty."""

    def answer(path: str) -> Reply:
        return _refusal(404, "ContainerNotFound") if "marker" in path else _page(BLOB, "m")

    async def use(url: str) -> None:
        service = BlobServiceClient(f"{url}/acct", retry_policy=Retry(0))
        store = AzureStore(service, "images", create=True, retries=0)
        try:
            await listed(store, "a/")
        finally:
            await store.close()

    with (
        serving(answer) as url,
        pytest.raises(StoreError, match="HTTP 404 ContainerNotFound"),
    ):
        run(use(url))


def test_a_byte_order_mark_is_no_fault(run: Run) -> None:
    page = Reply(codecs.BOM_UTF8 + _page(BLOB.replace("1.png", "é.png")).body, headers=_XML)
    assert [blob.name for blob in _list(run, lambda number: page)] == ["a/é.png"]


def test_an_md5_that_is_none_is_no_md5(run: Run) -> None:
    (blob,) = _list(run, lambda number: _page(BLOB.replace("kAFQ", "no base64")))
    assert blob.md5 is None


def test_metadata_of_others_that_is_not_ascii_is_left_out(run: Run) -> None:
    (blob,) = _list(run, lambda number: _page(BLOB.replace("<Source>s", "<X>é</X><Source>s")))
    assert blob.metadata == {"source": "s"}


def test_metadata_whose_names_are_not_identifiers_is_left_out(run: Run) -> None:
    """The service lists each such name in an element of one name."""
    invalid = "".join(
        f"<x-ms-invalid-name>{name}</x-ms-invalid-name>" for name in ("my-key", "other-key")
    )
    (blob,) = _list(run, lambda number: _page(BLOB.replace("<Source>", f"{invalid}<Source>")))
    assert blob.metadata == {"source": "s"}
