"""Read source URLs, input of strangers: what they ask for, and what they must not tell."""

from __future__ import annotations

import hashlib
import re

from yarl import URL

# The query parameters that sign or open something: Azure's SAS, presigned URLs of S3 and Google
# Cloud Storage, CloudFront, and what APIs call their keys.
_SECRETS = re.compile(
    r"(?i)(^|(?<=[&;?#]))"
    r"(sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|"
    r"x-goog-credential|awsaccesskeyid|googleaccessid|key-pair-id|policy|token|access_token|"
    r"auth|authorization|apikey|api_key|api-key|key|password|passwd|pwd|secret)"
    r"=[^&;#\s]*"
)
_USER_INFO = re.compile(r"(?i)([a-z][a-z0-9+.\-]*://)[^/?#\s]*@")
_WELL_FORMED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


class UrlError(ValueError):
    """Nothing that can be downloaded from; the message says why."""


def parse(url: str) -> URL:
    """Return `url` to ask for, spelled as it is where that is legal: a signature covers it so.

    Raises
    ------
    UrlError
        For another scheme than http and https, or what is no URL.
    """
    try:
        parsed = URL(url, encoded=_WELL_FORMED.fullmatch(url) is not None)
        host, scheme, _ = parsed.host, parsed.scheme, parsed.port
    except (ValueError, UnicodeError) as error:
        raise UrlError(f"not a usable URL: {redact(str(error))}") from error
    if scheme not in ("http", "https"):
        raise UrlError("not an http or https URL")
    if not host:
        raise UrlError("not a usable URL: it names no host")
    return parsed


def follow(url: URL, location: str) -> URL:
    """Return where a redirect from `url` leads.

    Raises
    ------
    UrlError
        As `parse`.
    """
    try:
        target = url.join(URL(location, encoded=_WELL_FORMED.fullmatch(location) is not None))
    except (ValueError, UnicodeError) as error:
        raise UrlError(f"not a usable URL: {redact(str(error))}") from error
    return parse(str(target))


def redact(text: str) -> str:
    """Write `text` with the secrets of the URLs in it replaced: user, password, signatures."""
    if "@" in text:
        text = _USER_INFO.sub(r"\1REDACTED@", text)
    return _SECRETS.sub(r"\1\2=REDACTED", text) if "=" in text else text


def source_key(url: str) -> str:
    """Identify a source without its secrets, so that a renewed signature is the same source.

    Returns
    -------
    MD5 of the redacted URL, 32 hexadecimal digits.
    """
    return hashlib.md5(redact(url).encode(), usedforsecurity=False).hexdigest()
