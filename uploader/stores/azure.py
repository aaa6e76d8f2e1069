"""Store blobs in a container of Azure Blob Storage."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import IO, Any
from urllib.parse import quote

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob import ContentSettings, PublicAccess
from azure.storage.blob.aio import (
    BlobClient,
    BlobLeaseClient,
    BlobServiceClient,
)

from uploader.stores import Lock, StoreBusyError, StoredBlob, StoreError
from uploader.stores.azure_errors import FAULTS, code, store_error, without_query
from uploader.stores.azure_fence import Content, Fence
from uploader.stores.azure_listing import list_container
from uploader.stores.azure_retry import Retry
from uploader.stores.azure_sign_in import check_sign_in
from uploader.stores.blob_requests import BlobRequests
from uploader.stores.lease import CONFIRMED_SECONDS, LEASE_SECONDS, HeldLease, hold_lease

# Number of retries, which take a minute in all.
_RETRIES = 5
# How often to check a lease that is being broken, in seconds.
_POLL_SECONDS = 0.5


def connect(account_url: str | None, environ: Mapping[str, str]) -> BlobServiceClient:
    """Sign in to a storage account, with the same environment variables as Azure's own tools.

    Parameters
    ----------
    account_url
        ``https://ACCOUNT.blob.core.windows.net``. None: the account that
        AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT names.
    environ
        The environment. The first of AZURE_STORAGE_CONNECTION_STRING (only without
        `account_url`), AZURE_STORAGE_KEY and AZURE_STORAGE_SAS_TOKEN that is set signs in;
        without any, DefaultAzureCredential (az login, managed identity, service principal).

    Raises
    ------
    StoreError
        If no account is given, or the settings are invalid.
    """
    options: dict[str, Any] = {"retry_policy": Retry(_RETRIES)}
    check_sign_in(environ)
    connection_string = environ.get("AZURE_STORAGE_CONNECTION_STRING")
    account = environ.get("AZURE_STORAGE_ACCOUNT")
    if account_url and "?" in account_url:
        raise StoreError(
            "the account's URL must not contain a SAS, since other users can see command lines; "
            "set AZURE_STORAGE_SAS_TOKEN instead"
        )
    try:
        if connection_string and not account_url:
            return BlobServiceClient.from_connection_string(connection_string, **options)
        if not account_url and not account:
            raise StoreError(
                "no storage account is given: set AZURE_STORAGE_CONNECTION_STRING or "
                "AZURE_STORAGE_ACCOUNT, or use --to https://ACCOUNT.blob.core.windows.net"
            )
        return BlobServiceClient(
            account_url or f"https://{account}.blob.core.windows.net",
            credential=environ.get("AZURE_STORAGE_KEY")
            or environ.get("AZURE_STORAGE_SAS_TOKEN")
            or DefaultAzureCredential(),
            **options,
        )
    except ValueError as error:
        which = "AZURE_STORAGE_CONNECTION_STRING: " if connection_string and not account_url else ""
        raise StoreError(
            f"cannot use these storage settings: {which}{without_query(str(error))}"
        ) from error


class AzureStore:
    """A container of a storage account.

    Parameters
    ----------
    service
        The client of the account. It is closed with the store.
    container
        The name of the container.
    create
        Whether to create the container if it does not exist.
    public_access
        The anonymous access to a container that is created. None means no access.
    retries
        The maximum number of retries for storing an image.
    """

    def __init__(
        self,
        service: BlobServiceClient,
        container: str,
        create: bool = False,
        public_access: PublicAccess | None = None,
        retries: int = _RETRIES,
    ) -> None:
        self._service = service
        self._container = service.get_container_client(container)
        self._retry = Retry(retries)
        self._requests = BlobRequests(self._container, self._retry)
        self._url: str = self._container.url.partition("?")[0]
        self._create = create
        self._public_access = public_access
        self._fence: Fence | None = None

    async def prepare(self) -> None:
        """Create the container if requested, and check that it exists.

        Raises
        ------
        StoreError
            If it does not exist or cannot be reached.
        """
        name = self._container.container_name
        try:
            if self._create:
                await self._container.create_container(public_access=self._public_access)
        except ResourceExistsError:
            pass
        except FAULTS as error:
            raise store_error(f"cannot create the container '{name}'", error) from error
        try:
            found = await self._container.exists()
        except FAULTS as error:
            raise store_error(f"cannot reach the container '{name}'", error) from error
        if not found:
            raise StoreError(
                f"there is no container '{name}': create it, or add --create-container"
            )
        self._retry.trust_sign_in()

    @asynccontextmanager
    async def lock(
        self,
        name: str,
        force: bool = False,
        folders: Sequence[str] = (),
        files: Sequence[str] = (),
    ) -> AsyncIterator[Lock]:
        """Hold a lease on the empty blob `name`, which expires after its holder dies.

        `force` breaks the lease of another run, waits until that run has noticed, and takes it.

        Raises
        ------
        StoreBusyError
            If another run holds the lease, unless `force` is true.
        LockLostError
            If another run has taken over the lease; the block is then cancelled.
        StoreError
            If the service refuses the request or cannot be reached.
        """
        blob = self._container.get_blob_client(name)
        try:
            with suppress(ResourceExistsError):
                await blob.upload_blob(b"", overwrite=False)
            if force:
                await _break_lease(blob)
            asked = asyncio.get_running_loop().time()
            lease = await blob.acquire_lease(LEASE_SECONDS)
        except HttpResponseError as error:
            if code(error) == "LeaseAlreadyPresent":
                raise StoreBusyError(
                    f"another run is writing to {self.url('')}. The lock of a dead run expires "
                    f"within {LEASE_SECONDS} s. --break-lock ends a live run and takes over its "
                    f"lock, within {CONFIRMED_SECONDS} s"
                ) from error
            raise store_error("cannot lock the destination", error) from error
        except FAULTS as error:
            raise store_error("cannot lock the destination", error) from error
        async with hold_lease(lease, asked) as held:
            fence = Fence(self._container, held)
            try:
                await fence.claim(files)
            except FAULTS as error:
                raise store_error("cannot lock the destination", error) from error
            self._fence = fence
            try:
                yield held
            finally:
                self._fence = None

    @asynccontextmanager
    async def borrow(self, name: str, key: str) -> AsyncIterator[Lock]:
        """Write under a lease that another process of the run renews.

        Raises
        ------
        LockLostError
            If the lease is not held.
        StoreError
            If the service refuses the request or cannot be reached.
        """
        blob = self._container.get_blob_client(name)

        async def ask() -> bool:
            # A lease that is being broken still opens the blob, but its holder must stop writing.
            found = await blob.get_blob_properties(lease=key, retry_total=0)
            return bool(found.lease.state == "leased")

        asked = asyncio.get_running_loop().time()
        try:
            await blob.get_blob_properties()
        except FAULTS as error:
            raise store_error(
                f"cannot reach the lock of the destination, {self.url(name)}", error
            ) from error
        self._retry.trust_sign_in()
        held = HeldLease(key, ask, asked)
        await held.confirm()
        self._fence = Fence(self._container, held)
        try:
            yield held
        finally:
            self._fence = None

    async def put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write a blob with its properties, replacing an older one atomically.

        The service compares the bytes with their MD5, and refuses damaged ones.

        Raises
        ------
        StoreError
            If the service refuses the request or cannot be reached.
        """
        content = Content(content_type, md5, metadata or {})

        async def write(etag: str | None) -> str:
            return await self._write(name, data, content, _condition(etag))

        try:
            if not self._fence:
                await self._write(name, data, content, {})
            elif self._fence.publishes(name):
                await self._fence.publish(name, content, write)
            else:
                await self._fence.put(name, content, write)
        except FAULTS as error:
            raise store_error("cannot store the blob", error) from error

    async def _write(
        self, name: str, data: bytes | IO[bytes], content: Content, condition: Mapping[str, str]
    ) -> str:
        """Write a blob on the conditions in the headers `condition`; return its ETag."""
        if isinstance(data, bytes):
            digest = base64.b64encode(content.md5).decode()
            headers = {
                "Content-MD5": digest,
                "x-ms-blob-content-md5": digest,
                "x-ms-blob-content-type": content.content_type,
                **{f"x-ms-meta-{key}": value for key, value in content.metadata.items()},
                **condition,
            }
            return await self._requests.put(self.url(name), data, headers)
        data.seek(0)
        conditions: dict[str, Any] = {"overwrite": "If-None-Match" not in condition}
        if "If-Match" in condition:
            conditions["etag"] = condition["If-Match"]
            conditions["match_condition"] = MatchConditions.IfNotModified
        # The blocks become visible atomically, too. Their names are random, so that blocks of
        # another run are not mistaken for ours.
        blob = self._container.get_blob_client(name)
        written = await blob.upload_blob(
            data,
            metadata=dict(content.metadata),
            content_settings=ContentSettings(
                content_type=content.content_type, content_md5=bytearray(content.md5)
            ),
            validate_content=True,
            **conditions,
        )
        return str(written["etag"])

    async def list_blobs(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Yield the blobs whose names begin with `prefix`.

        Raises
        ------
        StoreError
            If the service refuses the request or cannot be reached.
        """
        found = False
        try:
            name = self._container.container_name
            async for blob in list_container(self._requests, name, prefix):
                found = True
                yield blob
        except StoreError as error:
            # In a dry run, a container that would be created is treated as empty.
            missing = error.__cause__
            is_missing = (
                isinstance(missing, ResourceNotFoundError) and code(missing) == "ContainerNotFound"
            )
            if found or not self._create or not is_missing:
                raise

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a blob in chunks, or nothing if it does not exist.

        Raises
        ------
        StoreError
            If the service refuses the request or cannot be reached.
        """
        try:
            # Ignore a Content-Encoding that somebody set: our blobs are never compressed.
            download = await self._container.download_blob(name, decompress=False)
            async for chunk in download.chunks():
                yield chunk
        except ResourceNotFoundError:
            return
        except FAULTS as error:
            raise store_error("cannot read the blob", error) from error

    async def delete(self, blob: StoredBlob) -> None:
        """Delete a blob, unless it was changed after it was listed.

        Raises
        ------
        StoreError
            If it was changed, or the service refuses the request or cannot be reached.
        """
        try:
            if self._fence:
                await self._fence.delete(blob.name, blob.version)
            else:
                await self._container.delete_blob(
                    blob.name, etag=blob.version, match_condition=MatchConditions.IfNotModified
                )
        except ResourceNotFoundError:
            return
        except FAULTS as error:
            raise store_error(f"cannot delete {blob.name}", error) from error

    def url(self, name: str) -> str:
        """Return the URL of a blob, without the SAS that the SDK would append."""
        # Quoted as by the SDK.
        return f"{self._url}/{quote(name, safe='~/')}"

    async def close(self) -> None:
        """Close the connections of the account and of its credential."""
        await self._requests.close()
        await self._service.close()
        close_credential = getattr(self._service.credential, "close", None)
        if close_credential:
            await close_credential()


def _condition(etag: str | None) -> Mapping[str, str]:
    return {"If-None-Match": "*"} if etag is None else {"If-Match": etag}


async def _break_lease(blob: BlobClient) -> None:
    """Break the lease on a blob, and wait until its holder must have noticed."""
    client = BlobLeaseClient(blob)
    try:
        # Nobody can acquire the lease until this period has passed or the lease has expired.
        left = await client.break_lease(lease_break_period=CONFIRMED_SECONDS)
        await asyncio.sleep(left)
        # The service may round the period down.
        while (await blob.get_blob_properties()).lease.state == "breaking":
            await asyncio.sleep(_POLL_SECONDS)
    except HttpResponseError as error:
        if code(error) != "LeaseNotPresentWithLeaseOperation":
            raise
