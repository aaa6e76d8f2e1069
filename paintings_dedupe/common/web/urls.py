"""Parse untrusted source URLs, and keep their original spelling."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from yarl import URL

# The characters that RFC 3986 allows in a URL; "[" and "]" anywhere, as in browsers.
_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_ILLEGAL_IN_USER_INFO = re.compile(r"[^A-Za-z0-9\-._~:!$&'()*+,;=%]")
# Appendix B of RFC 3986. An authority also ends where a scheme is impossible.
_PARTS = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))
_REMOVED = str.maketrans("", "", "\t\r\n")
_LONGEST_LABEL, _HIGHEST_PORT = 63, 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=]+")
# URLs that need no further processing, nearly all of them: nothing in them is illegal or ambiguous.
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9\-]{1,63}\.)*[a-z0-9\-]{1,63}(?::[0-9]{1,4})?"
    r"(?:[/?][A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*)?"
)


class UrlError(ValueError):
    """The text is not a URL for a download; the message explains why, without quoting it."""


@dataclass(frozen=True, slots=True)
class UrlParts:
    """The parts of a URL or a relative reference, in the original spelling; None if absent."""

    scheme: str | None
    authority: str | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def user_info(self) -> str | None:
        """The part before the host: a user, a password."""
        user_info, at, _ = (self.authority or "").rpartition("@")
        return user_info if at else None

    @property
    def host_and_port(self) -> tuple[str, str | None]:
        """The host (an IPv6 address in brackets) and the port."""
        rest = (self.authority or "").rpartition("@")[2]
        if rest.startswith("["):
            host, bracket, after = rest.partition("]")
            return f"{host}{bracket}", after.removeprefix(":") if after else None
        host, colon, port = rest.partition(":")
        return host, port if colon else None


def is_port(text: str) -> bool:
    """Whether a text is a valid port number; leading zeros do not matter."""
    digits = text.lstrip("0")
    return (
        text.isascii()
        and text.isdecimal()
        and len(digits) <= len(str(_HIGHEST_PORT))
        and int(digits or 0) <= _HIGHEST_PORT
    )


def split_url(text: str) -> UrlParts:
    """Split any text as browsers do: ignore tabs, line breaks, and outer spaces and controls."""
    text = text.strip(_CONTROLS_AND_SPACE)
    match = _PARTS.fullmatch(text if text.isprintable() else text.translate(_REMOVED))
    if match is None:
        raise AssertionError("the pattern matches every text")
    scheme, authority, path, query, fragment = match.groups()
    return UrlParts(scheme, authority, path, query, fragment)


def parse(url: str) -> URL:
    """Return the `url` to request, in its original spelling where that is legal.

    Only characters that a URL cannot contain are percent-encoded: spaces, controls, what is not
    ASCII (as UTF-8), and ``"<>\\^`{|}``. Escapes stay as they are, and so does a "%" that begins
    none, because re-encoding would break signed URLs.

    Raises
    ------
    UrlError
        For any scheme but http and https, or text that is not a URL.
    """
    return URL(url, encoded=True) if _PLAIN.fullmatch(url) else _build(split_url(url))


def follow(url: URL, location: str) -> URL:
    """Return where a redirect from `url` leads: RFC 3986, 5.2.

    Parameters
    ----------
    url
        From `parse`.
    location
        The header. Bytes in it that are not UTF-8 are represented with "surrogateescape" and
        requested as those bytes.

    Raises
    ------
    UrlError
        As `parse`.
    """
    parts = split_url(location)
    if parts.scheme is not None:
        return _build(parts)
    authority, path, query = parts.authority, parts.path, parts.query
    if authority is None:
        authority = url.raw_authority
        if not path:
            path = url.raw_path
            query = url.raw_query_string if query is None else query
        else:
            folder = "" if path.startswith("/") else url.raw_path.rpartition("/")[0] + "/"
            path = _without_dots(folder + path)
    return _build(UrlParts(url.scheme, authority, path, query, parts.fragment))


def host_of(url: URL) -> str:
    """Return the host of a `url` from `parse`, and its port unless that is the scheme's own.

    It is the same text however both are spelled, so that a limit for the host holds.
    """
    host = (url.raw_host or "").removesuffix(".")
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host).compressed}]"
    port = url.explicit_port
    return host if port in (None, _DEFAULT_PORTS[url.scheme]) else f"{host}:{port}"


def _build(parts: UrlParts) -> URL:
    if (parts.scheme or "").lower() not in ("http", "https"):
        raise UrlError("not an http or https URL")
    host, port = parts.host_and_port
    text = f"{(parts.scheme or '').lower()}://"
    if parts.user_info is not None:
        text += f"{_escaped(parts.user_info, _ILLEGAL_IN_USER_INFO)}@"
    text += _host(host)
    if port:
        if not is_port(port):
            raise UrlError("not a usable URL: its port is not a number from 0 to 65535")
        text += f":{port}"
    # A reference without a path must not run into the host.
    text += _escaped(parts.path if parts.path[:1] in ("", "/") else f"/{parts.path}")
    if parts.query is not None:
        text += f"?{_escaped(parts.query)}"
    if parts.fragment is not None:
        text += f"#{_escaped(parts.fragment)}"
    try:
        return URL(text, encoded=True)
    # The original message would quote the URL.
    except ValueError:
        raise UrlError("not a usable URL") from None


def _host(host: str) -> str:
    """The name to resolve, in ASCII."""
    if not host:
        raise UrlError("not a usable URL: it names no host")
    if host.startswith("["):
        try:
            # Without a zone, which only has a meaning on this machine.
            ipaddress.IPv6Address(host[1:-1] if host.endswith("]") and "%" not in host else "")
        except ValueError:
            raise UrlError("not a usable URL: its host is not an IPv6 address") from None
        return host.lower()
    if not host.isascii():
        try:
            host = URL.build(scheme="http", host=host).raw_host or ""
        except ValueError:
            host = ""
    labels = host.removesuffix(".").split(".")
    if not _HOST.fullmatch(host) or any(not 0 < len(one) <= _LONGEST_LABEL for one in labels):
        raise UrlError("not a usable URL: its host is not a valid name")
    return host.lower()


def _escaped(text: str, illegal: re.Pattern[str] = _ILLEGAL) -> str:
    try:
        return illegal.sub(_escape, text)
    except UnicodeEncodeError:
        raise UrlError("not a usable URL: it contains half of a surrogate pair") from None


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _without_dots(path: str) -> str:
    """Resolve "." and ".." in a path that begins with "/": RFC 3986, 5.2.4."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
