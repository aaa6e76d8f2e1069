"""Bad inputs: hosts that misbehave before they send an image."""

from __future__ import annotations

import gzip
import zlib

from tests.helpers.bad_server import (
    Answer,
    chunked,
    endless,
    raw,
    reply,
    reset,
    silence,
    then,
)
from tests.uploader.faults.case import (
    DISALLOWED,
    FAILED,
    GOOD,
    REFUSED,
    TRIES,
    UPLOADED,
    Case,
    group,
)


def statuses() -> list[Case]:
    """Other statuses than 200, and what comes before one."""
    case = group("Status")
    final = ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "410 Gone"]
    transient = [
        "408 Request Timeout",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ]
    return [
        *(case(status, FAILED, f"^HTTP {status}$", reply(GOOD, status)) for status in final),
        *(case(s, FAILED, f"^HTTP {s}$", reply(GOOD, s), tries=TRIES) for s in transient),
        case(
            "204 without a body",
            FAILED,
            "^HTTP 204 No Content$",
            reply(b"", "204 No Content", length=None),
        ),
        case(
            "206 Partial Content",
            FAILED,
            "^HTTP 206 Partial Content$",
            reply(GOOD[:99], "206 Partial Content"),
        ),
        case(
            "304 Not Modified",
            FAILED,
            "^HTTP 304 Not Modified$",
            reply(b"", "304 Not Modified", length=None),
        ),
        case(
            "fails twice, then answers",
            UPLOADED,
            "^$",
            reply(b"", "503 Service Unavailable"),
            reset,
            reply(GOOD),
            tries=3,
        ),
        case(
            "an early hint, then the image",
            UPLOADED,
            "^$",
            then(raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), reply(GOOD)),
        ),
    ]


def pauses() -> list[Case]:
    """Values of Retry-After."""
    case = group("Retry-After")

    def asking(wait: str, status: str = "429 Too Many Requests") -> Answer:
        return reply(b"", status, f"Retry-After: {wait}")

    return [
        case("1 second, then the image", UPLOADED, "^$", asking("1"), reply(GOOD), tries=2),
        case(
            "a date long past, then the image",
            UPLOADED,
            "^$",
            asking("Fri, 31 Dec 1999 23:59:59 GMT"),
            reply(GOOD),
            tries=2,
        ),
        case(
            "a date far away",
            FAILED,
            r"^HTTP 429 Too Many Requests, and asks to wait(?= \d,\d{3},\d{3},\d{3} s$)",
            asking("Fri, 31 Dec 2100 23:59:59 GMT"),
        ),
        case(
            "three hours",
            FAILED,
            "^HTTP 503 Service Unavailable, and asks to wait 10,800 s$",
            asking("10800", "503 Service Unavailable"),
        ),
        case(
            "10^400 seconds",
            FAILED,
            "^HTTP 429 Too Many Requests, and asks to wait inf s$",
            asking("1" + "0" * 400),
        ),
        case("a minus sign", FAILED, "^HTTP 429 Too Many Requests$", asking("-5"), tries=TRIES),
        case("no number", FAILED, "^HTTP 429 Too Many Requests$", asking("soon\xff"), tries=TRIES),
    ]


def connections() -> list[Case]:
    """Connections that break, and responses that are not HTTP."""
    case = group("Connection")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
    cut = "^the body was cut short$"
    broke = "^the connection broke(?=: .)"
    return [
        case("never answers", FAILED, "^timed out$", silence, tries=TRIES, is_silent=True),
        case(
            "stalls in the body",
            FAILED,
            "^timed out$",
            then(reply(GOOD[:99], length=len(GOOD)), silence),
            tries=TRIES,
            is_silent=True,
        ),
        case("closes without an answer", FAILED, broke, raw(b""), tries=TRIES),
        case("is reset", FAILED, broke, reset, tries=TRIES),
        case(
            "no server listens",
            FAILED,
            "^could not connect: Connection refused$",
            tries=TRIES,
            url="http://127.0.0.2:1/x.jpg",
        ),
        case(
            "closes in the middle of the body",
            FAILED,
            cut,
            reply(GOOD[:-99], length=len(GOOD)),
            tries=TRIES,
        ),
        case(
            "Content-Length too long by one",
            FAILED,
            cut,
            reply(GOOD, length=len(GOOD) + 1),
            tries=TRIES,
        ),
        case(
            "Content-Length too short",
            FAILED,
            "Invalid HTTP response: Data after",
            reply(GOOD, length=len(GOOD) // 2),
            tries=TRIES,
        ),
        case(
            "Content-Length negative",
            FAILED,
            "Invalid HTTP response: Invalid character in Content-Length",
            reply(GOOD, length=-5),
            tries=TRIES,
        ),
        case(
            "Content-Length is not a number",
            FAILED,
            "Invalid HTTP response: Invalid character in Content-Length",
            reply(GOOD, length="many"),
            tries=TRIES,
        ),
        case(
            "two Content-Lengths",
            FAILED,
            "Invalid HTTP response: Duplicate Content-Length",
            reply(GOOD, "200 OK", "Content-Length: 9", length=len(GOOD)),
            tries=TRIES,
        ),
        case("no length at all", UPLOADED, "^$", reply(GOOD, length=None)),
        case("chunks", UPLOADED, "^$", chunked(GOOD)),
        case("chunks that end early", FAILED, cut, chunked(GOOD, end=b""), tries=TRIES),
        case(
            "a chunk without a size",
            FAILED,
            "Invalid HTTP response: Invalid character in chunk size",
            chunked(GOOD, end=b"zz\r\n"),
            tries=TRIES,
        ),
        case(
            "a chunk of 2^68 bytes",
            FAILED,
            "Invalid HTTP response: Chunk size overflow",
            chunked(GOOD, end=b"f" * 17 + b"\r\nx"),
            tries=TRIES,
        ),
        case(
            "an invalid status line",
            FAILED,
            "Invalid HTTP response: Bad status line",
            raw(b"HTTP/banana 200\r\n\r\n" + GOOD),
            tries=TRIES,
        ),
        case(
            "another protocol",
            FAILED,
            "Invalid HTTP response: Bad status line",
            raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
            tries=TRIES,
        ),
        case(
            "a header of 100 kB",
            FAILED,
            "Invalid HTTP response: Got more than 65536 bytes when reading",
            reply(GOOD, "200 OK", "X-Big: " + "x" * 100_000),
            tries=TRIES,
        ),
        case(
            "endless headers",
            FAILED,
            "Invalid HTTP response: Too many headers",
            then(raw(head), endless(b"X-More: and more\r\n" * 100)),
            tries=TRIES,
        ),
        case(
            "an endless body",
            REFUSED,
            "^larger than 1,000,000 bytes$",
            then(raw(head + b"\r\n"), endless(b"x" * 65_536)),
        ),
        case(
            "announces 10^15 bytes",
            REFUSED,
            "^larger than 1,000,000 bytes$",
            then(reply(GOOD, length=10**15), silence),
        ),
        case(
            "TLS with a self-signed certificate",
            FAILED,
            "could not connect: TLS: CERTIFICATE_VERIFY_FAILED",
            url="{tls}/secure.jpg",
            tries=TRIES,
        ),
    ]


def encodings() -> list[Case]:
    """Values of Content-Encoding."""
    case = group("Encoding")
    cut = "^the body was cut short$"
    packed = gzip.compress(GOOD)
    raw_deflate = zlib.compressobj(wbits=-15)

    def named(name: str, body: bytes) -> Answer:
        return reply(body, "200 OK", f"Content-Encoding: {name}")

    endless_body = reply(packed, "200 OK", "Content-Encoding: gzip", length=None)
    return [
        case("gzip", UPLOADED, "^$", named("gzip", packed)),
        case("x-gzip", UPLOADED, "^$", named("x-gzip", packed)),
        case(
            "gzip in two members",
            UPLOADED,
            "^$",
            named("gzip", gzip.compress(GOOD[:99]) + gzip.compress(GOOD[99:])),
        ),
        case("gzip, padded with zeros", UPLOADED, "^$", named("gzip", packed + bytes(99))),
        case("deflate", UPLOADED, "^$", named("deflate", zlib.compress(GOOD))),
        case(
            "deflate without a zlib header",
            UPLOADED,
            "^$",
            named("deflate", raw_deflate.compress(GOOD) + raw_deflate.flush()),
        ),
        case("gzip within gzip", UPLOADED, "^$", named("gzip, gzip", gzip.compress(packed))),
        *(
            case(f"{name}, and the image as it is", UPLOADED, "^$", named(name, GOOD))
            for name in ("identity", "none", "binary", "utf-8", "aws-chunked")
        ),
        case("gzip, cut short", FAILED, cut, named("gzip", packed[:-9]), tries=TRIES),
        case(
            "gzip with a wrong checksum",
            FAILED,
            "the body is not gzip",
            named("gzip", packed[:-8] + bytes(8)),
        ),
        case("gzip in name only", FAILED, "the body is not gzip", named("gzip", GOOD)),
        case(
            "gzip, then endless bytes",
            REFUSED,
            "bytes follow the end of the gzip body",
            then(endless_body, endless(b"x" * 65_536)),
        ),
        case("brotli", REFUSED, "Content-Encoding br", named("br", GOOD)),
        case(
            "bytes that are not UTF-8",
            UPLOADED,
            "^$",
            raw(_odd_head(b"Content-Encoding: \xff\xfe")),
        ),
    ]


def _odd_head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """An answer with the picture, whose head is as it is given."""
    length = b"Content-Length: %d" % len(GOOD)
    return b"\r\n".join([status, *(lines or [length]), b"Connection: close", b"", GOOD])


def framing() -> list[Case]:
    """Heads that browsers understand, though they are slightly wrong."""
    case = group("Framing")
    length = b"Content-Length: %d" % len(GOOD)
    chunks = b"%x;ext=1\r\n%b\r\n0  \r\n\r\n" % (len(GOOD), GOOD)

    def good(name: str, data: bytes) -> Case:
        return case(name, UPLOADED, "^$", raw(data))

    return [
        good("line feeds alone", _odd_head().replace(b"\r\n", b"\n", 4)),
        good("no reason phrase", _odd_head(status=b"HTTP/1.1 200")),
        good("two spaces in the status line", _odd_head(status=b"HTTP/1.1  200  OK")),
        good("a status line in lower case", _odd_head(status=b"http/1.1 200 OK")),
        good("HTTP/1.0", _odd_head(status=b"HTTP/1.0 200 OK")),
        good("HTTP/2 in the status line", _odd_head(status=b"HTTP/2 200")),
        good("a folded header", _odd_head(b"X-Long: one\r\n  two", length)),
        good("a line that is not a header", _odd_head(b"PHP Warning in line 1", length)),
        good("a space before the colon", _odd_head(length.replace(b":", b" :"))),
        good("an invalid header name", _odd_head(b"X Caf\xe9: x", length)),
        good("Content-Length twice, the same", _odd_head(length, length)),
        good(
            "chunk sizes in lower case, with an extension and spaces",
            _odd_head(b"transfer-encoding: Chunked")[: -len(GOOD)] + chunks,
        ),
        good(
            "chunks beside a Content-Length",
            _odd_head(b"Transfer-Encoding: chunked", b"Content-Length: 5")[: -len(GOOD)] + chunks,
        ),
        good("a header of 20 kB", _odd_head(b"X-Policy: " + b"x" * 20_000, length)),
        case(
            "a byte that is not UTF-8 in the reason phrase",
            FAILED,
            r"HTTP 404 N\\xffope",
            raw(_odd_head(status=b"HTTP/1.1 404 N\xffope")),
        ),
        case(
            "a byte that is not UTF-8 in the status",
            FAILED,
            "Invalid HTTP response: Bad status line",
            raw(_odd_head(status=b"HTTP/1.1 2\xff0 OK")),
            tries=TRIES,
        ),
        case(
            "a redirect to a host of bytes",
            REFUSED,
            "^not a usable URL: its host is not an IPv6 address$",
            raw(_odd_head(b"Location: http://[\xff\xfe]/", status=b"HTTP/1.1 302 Found")),
        ),
    ]


def robots() -> list[Case]:
    """Values of X-Robots-Tag."""
    case = group("X-Robots-Tag")

    def saying(*rules: str) -> Answer:
        return reply(GOOD, "200 OK", *(f"X-Robots-Tag: {rule}" for rule in rules))

    def because(rule: str) -> str:
        return f"^the site sends X-Robots-Tag: {rule}$"

    # What the header says, and the rule in it that forbids the image.
    forbidden = {
        "noai": "noai",
        "noimageai": "noimageai",
        "noindex": "noindex",
        "NoImageIndex": "noimageindex",
        "nofollow, noai": "noai",
        "none": "none",
    }
    return [
        *(
            case(header, DISALLOWED, because(rule), saying(header))
            for header, rule in forbidden.items()
        ),
        case("in a second header", DISALLOWED, because("noai"), saying("nofollow", "noai")),
        case(
            "for us: noindex",
            DISALLOWED,
            because("noindex"),
            saying("paintings-dedupe: noindex"),
        ),
        case("for another robot: noindex", UPLOADED, "^$", saying("googlebot: noindex")),
        case("nofollow", UPLOADED, "^$", saying("nofollow")),
    ]
