"""Find mistakes in the variables that name and open a storage account."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from uploader.stores import StoreError

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"
_ACCOUNT_FORM = "the name of the account, such as myaccount"
_URL = re.compile(r"[a-z]+://", re.IGNORECASE)
_VARIABLES = {
    "AZURE_STORAGE_CONNECTION_STRING": "the connection string",
    "AZURE_STORAGE_ACCOUNT": _ACCOUNT_FORM,
    "AZURE_STORAGE_KEY": "a key of the account",
    "AZURE_STORAGE_SAS_TOKEN": "the part of a SAS URL after its '?'",
}
_ENDPOINT = re.compile(r"(?:^|;)\s*BlobEndpoint\s*=\s*([^;]*)", re.IGNORECASE)


def check_sign_in(environ: Mapping[str, str]) -> None:
    """Check the variables for what the service would only answer with "403".

    Parameters
    ----------
    environ
        The environment.

    Raises
    ------
    StoreError
        If a variable is in quotes, holds a URL in the place of a part of it, or cannot be a key.
        The message names the variable, but not its value.
    """
    for name, what in _VARIABLES.items():
        value = environ.get(name, "")
        if value and (value[0] in _QUOTES or value[-1] in _QUOTES):
            raise StoreError(
                f"{name} begins or ends with a quotation mark, which is taken for a part of it: "
                "leave the quotation marks out, as in a file for `docker run --env-file`"
            )
        if value != value.strip():
            raise StoreError(f"{name} begins or ends with a space or a line break: leave it out")
        if name != "AZURE_STORAGE_CONNECTION_STRING" and _URL.match(value):
            raise StoreError(f"{name} holds a URL, but takes {what}. {_remedy(name)}")
    _check_key(environ.get("AZURE_STORAGE_KEY", ""))
    for endpoint in _ENDPOINT.findall(environ.get("AZURE_STORAGE_CONNECTION_STRING", "")):
        _check_endpoint(endpoint.strip())


def _check_key(key: str) -> None:
    try:
        base64.b64decode(key, validate=True)
    except ValueError:
        raise StoreError(
            "AZURE_STORAGE_KEY is not a key of an account, which is text in base64: copy all of it "
            "from the portal, or from `az storage account keys list`"
        ) from None


def _remedy(name: str) -> str:
    if name == "AZURE_STORAGE_ACCOUNT":
        return "The URL of an account or of a container goes into --to"
    return "The part before the '?' goes into --to"


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
    except ValueError:
        return
    # At other hosts, such as Azurite's, the path begins with the account.
    if ".blob." in host and parts.path.strip("/"):
        raise StoreError(
            "BlobEndpoint in AZURE_STORAGE_CONNECTION_STRING is the URL of a container, but must "
            f"be that of the account: https://{host}. Name the container with --container"
        )
