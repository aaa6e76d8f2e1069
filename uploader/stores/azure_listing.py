"""List a container page by page, and validate each response."""

from __future__ import annotations

import asyncio
import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from uploader.stores import StoredBlob, StoreError
from uploader.stores.azure_errors import FAULTS, store_error, without_query
from uploader.stores.blob_requests import BlobRequests

# Azure may send empty pages in the middle of a listing, for example after many deletions.
_EMPTY_PAGES = 500
_BLOBS_A_TURN = 100
_MD5_BYTES = 16
# The content type that the service uses for a blob without one.
_DEFAULT_CONTENT_TYPE = "application/octet-stream"
_ARCHIVE = "Archive"
# As many digits as the ledger can store.
_SIZE = re.compile(r"[0-9]{1,18}")
# Older versions of Hadoop write asv_isfolder.
_FOLDER_MARKS = ("hdi_isfolder", "asv_isfolder")


@dataclass(frozen=True)
class _Page:
    """A page of the listing.

    Attributes
    ----------
    container
        The name of the container.
    blobs
        The elements `Blob` by the name of the blob.
    marker
        What the next page is asked for with; empty on the last one.
    """

    container: str
    blobs: dict[str, ET.Element]
    marker: str


async def list_container(
    requests: BlobRequests, container: str, prefix: str
) -> AsyncIterator[StoredBlob]:
    """Yield the blobs whose names begin with `prefix`, without folders.

    The next page is asked for before the blobs of a page are yielded.

    Raises
    ------
    StoreError
        If the service refuses the request, cannot be reached, or sends an invalid response.
    """
    async for page in _pages(requests, prefix):
        if page.container != container:
            raise StoreError(
                f"cannot list the container: when asked for {container}, the service answered for "
                f"{page.container}"
            )
        for number, (name, blob) in enumerate(page.blobs.items()):
            # The event loop needs turns to send the next request and to read its answer.
            if not number % _BLOBS_A_TURN:
                await asyncio.sleep(0)
            if stored := _stored(name, blob, prefix):
                yield stored


async def _pages(requests: BlobRequests, prefix: str) -> AsyncIterator[_Page]:
    empty, markers, firsts = 0, set[str](), set[str]()
    asked = asyncio.ensure_future(requests.page(prefix, ""))
    try:
        while True:
            try:
                page = _page(await asked)
            except FAULTS as error:
                raise store_error("cannot list the container", error) from error
            empty = 0 if page.blobs else empty + 1
            if empty > _EMPTY_PAGES:
                raise StoreError(f"cannot list the container: {empty:,} empty pages in a row")
            first = next(iter(page.blobs), "")
            if (page.marker and page.marker in markers) or (first and first in firsts):
                raise StoreError(
                    "cannot list the container: the service keeps sending the same page"
                )
            markers.add(page.marker)
            firsts.add(first)
            if not page.marker:
                yield page
                return
            asked = asyncio.ensure_future(requests.page(prefix, page.marker))
            yield page
    finally:
        asked.cancel()
        await asyncio.wait([asked])
        if not asked.cancelled():
            # Otherwise, the event loop would log what nobody has retrieved.
            asked.exception()


def _page(body: bytes) -> _Page:
    try:
        root = ET.fromstring(body)  # noqa: S314 (expat limits entities)
    # A LookupError is for an unknown encoding.
    except (ET.ParseError, LookupError) as error:
        raise _invalid(str(error)) from error
    blobs, marker = _only(root, "Blobs"), _only(root, "NextMarker", required=False)
    # Old versions of the service send a URL instead of the name.
    container = without_query(root.get("ContainerName", "")).rpartition("/")[2]
    if len(marker):
        raise _invalid("its marker is no text")
    listed = blobs.findall("Blob")
    named = {_name(blob): blob for blob in listed}
    if len(named) < len(listed):
        raise _invalid("it lists a blob twice")
    return _Page(container, named, marker.text or "")


def _only(parent: ET.Element, tag: str, required: bool = True) -> ET.Element:
    """Return the only child with this tag; where there may be none, an empty one instead."""
    found = parent.findall(tag)
    if len(found) > 1 or (required and not found):
        raise _invalid(f"{len(found)} elements {tag}")
    return found[0] if found else ET.Element(tag)


def _invalid(what: str) -> StoreError:
    return StoreError(f"cannot list the container: the answer is invalid: {what}")


def _name(blob: ET.Element) -> str:
    name = _only(blob, "Name")
    if not name.text:
        raise _invalid("a blob has no name")
    # The service encodes names with characters that XML cannot hold, and says so.
    is_encoded = name.get("Encoded", "").lower() in ("true", "1")
    return unquote(name.text) if is_encoded else name.text


def _stored(name: str, blob: ET.Element, prefix: str) -> StoredBlob | None:
    """Validate and convert a listed blob; return None if it stands for a folder."""
    listed = _only(blob, "Properties")
    properties = {found.tag: found.text or "" for found in listed}
    described = [
        found
        for found in _only(blob, "Metadata", required=False)
        # The service gives each name that is not an identifier in an element of this one name.
        if found.tag != "x-ms-invalid-name"
    ]
    keys = {found.tag.lower() for found in described}
    if len(properties) < len(listed) or len(keys) < len(described):
        raise _invalid(f"a blob has a property twice: {name}")
    size, etag = properties.get("Content-Length", ""), properties.get("Etag", "")
    if not _SIZE.fullmatch(size) or not etag:
        raise _invalid(f"a blob has no size or ETag: {name}")
    if not name.startswith(prefix):
        raise StoreError(
            f"cannot list the container: when asked for names that begin with {prefix}, the "
            f"service sent {name}"
        )
    metadata = {
        found.tag.lower(): found.text
        for found in described
        # Other tools may write values that are not ASCII text.
        if found.text and found.text.isascii()
    }
    if _is_folder(name, int(size), metadata):
        return None
    return StoredBlob(
        name,
        int(size),
        _md5(properties.get("Content-MD5", "")),
        metadata,
        # Conditions need the quotes, which a listing leaves out.
        f'"{etag.strip(chr(34))}"',
        properties.get("Content-Type") or _DEFAULT_CONTENT_TYPE,
        properties.get("Content-Encoding", ""),
        properties.get("AccessTier") == _ARCHIVE,
    )


def _md5(text: str) -> bytes | None:
    try:
        md5 = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return md5 if len(md5) == _MD5_BYTES else None


def _is_folder(name: str, size: int, metadata: Mapping[str, str]) -> bool:
    """Whether a blob only stands for a folder.

    Accounts with hierarchical namespaces list each directory as an empty blob with the metadata
    ``hdi_isfolder``. Hadoop and other tools create such blobs in other accounts. Some tools mark a
    folder only by a slash at the end of its name.
    """
    marked = any(metadata.get(key, "").lower() == "true" for key in _FOLDER_MARKS)
    return not size and (marked or name.endswith("/"))
