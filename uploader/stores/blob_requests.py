"""Write and list blobs with little overhead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import getproxies

from azure.core import AsyncPipelineClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest
from azure.storage.blob.aio import ContainerClient

from uploader.stores.azure_retry import Retry

_SCOPE = "https://storage.azure.com/.default"
_TENANT = re.compile(r'authorization_uri="?https://[^/\s"]+/([^/\s",]+)')
_AGENT = f"paintings-dedupe/{version('paintings-dedupe')}"
# In seconds, the same as in the SDK.
_CONNECT_TIMEOUT, _READ_TIMEOUT = 20, 60


class BlobRequests:
    """A client for the operations Put Blob and List Blobs in one container.

    It uses the sign-in and retry policies of the SDK, but not the other layers of `upload_blob` and
    `list_blobs`, which would take longer than everything else that this process does for an image.
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
        self._url, _, self._query = container.url.partition("?")
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
        response = await self._send(
            "PUT",
            f"{url}?{self._query}" if self._query else url,
            HTTPStatus.CREATED,
            {
                "x-ms-blob-type": "BlockBlob",
                # Set here, because it is signed and the transport would add it later.
                "Content-Type": "application/octet-stream",
                **headers,
            },
            data,
        )
        return str(response.headers.get("ETag", ""))

    async def page(self, prefix: str, marker: str) -> bytes:
        """Return a page of the listing of the container, with the metadata of the blobs.

        Parameters
        ----------
        prefix
            What the names of the blobs begin with.
        marker
            The NextMarker of the previous page. Empty: the first page.

        Returns
        -------
        XML, see https://learn.microsoft.com/rest/api/storageservices/list-blobs.

        Raises
        ------
        azure.core.exceptions.AzureError
            If the service refuses the request or cannot be reached.
        """
        asked = {"restype": "container", "comp": "list", "include": "metadata", "prefix": prefix}
        if marker:
            asked["marker"] = marker
        # A blank must be %20, since a plus sign is signed as what it is.
        query = urlencode(asked, quote_via=quote)
        if self._query:
            query = f"{query}&{self._query}"
        response = await self._send("GET", f"{self._url}?{query}", HTTPStatus.OK)
        return bytes(response.content)

    async def _send(
        self,
        method: str,
        url: str,
        wanted: HTTPStatus,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Any:
        request = HttpRequest(
            method,
            url,
            headers={
                "x-ms-version": self._version,
                "x-ms-date": formatdate(usegmt=True),
                "User-Agent": _AGENT,
                **(headers or {}),
            },
            content=data,
        )
        response = await self._client.send_request(request)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise ResourceNotFoundError(response=response)
        if response.status_code != wanted:
            raise HttpResponseError(response=response)
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class _TokenPolicy(AsyncBearerTokenCredentialPolicy[HttpRequest, Any]):
    """Signs in to the tenant of the account, which may be another one than the user's default.

    The service names it when it refuses a token of the wrong one.
    """

    async def on_challenge(self, request: Any, response: Any) -> bool:
        """Get a token of the tenant that the service names; return whether it names one."""
        challenge = response.http_response.headers.get("WWW-Authenticate", "")
        named = _TENANT.search(challenge)
        if named:
            await self.authorize_request(request, _SCOPE, tenant_id=named[1])
        return bool(named)


def _sign_in(credential: Any) -> list[Any]:
    """Return the policies that sign a request. A SAS is already in the URL."""
    if credential is None:
        return []
    if hasattr(credential, "get_token"):
        return [_TokenPolicy(credential, _SCOPE)]
    # For an account key, the client has already created a policy.
    return [credential]
