"""Read images from the store to which the uploader has uploaded them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from paintings_dedupe.common.errors import UserError
from uploader.commands.destination import Account, Destination
from uploader.commands.opening import open_store
from uploader.flow.budget import Loan
from uploader.publishing.files import UnreadableTableError, fetch_table
from uploader.publishing.manifest import manifest_files
from uploader.stores import Store
from uploader.table.image_set import ImageSet

_COLUMNS = ("SourceURL", "BlobName", "Bytes", "MD5")


class ManifestError(UserError):
    """The manifest in the store cannot be read; the message gives the cause and the remedy."""


@dataclass(frozen=True, slots=True)
class _Blob:
    name: str
    size: int
    md5: str


@dataclass(frozen=True)
class StoredImages:
    """The images that a manifest lists, by their URLs.

    Attributes
    ----------
    store
        The store.
    blobs
        The blob of each URL. A URL with a secret is listed without it, and so is not found.
    """

    store: Store
    blobs: Mapping[str, _Blob]

    async def read(self, url: str, loan: Loan, max_bytes: int) -> bytes | None:
        """The bytes of an image; None if it is not there, or is not what the manifest lists.

        Raises
        ------
        uploader.stores.StoreError
            If the store cannot be read.
        """
        blob = self.blobs.get(url)
        if blob is None or blob.size > max_bytes:
            return None
        await loan.grow(blob.size)
        data = bytearray()
        async for chunk in self.store.read(blob.name):
            data += chunk
            if len(data) > blob.size:
                return None
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return bytes(data) if md5 == blob.md5.lower() else None


@asynccontextmanager
async def open_stored(to: Destination, image_set: ImageSet) -> AsyncIterator[StoredImages]:
    """Open a destination of the uploader, and read its manifest.

    Raises
    ------
    ManifestError
        If there is none, or it is damaged.
    uploader.stores.StoreError
        If the destination or its credentials are invalid, or it cannot be read.
    """
    account = to if isinstance(to, Account) else None
    store = open_store(to, (account and account.container) or image_set.container)
    prefix = image_set.prefix if account is None or account.prefix is None else account.prefix
    try:
        yield StoredImages(store, await _listed(store, f"{prefix}{image_set.manifest}"))
    finally:
        await store.close()


async def _listed(store: Store, manifest: str) -> dict[str, _Blob]:
    name = manifest_files("", manifest).table
    try:
        table = await fetch_table(store, name)
        if table is None:
            raise ManifestError(
                f"{store.url(name)} does not exist: no run of the uploader has published images "
                "there yet. Leave --store out to download them."
            )
        with table:
            return {url: _Blob(*blob) for url, *blob in table.rows(_COLUMNS)}
    except UnreadableTableError as error:
        raise ManifestError(f"{store.url(name)} cannot be read: {error}") from error
