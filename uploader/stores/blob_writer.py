"""Put blobs, with little between the bytes and the service."""

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
# Seconds, as the SDK's own client has them.
_CONNECT_TIMEOUT, _READ_TIMEOUT = 20, 60


class BlobWriter:
    """The operation Put Blob in one container.

    It signs in and tries again by the policies of the SDK, but goes without the other layers of
    `upload_blob`, which would take longer than all else that this process does for an image.
    """

    def __init__(self, container: ContainerClient, retry: Retry) -> None:
        """Set up the connection, which opens when it is needed.

        Parameters
        ----------
        container
            Signed in with an account key, a SAS or a token credential.
        retry
            When and how often to try again.
        """
        self._query = container.url.partition("?")[2]
        self._version = container.api_version
        # aiohttp looks for a proxy at each request anew, and does so in a thread.
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
        """Write a block blob in one request, in place of an older one; return its ETag.

        Parameters
        ----------
        url
            Of the blob, without a SAS.
        data
            All of its bytes.
        headers
            Further ones of https://learn.microsoft.com/rest/api/storageservices/put-blob.

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
                # Signed, so that it must not be left to what sends the request.
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
    """The policy that signs a request; a SAS is in the address already."""
    if credential is None:
        return []
    if hasattr(credential, "get_token"):
        return [AsyncBearerTokenCredentialPolicy(credential, _SCOPE)]
    # Of an account key, the client has made a policy.
    return [credential]
