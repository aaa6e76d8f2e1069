"""Describe errors of a storage account in one line, without secrets."""

from __future__ import annotations

import re
import zlib
from http import HTTPStatus

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from uploader.stores import SignInError, StoreError

# The SDK raises a ValueError for an invalid response, for example from a host other than Azure, and
# aiohttp a zlib.error for one that is said to be compressed.
FAULTS = (AzureError, ValueError, zlib.error)
_QUERY = re.compile(r"\?\S*")
_ERRORS = range(400, 600)
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
# Likely causes and remedies, by error code.
_MEANINGS = {
    "AuthenticationFailed": "a key that is not this account's, or a SAS that has expired",
    "AuthorizationFailure": "a SAS that has expired or lacks a right, the account's firewall, or, "
    "in Azurite, a wrong key",
    "ContainerNotFound": "check --container; `upload --create-container` creates it",
    "InvalidResourceName": "the name of a container has 3 to 63 characters: lower-case letters, "
    "digits and single hyphens",
}

_UNREACHABLE = "Cannot connect to host"
_VARIABLES = "set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"


def store_error(what: str, error: Exception) -> StoreError:
    """Return the error to raise: what failed, and why."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    refused = isinstance(error, ClientAuthenticationError) or status in _REFUSED
    return (SignInError if refused else StoreError)(f"{what}: {cause(error)}")


def cause(error: Exception) -> str:
    """Describe an error in one line, without the headers of the request and without a SAS."""
    if isinstance(error, HttpResponseError) and error.status_code:
        name = code(error)
        meaning = f" ({_MEANINGS[name]})" if name in _MEANINGS else ""
        told = f"HTTP {error.status_code} {name}{meaning}"
        # With any other status, the SDK could not use the body of the response.
        return told if error.status_code in _ERRORS else f"the answer is invalid: {told}"
    first_line, *_ = str(error).splitlines() or [type(error).__name__]
    if isinstance(error, ClientAuthenticationError):
        # There is no status, because no request was sent without a sign-in.
        first_line = f"{first_line.rstrip(' .')}. To sign in: az login, or {_VARIABLES}"
    elif first_line.startswith(_UNREACHABLE):
        # aiohttp adds this even where TLS is not used.
        first_line = f"{first_line.replace(' ssl:default', '')}. Check the address and the network"
    # The message of a failed connection contains the URL with its query and therefore the SAS.
    return without_query(first_line)


def code(error: HttpResponseError) -> str:
    """Return Azure's error code, or the reason phrase if another server responded."""
    headers = getattr(error.response, "headers", {})
    # A strange server may repeat the request in it.
    return without_query(str(headers.get("x-ms-error-code") or error.reason))


def is_conflict(error: Exception) -> bool:
    """Whether a condition failed: the blob exists, was changed, or does not exist."""
    return isinstance(error, HttpResponseError) and (error.status_code, code(error)) in (
        (HTTPStatus.CONFLICT, "BlobAlreadyExists"),
        (HTTPStatus.PRECONDITION_FAILED, "ConditionNotMet"),
        (HTTPStatus.PRECONDITION_FAILED, "TargetConditionNotMet"),
        (HTTPStatus.NOT_FOUND, "BlobNotFound"),
    )


def without_query(text: str) -> str:
    """Remove query strings from `text`, because they may be a SAS."""
    return _QUERY.sub("", text)
