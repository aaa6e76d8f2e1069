"""Say in one line, and without a secret, what a storage account answered."""

from __future__ import annotations

import re
from http import HTTPStatus

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

# The SDK raises a ValueError for an answer that makes no sense, as of a host that is not Azure's.
FAULTS = (AzureError, ValueError)
_QUERY = re.compile(r"\?\S*")
_ERRORS = range(400, 600)
# What the names that a refused sign-in has do not say by themselves.
_MEANINGS = {
    "AuthenticationFailed": "a key that is not this account's, or a SAS that has expired",
    "AuthorizationFailure": "a SAS that has expired or lacks a right, or the account's firewall",
}

_VARIABLES = "set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"


def cause(error: Exception) -> str:
    """The error in one line, without the request's headers and without a SAS."""
    if isinstance(error, HttpResponseError) and error.status_code:
        name = code(error)
        meaning = f" ({_MEANINGS[name]})" if name in _MEANINGS else ""
        told = f"HTTP {error.status_code} {name}{meaning}"
        # The SDK blames the answer, but its status says that all is well.
        return told if error.status_code in _ERRORS else f"the answer is invalid: {told}"
    first_line, *_ = str(error).splitlines() or [type(error).__name__]
    if isinstance(error, ClientAuthenticationError):
        # Without a status: no request was sent, since nobody is signed in.
        first_line = f"{first_line.rstrip(' .')}. To sign in: az login, or {_VARIABLES}"
    # A failed connection is reported with its URL, query and so SAS included.
    return without_query(first_line)


def code(error: HttpResponseError) -> str:
    """Azure's name for the error; an answer that is none of Azure's has its reason only."""
    headers = getattr(error.response, "headers", {})
    return str(headers.get("x-ms-error-code") or error.reason)


def is_conflict(error: Exception) -> bool:
    """Whether a condition did not hold: the blob is there, or not as it was, or not at all."""
    return isinstance(error, HttpResponseError) and (error.status_code, code(error)) in (
        (HTTPStatus.CONFLICT, "BlobAlreadyExists"),
        (HTTPStatus.PRECONDITION_FAILED, "ConditionNotMet"),
        (HTTPStatus.PRECONDITION_FAILED, "TargetConditionNotMet"),
        (HTTPStatus.NOT_FOUND, "BlobNotFound"),
    )


def without_query(text: str) -> str:
    """`text` without what follows a question mark: in an address, that may be a SAS."""
    return _QUERY.sub("", text)
