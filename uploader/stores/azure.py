"""Keep blobs in a container of Azure Blob Storage."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import IO, Any
from urllib.parse import quote

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
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
    ExponentialRetry,
)

from uploader.stores import Lock, StoreBusyError, StoredBlob, StoreError
from uploader.stores.blob_writer import BlobWriter
from uploader.stores.lease import LEASE_SECONDS, hold_lease

# Tries after the first; a minute in all.
_RETRIES = 5
# The SDK raises a ValueError for an answer that makes no sense, as of a host that is not Azure's.
_FAULTS = (AzureError, ValueError)
# The second is what older versions of Hadoop write.
_FOLDER_MARKS = ("hdi_isfolder", "asv_isfolder")
_QUERY = re.compile(r"\?\S*")


def connect(account_url: str | None, environ: Mapping[str, str]) -> BlobServiceClient:
    """Sign in to a storage account, by the names that Azure's own tools use.

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
        When no account is named, or what names it cannot be understood.
    """
    options: dict[str, Any] = {"retry_policy": _retry(_RETRIES)}
    connection_string = environ.get("AZURE_STORAGE_CONNECTION_STRING")
    account = environ.get("AZURE_STORAGE_ACCOUNT")
    if account_url and "?" in account_url:
        raise StoreError(
            "the account's URL must not hold a SAS, since command lines are seen by others: "
            "set AZURE_STORAGE_SAS_TOKEN instead"
        )
    try:
        if connection_string and not account_url:
            return BlobServiceClient.from_connection_string(connection_string, **options)
        if not account_url and not account:
            raise StoreError(
                "no storage account is named: set AZURE_STORAGE_CONNECTION_STRING or "
                "AZURE_STORAGE_ACCOUNT, or pass --to https://ACCOUNT.blob.core.windows.net"
            )
        return BlobServiceClient(
            account_url or f"https://{account}.blob.core.windows.net",
            credential=environ.get("AZURE_STORAGE_KEY")
            or environ.get("AZURE_STORAGE_SAS_TOKEN")
            or DefaultAzureCredential(),
            **options,
        )
    except ValueError as error:
        raise StoreError(f"cannot use these storage settings: {_QUERY.sub('', str(error))}") from (
            error
        )


class AzureStore:
    """One container of a storage account.

    Parameters
    ----------
    service
        The account, signed in; closed with the store.
    container
        The container's name.
    create
        Whether to create the container where it is missing.
    public_access
        Who may read a container made by `create` without signing in; None: nobody.
    retries
        How often to try again to store an image.
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
        self._writer = BlobWriter(self._container, _retry(retries))
        self._url: str = self._container.url.partition("?")[0]
        self._create = create
        self._public_access = public_access

    async def prepare(self) -> None:
        """Create the container if so asked, and see that it is there.

        Raises
        ------
        StoreError
            When it is missing or out of reach.
        """
        name = self._container.container_name
        try:
            if self._create:
                await self._container.create_container(public_access=self._public_access)
        except ResourceExistsError:
            pass
        except _FAULTS as error:
            raise StoreError(f"cannot create the container '{name}': {_cause(error)}") from error
        try:
            found = await self._container.exists()
        except _FAULTS as error:
            raise StoreError(f"cannot reach the container '{name}': {_cause(error)}") from error
        if not found:
            raise StoreError(f"there is no container '{name}': create it, or --create-container")

    @asynccontextmanager
    async def lock(self, name: str, force: bool = False) -> AsyncIterator[Lock]:
        """Hold a lease on the empty blob `name`; it ends by itself when its holder dies.

        Raises
        ------
        StoreBusyError
            When another run holds it, and `force` does not take it away.
        StoreError
            When the service refuses or cannot be reached.
        """
        blob = self._container.get_blob_client(name)
        try:
            with suppress(ResourceExistsError):
                await blob.upload_blob(b"", overwrite=False)
            if force:
                await _break_lease(blob)
            lease = await blob.acquire_lease(LEASE_SECONDS)
        except HttpResponseError as error:
            if _code(error) == "LeaseAlreadyPresent":
                raise StoreBusyError(
                    f"another run is writing to {self.url('')}. If it is dead, its lock ends "
                    f"within {LEASE_SECONDS} s; --break-lock takes it away at once"
                ) from error
            raise StoreError(f"cannot lock the destination: {_cause(error)}") from error
        except _FAULTS as error:
            raise StoreError(f"cannot lock the destination: {_cause(error)}") from error
        async with hold_lease(lease) as held:
            yield held

    async def put(
        self,
        name: str,
        data: bytes | IO[bytes],
        content_type: str,
        md5: bytes,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Write one blob with its properties, replacing an older one in one step.

        The service compares the bytes that arrive with their MD5, and refuses damaged ones.

        Raises
        ------
        StoreError
            When the service refuses or cannot be reached.
        """
        try:
            if isinstance(data, bytes):
                await self._put_bytes(name, data, content_type, md5, metadata or {})
            else:
                # In blocks, which become visible in one step, too.
                await self._container.upload_blob(
                    name,
                    data,
                    overwrite=True,
                    metadata=dict(metadata or {}),
                    content_settings=ContentSettings(
                        content_type=content_type, content_md5=bytearray(md5)
                    ),
                    validate_content=True,
                )
        except _FAULTS as error:
            raise StoreError(f"cannot store the blob: {_cause(error)}") from error

    async def _put_bytes(
        self, name: str, data: bytes, content_type: str, md5: bytes, metadata: Mapping[str, str]
    ) -> None:
        digest = base64.b64encode(md5).decode()
        headers = {
            "Content-MD5": digest,
            "x-ms-blob-content-md5": digest,
            "x-ms-blob-content-type": content_type,
            **{f"x-ms-meta-{key}": value for key, value in metadata.items()},
        }
        await self._writer.put(self.url(name), data, headers)

    async def list_blobs(self, prefix: str) -> AsyncIterator[StoredBlob]:
        """Yield the blobs whose names begin with `prefix`.

        Raises
        ------
        StoreError
            When the service refuses or cannot be reached.
        """
        try:
            found = self._container.list_blobs(name_starts_with=prefix, include=["metadata"])
            async for blob in found:
                metadata = {key.lower(): value for key, value in (blob.metadata or {}).items()}
                if _is_folder(blob.name, blob.size, metadata):
                    continue
                md5 = blob.content_settings.content_md5
                yield StoredBlob(
                    blob.name,
                    blob.size,
                    bytes(md5) if md5 else None,
                    metadata,
                    # A listing leaves out the quotes that a condition needs.
                    f'"{blob.etag.strip(chr(34))}"',
                    blob.content_settings.content_type or "",
                )
        except _FAULTS as error:
            raise StoreError(f"cannot list the container: {_cause(error)}") from error

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a blob, in chunks; nothing where there is none.

        Raises
        ------
        StoreError
            When the service refuses or cannot be reached.
        """
        try:
            download = await self._container.download_blob(name)
            async for chunk in download.chunks():
                yield chunk
        except ResourceNotFoundError:
            return
        except _FAULTS as error:
            raise StoreError(f"cannot read the blob: {_cause(error)}") from error

    async def delete(self, blob: StoredBlob) -> None:
        """Delete a blob, unless it was written again since it was listed.

        Raises
        ------
        StoreError
            When it was, or when the service refuses or cannot be reached.
        """
        try:
            await self._container.delete_blob(
                blob.name, etag=blob.version, match_condition=MatchConditions.IfNotModified
            )
        except ResourceNotFoundError:
            return
        except _FAULTS as error:
            raise StoreError(f"cannot delete {blob.name}: {_cause(error)}") from error

    def url(self, name: str) -> str:
        """The blob's address; a SAS, which the client would append, is cut off."""
        # As the SDK quotes names.
        return f"{self._url}/{quote(name, safe='~/')}"

    async def close(self) -> None:
        """Close the connections of the account, and of its credential."""
        await self._writer.close()
        await self._service.close()
        close_credential = getattr(self._service.credential, "close", None)
        if close_credential:
            await close_credential()


def _is_folder(name: str, size: int, metadata: Mapping[str, str]) -> bool:
    """Whether a blob only stands for a folder.

    Accounts with hierarchical namespaces list each directory as an empty blob with the metadata
    ``hdi_isfolder``, and Hadoop and other tools make such blobs elsewhere; some mark a folder by a
    slash at the end of its name alone.
    """
    marked = any(metadata.get(key, "").lower() == "true" for key in _FOLDER_MARKS)
    return not size and (marked or name.endswith("/"))


def _retry(times: int) -> ExponentialRetry:
    # The default waits 15 s before it tries again for the first time.
    return ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=times)


async def _break_lease(blob: BlobClient) -> None:
    try:
        await BlobLeaseClient(blob).break_lease(lease_break_period=0)
    except HttpResponseError as error:
        if _code(error) != "LeaseNotPresentWithLeaseOperation":
            raise


def _cause(error: Exception) -> str:
    """The error in one line, without the request's headers and without a SAS."""
    if isinstance(error, HttpResponseError) and error.status_code:
        return f"HTTP {error.status_code} {_code(error)}"
    first_line, *_ = str(error).splitlines() or [type(error).__name__]
    # A failed connection is reported with its URL, query and so SAS included.
    return _QUERY.sub("", first_line)


def _code(error: HttpResponseError) -> str:
    """Azure's name for the error; an answer that is none of Azure's has its reason only."""
    headers = getattr(error.response, "headers", {})
    return str(headers.get("x-ms-error-code") or error.reason)
