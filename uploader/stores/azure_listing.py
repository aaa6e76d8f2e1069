"""List a container page by page, and validate each response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from azure.storage.blob import BlobProperties, StandardBlobTier
from azure.storage.blob.aio import ContainerClient

from uploader.stores import StoredBlob, StoreError
from uploader.stores.azure_errors import FAULTS, store_error

# Azure may send empty pages in the middle of a listing, for example after many deletions.
_EMPTY_PAGES = 500
_MD5_BYTES = 16
# The content type that the service uses for a blob without one.
_DEFAULT_CONTENT_TYPE = "application/octet-stream"
# Older versions of Hadoop write the second one.
_FOLDER_MARKS = ("hdi_isfolder", "asv_isfolder")


async def list_container(container: ContainerClient, prefix: str) -> AsyncIterator[StoredBlob]:
    """Yield the blobs whose names begin with `prefix`, without folders.

    Raises
    ------
    StoreError
        If the service refuses the request, cannot be reached, or sends an invalid response.
    """
    listing = container.list_blobs(name_starts_with=prefix, include=["metadata"])
    pages = listing.by_page()
    empty, markers, firsts = 0, set[object](), set[str]()
    while True:
        try:
            # Page by page, because iterating over blobs makes the SDK recurse on empty pages.
            blobs = [blob async for blob in await anext(pages)]
        except StopAsyncIteration:
            return
        except FAULTS as error:
            raise store_error("cannot list the container", error) from error
        # The SDK raises these for XML with missing or misplaced elements.
        except (AttributeError, TypeError, KeyError) as error:
            raise StoreError(
                f"cannot list the container: the answer is invalid: {error}"
            ) from error
        # Old versions of the service send a URL instead of the name.
        of = str(getattr(pages, "container", "")).rpartition("/")[2]
        if of != container.container_name:
            raise StoreError(
                f"cannot list the container: when asked for {container.container_name}, the "
                f"service answered for {of}"
            )
        first = str(blobs[0].name) if blobs else ""
        marker = getattr(pages, "continuation_token", None)
        empty = 0 if blobs else empty + 1
        if marker in markers or first in firsts or empty > _EMPTY_PAGES:
            raise StoreError(
                "cannot list the container: the service keeps sending the same page"
                if empty <= _EMPTY_PAGES
                else f"cannot list the container: {empty:,} empty pages in a row"
            )
        if marker:
            markers.add(marker)
        if first:
            firsts.add(first)
        for blob in blobs:
            if stored := _stored(blob, prefix):
                yield stored


def _stored(blob: BlobProperties, prefix: str) -> StoredBlob | None:
    """Validate and convert a listed blob; return None if it stands for a folder."""
    name, size, etag = blob.name, blob.size, blob.etag
    if not isinstance(name, str) or not isinstance(size, int) or not isinstance(etag, str):
        raise StoreError(f"cannot list the container: a blob has no name, size or ETag: {name}")
    if not name.startswith(prefix):
        raise StoreError(
            f"cannot list the container: when asked for names that begin with {prefix}, the "
            f"service sent {name}"
        )
    metadata = {
        key.lower(): value
        for key, value in (blob.metadata or {}).items()
        # Other tools may write values that are not ASCII text.
        if isinstance(value, str) and value.isascii()
    }
    if _is_folder(name, size, metadata):
        return None
    settings = blob.content_settings
    md5 = bytes(settings.content_md5 or b"")
    return StoredBlob(
        name,
        size,
        md5 if len(md5) == _MD5_BYTES else None,
        metadata,
        # Conditions need the quotes, which a listing leaves out.
        f'"{etag.strip(chr(34))}"',
        settings.content_type or _DEFAULT_CONTENT_TYPE,
        settings.content_encoding or "",
        blob.blob_tier == StandardBlobTier.ARCHIVE,
    )


def _is_folder(name: str, size: int, metadata: Mapping[str, str]) -> bool:
    """Whether a blob only stands for a folder.

    Accounts with hierarchical namespaces list each directory as an empty blob with the metadata
    ``hdi_isfolder``. Hadoop and other tools create such blobs in other accounts. Some tools mark a
    folder only by a slash at the end of its name.
    """
    marked = any(metadata.get(key, "").lower() == "true" for key in _FOLDER_MARKS)
    return not size and (marked or name.endswith("/"))
