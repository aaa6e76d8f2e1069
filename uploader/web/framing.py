"""Accept slightly malformed HTTP responses, as browsers do."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

# Longer headers are not taken for HTTP.
_LONGEST_HEAD = 1024 * 1024
_STATUS_LINE = re.compile(rb"(?i)HTTP/(\d)(?:\.(\d+))?[ \t]+(\d{3})(?![\w])[ \t]*([^\r\n]*)\Z")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class TolerantConnector(aiohttp.TCPConnector):
    """A connector that repairs responses that aiohttp cannot parse, and parses them again."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._factory = functools.partial(  # type: ignore[assignment]
            _TolerantHandler, loop=self._loop
        )


class _TolerantHandler(ResponseHandler):
    """A response handler whose parser is wrapped until the headers are complete."""

    def set_response_params(self, **settings: Any) -> None:
        super().set_response_params(**settings)
        first = self._parser

        def another() -> Any:
            """Return a fresh parser with the same settings."""
            # The base class feeds it no data; `_PatientParser` does.
            super(_TolerantHandler, self).set_response_params(**settings)
            return self._parser

        if first is not None:
            self._parser = _PatientParser(self, first, another)  # type: ignore[assignment]


class _PatientParser:
    """A parser that repairs the headers of a response if they cannot be parsed."""

    def __init__(self, handler: ResponseHandler, parser: Any, another: Callable[[], Any]) -> None:
        self._handler = handler
        self._parser = parser
        self._another = another
        self._head = bytearray()

    def feed_data(self, data: bytes) -> Any:
        """Feed the wrapped parser. After the first message, that parser takes over."""
        self._head += data
        try:
            answer = self._parser.feed_data(data)
        except HttpProcessingError:
            mended = mend(bytes(self._head))
            if mended is None:
                raise
            parser = self._another()
            self._handler._parser = parser
            return parser.feed_data(mended)
        if answer[0] or len(self._head) > _LONGEST_HEAD:
            self._handler._parser = self._parser
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


def mend(data: bytes) -> bytes | None:
    """Return a response with repaired headers, or None if they cannot be repaired.

    Repairs cover what browsers and curl accept, as long as the body is unambiguous: an unusual
    status line, lines that are not headers, repeated equal Content-Lengths, and a Content-Length
    beside chunked encoding, which overrides it (RFC 9112, 6.3). The connection is not reused,
    because the boundary between responses is uncertain.
    """
    end = _END_OF_HEAD.search(data)
    if end is None:
        return None
    first, *lines = re.split(rb"\r?\n", data[: end.start()])
    status = _STATUS_LINE.match(first)
    if status is None:
        return None
    headers: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            # A continuation line, whose header may have been dropped.
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t")
        if not colon or not _NAME.match(name) or b"\0" in value:
            continue
        headers.append((name, value.replace(b"\r", b" ").strip(b" \t")))
    framed = _frame(headers)
    if framed is None:
        return None
    major, minor, code, reason = status.groups()
    version = b"1.0" if (major, minor) in ((b"1", b"0"), (b"0", b"9")) else b"1.1"
    head = [b"HTTP/%b %b %b" % (version, code, reason.replace(b"\r", b" "))]
    head += [b"%b: %b" % header for header in framed]
    return b"\r\n".join(head) + b"\r\n\r\n" + data[end.end() :]


def _frame(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]] | None:
    """Return headers that agree on the length of the body, or None if they are contradictory."""
    kept, lengths, encodings = [], set[bytes](), list[bytes]()
    for name, value in headers:
        match name.lower():
            case b"content-length":
                lengths |= {length.strip() for length in value.split(b",")}
            case b"transfer-encoding":
                encodings += [encoding.strip().lower() for encoding in value.split(b",")]
            case b"connection" | b"upgrade":
                pass
            case _:
                kept.append((name, value))
    encodings = [encoding for encoding in encodings if encoding not in (b"", b"identity")]
    if encodings and encodings != [b"chunked"]:
        return None
    if encodings:
        kept.append((b"Transfer-Encoding", b"chunked"))
    elif len(lengths) == 1:
        kept.append((b"Content-Length", lengths.pop()))
    elif lengths:
        return None
    kept.append((b"Connection", b"close"))
    return kept
