"""Keep blobs in a container of Azure Blob Storage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import requests
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import DefaultAzureCredential
from azure.storage.blob import (
    BlobServiceClient,
    ContentSettings,
    ExponentialRetry,
    PublicAccess,
)
from requests.adapters import HTTPAdapter

from uploader.stores import StoredBlob, StoreError

# One request a blob, so that a blob is there whole or not at all.
_MAX_SINGLE_PUT_BYTES = 256 * 1024 * 1024
# The SDK raises a ValueError for an answer that makes no sense, as of a host that is not Azure's.
_FAULTS = (AzureError, ValueError)
_QUERY = re.compile(r"\?\S*")


def connect(
    account_url: str | None, environ: Mapping[str, str], connections: int
) -> BlobServiceClient:
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
    connections
        How many connections are kept: the number of threads that share the client.

    Raises
    ------
    StoreError
        When no account is named, or what names it cannot be understood.
    """
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=connections))
    session.mount("http://", HTTPAdapter(pool_maxsize=connections))
    options = {
        "transport": RequestsTransport(session=session),
        "max_single_put_size": _MAX_SINGLE_PUT_BYTES,
        # The default waits 15 s before it tries again for the first time.
        "retry_policy": ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=4),
    }
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
        raise StoreError(f"cannot use these storage settings: {error}") from error


class AzureStore:
    """One container of a storage account.

    Parameters
    ----------
    service
        The account, signed in.
    container
        The container's name.
    create
        Whether to create the container where it is missing.
    public_access
        Who may read a container made by `create` without signing in; None: nobody.
    """

    def __init__(
        self,
        service: BlobServiceClient,
        container: str,
        create: bool = False,
        public_access: PublicAccess | None = None,
    ) -> None:
        self._container = service.get_container_client(container)
        self._create = create
        self._public_access = public_access

    def prepare(self) -> None:
        """Create the container if so asked, and see that it is there.

        Raises
        ------
        StoreError
            When it is missing or out of reach.
        """
        name = self._container.container_name
        try:
            if self._create:
                self._container.create_container(public_access=self._public_access)
        except ResourceExistsError:
            pass
        except _FAULTS as error:
            raise StoreError(f"cannot create the container '{name}': {_cause(error)}") from error
        try:
            found = self._container.exists()
        except _FAULTS as error:
            raise StoreError(f"cannot reach the container '{name}': {_cause(error)}") from error
        if not found:
            raise StoreError(f"there is no container '{name}': create it, or --create-container")

    def put(self, name: str, data: bytes, content_type: str, md5: bytes) -> None:
        """Write one blob with its content type and MD5, replacing an older one in one step.

        Raises
        ------
        StoreError
            When the service refuses or cannot be reached.
        """
        settings = ContentSettings(content_type=content_type, content_md5=bytearray(md5))
        try:
            self._container.upload_blob(name, data, overwrite=True, content_settings=settings)
        except _FAULTS as error:
            raise StoreError(f"cannot store the blob: {_cause(error)}") from error

    def list_blobs(self, prefix: str) -> Iterator[StoredBlob]:
        """Yield the blobs whose names begin with `prefix`.

        Raises
        ------
        StoreError
            When the service refuses or cannot be reached.
        """
        try:
            for blob in self._container.list_blobs(name_starts_with=prefix):
                md5 = blob.content_settings.content_md5
                yield StoredBlob(blob.name, blob.size, bytes(md5) if md5 else None)
        except _FAULTS as error:
            raise StoreError(f"cannot list the container: {_cause(error)}") from error

    def url(self, name: str) -> str:
        """The blob's address; a SAS, which the client would append, is cut off."""
        if not name:
            return f"{self._container.url.partition('?')[0]}/"
        return str(self._container.get_blob_client(name).url).partition("?")[0]


def _cause(error: Exception) -> str:
    """The error in one line, without the request's headers and without a SAS."""
    if isinstance(error, HttpResponseError) and error.status_code:
        # An answer that is none of Azure's has no error code.
        code = getattr(error, "error_code", None) or error.reason
        return f"HTTP {error.status_code} {getattr(code, 'value', code)}"
    first_line, *_ = str(error).splitlines() or [type(error).__name__]
    # A failed connection is reported with its URL, query and so SAS included.
    return _QUERY.sub("", first_line)
