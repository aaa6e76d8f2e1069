"""Write blobs with little overhead."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.request import getproxies

from azure.core import AsyncPipelineClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest
from azure.storage.blob.aio import ContainerClient

from uploader.stores.azure_retry import Retry

_SCOPE = "https://storage.azure.com/.default"
_AGENT = f"paintings-dedupe/{version('paintings-dedupe')}"
# In seconds, the same as in the SDK.
_CONNECT_TIMEOUT, _READ_TIMEOUT = 20, 60


class BlobWriter:
    """A client for the operation Put Blob in one container.

    It uses the sign-in and retry policies of the SDK, but not the other layers of `upload_blob`,
    which would take longer than everything else that this process does for an image.
    """

    def __init__(self, container: ContainerClient, retry: Retry) -> None:
        """Create the client. Connections open when they are needed.

        Parameters
        ----------
        container
            The client of the container, signed in with an account key, a SAS or a credential.
        retry
            The retry policy.
        """
        self._query = container.url.partition("?")[2]
        self._version = container.api_version
        # aiohttp would look up the proxy for each request, in a thread.
        behind_proxy = not getproxies().keys().isdisjoint({"http", "https"})
        self._client: AsyncPipelineClient[HttpRequest, Any] = AsyncPipelineClient(
            container.url,
            policies=[retry, *_sign_in(container.credential)],
            transport=AioHttpTransport(
                connection_timeout=_CONNECT_TIMEOUT,
                read_timeout=_READ_TIMEOUT,
                use_env_settings=behind_proxy,
            ),
        )

    async def put(self, url: str, data: bytes, headers: Mapping[str, str]) -> str:
        """Write a block blob in one request, replacing an older one; return its ETag.

        Parameters
        ----------
        url
            The URL of the blob, without a SAS.
        data
            The content of the blob.
        headers
            Headers of https://learn.microsoft.com/rest/api/storageservices/put-blob.

        Raises
        ------
        azure.core.exceptions.AzureError
            If the service refuses the request or cannot be reached.
        """
        request = HttpRequest(
            "PUT",
            f"{url}?{self._query}" if self._query else url,
            headers={
                "x-ms-version": self._version,
                "x-ms-date": formatdate(usegmt=True),
                "x-ms-blob-type": "BlockBlob",
                # Set here, because it is signed and the transport would add it later.
                "Content-Type": "application/octet-stream",
                "User-Agent": _AGENT,
                **headers,
            },
            content=data,
        )
        response = await self._client.send_request(request)
        if response.status_code != HTTPStatus.CREATED:
            raise HttpResponseError(response=response)
        return str(response.headers.get("ETag", ""))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _sign_in(credential: Any) -> list[Any]:
    """Return the policies that sign a request. A SAS is already in the URL."""
    if credential is None:
        return []
    if hasattr(credential, "get_token"):
        return [AsyncBearerTokenCredentialPolicy(credential, _SCOPE)]
    # For an account key, the client has already created a policy.
    return [credential]
