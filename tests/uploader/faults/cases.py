"""The catalogue of bad inputs: what a host or a row does, and what must become of the row."""

from __future__ import annotations

import gzip
import io
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from PIL import Image

from tests.helpers import zoo
from tests.helpers.addresses import FORBIDDEN, Forbidden
from tests.helpers.bad_server import (
    Answer,
    chunked,
    endless,
    raw,
    redirect,
    reply,
    reset,
    silence,
    then,
)
from tests.uploader.faults.scene import hash_of, picture
from uploader.outcomes import Outcome

# Short limits, so that the whole catalogue takes seconds.
TRIES = 3
OPTIONS = (
    f"--tries={TRIES}",
    # No case needs it, and a busy machine may be slow.
    "--connect-timeout=20",
    "--read-timeout=5",
    "--retry-after=2",
    "--redirects=3",
    "--max-bytes=1000000",
    # No case may harm the next: all are on one host.
    "--host-failures=100000",
    "--per-host=200",
    "--workers=200",
)
SECRET = "hush-hush-hush"  # noqa: S105 (it opens nothing)

# How far is not stable: the decoder's library has a say in it.
_DRIFTED = (
    r"^another picture(?=: its hash differs from the row's in \d+ of 128 bits, more than \d+$)"
)

UPLOADED, SKIPPED, REFUSED = Outcome.UPLOADED, Outcome.SKIPPED, Outcome.REFUSED
UNCOMPARED = Outcome.UPLOADED_UNCOMPARED
DRIFTED, DISALLOWED, FAILED = Outcome.DRIFTED, Outcome.DISALLOWED, Outcome.FAILED

GOOD = picture(1)
ANOTHER = picture(2)
# One whose hash begins with a zero.
ZEROS_FIRST = next(found for found in map(picture, count(3)) if re.match("0[^0]", hash_of(found)))


@dataclass(frozen=True)
class Case:
    """One bad input, or a good one that looks bad.

    Attributes
    ----------
    group, name
        What it is, for a reader.
    outcome
        What must become of the row.
    reason
        A regular expression that finds the stable part of the reason.
    tries
        How often the URL must be asked for; None: it depends on the clock.
    answers
        What the server does, request by request.
    url
        The row's URL, in which ``{server}``, ``{tls}`` and ``{path}`` are filled in.
    asked
        How what follows the path must be spelled when it is asked for; empty: it does not matter.
    row
        What else is special in the row.
    in_folder
        Outcome and reason in a folder, where that cannot do what a blob service can.
    """

    group: str
    name: str
    outcome: Outcome
    reason: str = "^$"
    tries: int | None = 1
    answers: tuple[Answer, ...] = ()
    url: str = "{server}{path}"
    asked: str = ""
    row: dict[str, Any] = field(default_factory=dict)
    in_folder: tuple[Outcome, str] | None = None

    def expected(self, store: str) -> tuple[Outcome, str]:
        """Outcome and reason in the store of that kind."""
        return self.in_folder if store == "folder" and self.in_folder else self._expected

    @property
    def _expected(self) -> tuple[Outcome, str]:
        return self.outcome, self.reason


@cache
def cases() -> tuple[Case, ...]:
    """All of them."""
    return (
        *_statuses(),
        *_pauses(),
        *_connections(),
        *_redirects(),
        *_addresses(),
        *_bytes(),
        *_damage(),
        *_odd(),
        *_hashes(),
        *_bombs(),
        *_encodings(),
        *_framing(),
        *_robots(),
        *_urls(),
        *_spellings(),
        *_secrets(),
        *_rows(),
    )


def _group(group: str) -> Callable[..., Case]:
    def case(
        name: str, outcome: Outcome, reason: str = "^$", *answers: Answer, **more: Any
    ) -> Case:
        return Case(group, name, outcome, reason, answers=answers, **more)

    return case


def _statuses() -> list[Case]:
    case = _group("Status")
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


def _pauses() -> list[Case]:
    case = _group("Retry-After")

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


def _connections() -> list[Case]:
    case = _group("Connection")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
    cut = "^the body was cut short$"
    broke = "^the connection broke(?=: .)"
    return [
        case("never answers", FAILED, "^timed out$", silence, tries=TRIES),
        case(
            "stalls in the body",
            FAILED,
            "^timed out$",
            then(reply(GOOD[:99], length=len(GOOD)), silence),
            tries=TRIES,
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


def _redirects() -> list[Case]:
    case = _group("Redirect")
    private = "is not a public address"
    return [
        case(
            "to a neighbour, by a relative path", UPLOADED, "^$", redirect("good.jpg?from=relative")
        ),
        case("three in a row", UPLOADED, "^$", redirect("/hop/2.jpg")),
        case("four in a row", REFUSED, "^more than 3 redirects$", redirect("/hop/3.jpg")),
        case(
            "to itself",
            REFUSED,
            "^more than 3 redirects$",
            redirect("?again"),
            url="{server}/loop.jpg",
        ),
        case("without a Location", FAILED, "^HTTP 302 Found$", reply(b"", "302 Found")),
        case(
            "to an invalid URL",
            REFUSED,
            "^not a usable URL: its host is not an IPv6 address$",
            redirect("http://[::1"),
        ),
        *(
            case(f"to {to.partition(':')[0]}:", REFUSED, "^not an http or https URL$", redirect(to))
            for to in ("file:///etc/passwd", "ftp://example.org/x.jpg", "data:image/png;base64,AA")
        ),
        *(
            case(f"to {to}", REFUSED, private, redirect(f"http://{to}/latest/meta-data/"))
            for to in ("169.254.169.254", "10.0.0.1", "[::1]", "localhost", "0x7f000001")
        ),
        case(
            "with an endless body",
            UPLOADED,
            "^$",
            then(
                reply(
                    b"", "307 Temporary Redirect", "Location: /good.jpg?after=endless", length=None
                ),
                endless(b"x" * 65_536),
            ),
        ),
    ]


def _addresses() -> list[Case]:
    """The table of forbidden hosts, but of those that carry one address only the first."""
    case = _group("Address")
    carried = {one.group: one for one in reversed(FORBIDDEN) if one.group.startswith("IPv4 in")}
    return [
        case(
            one.host,
            REFUSED,
            "is not a canonical IPv4 address$"
            if is_taken_for_no_host(one)
            else "is not a public address",
            url=f"http://{one.host}/x.jpg",
        )
        for one in FORBIDDEN
        if carried.get(one.group, one) == one
    ]


def is_taken_for_no_host(one: Forbidden) -> bool:
    """Whether aiohttp refuses the spelling itself: digits that are not as usual."""
    return one.group == "spelled" and one.host.replace(".", "").isdecimal() and one.host.isascii()


def _bytes() -> list[Case]:
    case = _group("Bytes")
    html = b"<!DOCTYPE html><html><body>Log in, please.</body></html>"
    lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    png, gif = picture(1, "PNG"), picture(1, "GIF")
    return [
        case("an HTML page as image/jpeg", REFUSED, "an HTML page, not an image", reply(html)),
        case("a Git LFS pointer", REFUSED, "a Git LFS pointer, not an image", reply(lfs)),
        case(
            "an SVG that reads files", REFUSED, "an XML or SVG document, not an image", reply(svg)
        ),
        case(
            "XML with an external entity",
            REFUSED,
            "an XML or SVG document, not an image",
            reply(xml),
        ),
        case(
            "a PostScript program",
            REFUSED,
            "unknown bytes, not an image",
            reply(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ),
        case("nothing", REFUSED, "empty: no bytes at all", reply()),
        case("zeros", REFUSED, "unknown bytes, not an image", reply(bytes(10_000))),
        case(
            "a JPEG cut in half",
            REFUSED,
            "^corrupt: cut short in its header$",
            reply(GOOD[: len(GOOD) // 2]),
        ),
        case(
            "a JPEG without its last 100 bytes",
            REFUSED,
            "^corrupt: Premature end of JPEG file$",
            reply(GOOD[:-100]),
        ),
        case(
            "a PNG cut in half",
            REFUSED,
            "^corrupt: cut short: no IEND chunk$",
            reply(png[: len(png) // 2]),
            row={"encoding_format": "png"},
        ),
        case(
            "a GIF cut in half",
            REFUSED,
            "^corrupt: cut short: it has no trailer$",
            reply(gif[: len(gif) // 2]),
            row={"encoding_format": "gif"},
        ),
        case(
            "an animation cut in its last frame",
            REFUSED,
            "^corrupt: cut short: it has no trailer$",
            reply(_animation()[:-200]),
            row={"encoding_format": "gif", "finest_hash": None},
        ),
        case("a PNG instead of a JPEG", REFUSED, "a png, not a jpeg as the row says", reply(png)),
        case(
            "a TIFF instead of a JPEG",
            REFUSED,
            "unknown bytes, not an image",
            reply(picture(1, "TIFF")),
        ),
        case("a JPEG as text/html", UPLOADED, "^$", reply(GOOD, content_type="text/html")),
        case("another picture", DRIFTED, _DRIFTED, reply(ANOTHER)),
        case(
            "another picture at the second try",
            DRIFTED,
            _DRIFTED,
            reply(b"", "500 Internal Server Error"),
            reply(ANOTHER),
            tries=2,
        ),
        case("a plain placeholder", DRIFTED, _DRIFTED, reply(_plain())),
        case("its thumbnail", UPLOADED, "^$", reply(_smaller(GOOD))),
    ]


def _damage() -> list[Case]:
    """Files that most programs show, with a part of the picture lacking."""
    case = _group("Damage")
    wanted = {
        "jpeg": {
            "75% of its scan, and an end marker": "premature end of data segment",
            "with 15 % more rows in its header": "premature end of data segment",
            "with bytes lost in the middle": "premature end of data segment",
            "without one restart": "found marker 0xd4 instead of RST3",
            "progressive, first scan alone": "scans are missing",
            "one component lacking": "scans are missing",
            "an MPO whose first picture is cut": "premature end of data segment",
        },
        "png": {
            "without its last rows": "pixels are missing",
            "with a wrong checksum of its pixels": "cannot be decompressed",
            "with one wrong bit": "the checksum of the IDAT chunk is wrong",
            "without IEND": "no IEND chunk",
            "animated, a frame cut": "a further frame, number 3: .*pixels are missing",
        },
        "gif": {
            "without its last block": "image file is truncated",
            "without a trailer": "it has no trailer",
            "animated, without the end of its last frame": "frame, number 3: .*is truncated",
        },
        "bmp": {"without its last tenth": "image file is truncated"},
    }
    return [
        case(
            f"a {kind.upper()} {name}",
            REFUSED,
            reason,
            reply(zoo.damaged()[kind, name]),
            row={"encoding_format": kind, "finest_hash": None},
        )
        for kind, reasons in wanted.items()
        for name, reason in reasons.items()
    ]


def _odd() -> list[Case]:
    """Files that are whole, though some programs refuse them or show something else."""
    case = _group("Odd, but whole")
    names = {
        "jpeg": (
            "of a telephone (MPO)",
            "MPO whose second picture is cut",
            "for print (CMYK)",
            "one component a scan",
            "turned, with a place",
            "with zeros before its end",
        ),
        "png": (
            "of 16 bits",
            "with a text of a wrong checksum",
            "with a profile of 3 MB",
            "turned, with a place",
            "interlaced",
        ),
        "gif": ("transparent",),
        "bmp": ("with an alpha of zeros",),
    }
    found = zoo.sound()
    return [
        case(
            f"a {kind.upper()} {name}",
            UPLOADED,
            "^$",
            reply(found[kind, name]),
            row={"encoding_format": f"image/{kind}", "finest_hash": hash_of(found[kind, name])},
        )
        for kind, of_kind in names.items()
        for name in of_kind
    ]


def _hashes() -> list[Case]:
    """What stands in DHashHex8."""
    case = _group("Hash")
    whole = hash_of(ZEROS_FIRST)
    rows = [
        ("without its leading zero", UPLOADED, "^$", whole[1:], ZEROS_FIRST),
        ("in capitals, with spaces around it", UPLOADED, "^$", f" {whole.upper()} ", ZEROS_FIRST),
        ("without its leading zero, of another picture", DRIFTED, _DRIFTED, whole[1:], GOOD),
        ("none", UNCOMPARED, "the row has no DHashHex8", None, GOOD),
        ("none, and another picture", UNCOMPARED, "the row has no DHashHex8", None, ANOTHER),
        ("without its last digit", UNCOMPARED, "has 31 digits, not 32", whole[:-1], GOOD),
        ("with 0x before it", UNCOMPARED, "is not a hexadecimal number", f"0x{whole}", GOOD),
        ("of a picture without edges", UNCOMPARED, "hardly any edges", "0" * 32, _plain()),
        ("of a picture without edges, now another", DRIFTED, _DRIFTED, "0" * 32, GOOD),
    ]
    return [
        case(name, outcome, reason, reply(data), row={"finest_hash": finest})
        for name, outcome, reason, finest, data in rows
    ]


def _bombs() -> list[Case]:
    case = _group("Bomb")
    return [
        case(
            "a PNG of 50,000 x 50,000 pixels",
            REFUSED,
            "^too large: 50000 x 50000 pixels$",
            reply(_giant_png()),
            row={"encoding_format": "png"},
        ),
        case(
            "a GIF of 65,535 x 65,535 pixels",
            REFUSED,
            "^too large: 65535 x 65535 pixels$",
            reply(_giant_gif()),
            row={"encoding_format": "gif"},
        ),
        case(
            "a PNG with a text of 100 MB, which is not decompressed",
            UPLOADED,
            "^$",
            reply(_png_with_text()),
            row={"encoding_format": "png"},
        ),
        case(
            "gzip: 100 MB in 100 kB",
            REFUSED,
            "^larger than 1,000,000 bytes$",
            reply(_gzip_bomb(), "200 OK", "Content-Encoding: gzip"),
        ),
    ]


def _encodings() -> list[Case]:
    case = _group("Encoding")
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


def _framing() -> list[Case]:
    case = _group("Framing")
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


def _robots() -> list[Case]:
    case = _group("X-Robots-Tag")

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


def _urls() -> list[Case]:
    case = _group("URL")
    good = (reply(GOOD),)
    return [
        *(
            case(url, REFUSED, "^not an http or https URL$", url=url, tries=0)
            for url in (
                "javascript:alert(1)",
                "file:///etc/passwd",
                "ftp://example.org/x.jpg",
                "gallery/x.jpg",
                "//example.org/x.jpg",
            )
        ),
        case("(empty)", REFUSED, "^not an http or https URL$", url="", tries=0),
        case("http://", REFUSED, "^not a usable URL: it names no host$", url="http://", tries=0),
        case(
            "http:///x.jpg",
            REFUSED,
            "^not a usable URL: it names no host$",
            url="http:///x.jpg",
            tries=0,
        ),
        case(
            "http://[::1",
            REFUSED,
            "^not a usable URL: its host is not an IPv6 address$",
            url="http://[::1",
            tries=0,
        ),
        case(
            "http://host:99999/",
            REFUSED,
            "^not a usable URL: its port is not a number from 0 to 65535$",
            url="http://host:99999/",
            tries=0,
        ),
        case(
            "http://a..b/",
            REFUSED,
            "^not a usable URL: its host is not a valid name$",
            url="http://a..b/",
            tries=0,
        ),
        case("with spaces", UPLOADED, "^$", *good, url="{server}{path} and more.jpg"),
        case(
            "with CR and LF", UPLOADED, "^$", *good, url="{server}{path}\r\nX-Injected: yes\r\n\r\n"
        ),
        case("with a NUL and an escape", UPLOADED, "^$", *good, url="{server}{path}\0\x1b[2J"),
        case("with accents and emoji", UPLOADED, "^$", *good, url="{server}{path}/é🎨.jpg"),
        case(
            "with user and password",
            UPLOADED,
            "^$",
            *good,
            url=f"{{user}}:{SECRET}@{{host}}{{path}}",
        ),
        case(
            "with a signature",
            UPLOADED,
            "^$",
            *good,
            url=f"{{server}}{{path}}?sv=1&sig={SECRET}%3D",
        ),
        case(
            "with a signature, not found",
            FAILED,
            "^HTTP 404 Not Found$",
            reply(b"", "404 Not Found"),
            url=f"{{server}}{{path}}?sig={SECRET}",
        ),
        case(
            "of 100,000 characters",
            FAILED,
            "^HTTP 414 URI Too Long$",
            reply(b"", "414 URI Too Long"),
            url="{server}{path}?" + "x" * 100_000,
        ),
    ]


def _spellings() -> list[Case]:
    """A signature covers how a URL is spelled: only what is illegal may be escaped."""
    case = _group("Spelling of a URL")

    def spelled(name: str, url: str, asked: str) -> Case:
        return case(name, UPLOADED, "^$", reply(GOOD), url=f"{{server}}{{path}}{url}", asked=asked)

    return [
        spelled("an accent, and %2F in the query", "/é?src=x%2Fy", "/%C3%A9?src=x%2Fy"),
        spelled("a space, and a signature", "/b c?s=a%2Fb%3Ac%40d", "/b%20c?s=a%2Fb%3Ac%40d"),
        spelled("an accent, and escaped brackets", "/é-%28a%29", "/%C3%A9-%28a%29"),
        spelled("an accent, and the same in lower case", "/é%c3%a9", "/%C3%A9%c3%a9"),
        spelled("a tilde, a plus and a dot, escaped or not", "/%7E~%2e.?+%2B", "/%7E~%2e.?+%2B"),
        spelled("a percent sign alone", "/100% é", "/100%%20%C3%A9"),
        case(
            "a redirect to bytes of UTF-8 and escapes",
            UPLOADED,
            "^$",
            raw("HTTP/1.1 302 Found\r\nLocation: /spelled/é b?s=x%2fy\r\n\r\n".encode()),
        ),
        case(
            "a redirect to bytes of Latin-1",
            UPLOADED,
            "^$",
            raw("HTTP/1.1 302 Found\r\nLocation: /spelled/é\r\n\r\n".encode("latin-1")),
        ),
    ]


def _secrets() -> list[Case]:
    """What opens an image is sent to its host, and told nowhere."""
    case = _group("Secret in a URL")

    def secret(name: str, url: str) -> Case:
        return case(name, UPLOADED, "^$", reply(GOOD), url=url.replace("SECRET", SECRET))

    behind = {
        "an Azure Functions key": "?code=SECRET",
        "a token by another name": "?n3w=SECRET",
        "an escaped name": "?s%69g=SECRET",
        "a name with a line break": "?si\ng=SECRET",
        "a value with a space": "?sig=a SECRET",
        "an Akamai token": "?hdnts=exp=1~acl=/*~hmac=SECRET",
        "a Java session": ";jsessionid=SECRET",
        "a fragment": "#access_token=SECRET",
        "a URL with a password": "?url=https://alice:SECRET@example.org/",
        "an escaped URL": "?file=https%3A%2F%2Falice%3ASECRET%40example.org",
    }
    before = {
        "a password with a space": "http://alice:a SECRET",
        "a password with a line break": "http://alice:a\nSECRET",
        "a password with a backslash": "http://alice:a\\SECRET",
        "a line break before the user": "http:/\n/alice:SECRET",
        "a tab in the scheme": "ht\ttp://alice:SECRET",
    }
    return [
        *(secret(name, f"{{server}}{{path}}{url}") for name, url in behind.items()),
        *(secret(name, f"{url}@{{host}}{{path}}") for name, url in before.items()),
        case(
            "a user without a scheme",
            REFUSED,
            "^not an http or https URL$",
            url=f"alice:{SECRET}@{{host}}{{path}}",
            tries=0,
        ),
        case(
            "a password with a slash",
            REFUSED,
            "^not a usable URL: its port is not a number from 0 to 65535$",
            url=f"http://alice:a/{SECRET}@{{host}}{{path}}",
            tries=0,
        ),
    ]


def _rows() -> list[Case]:
    case = _group("Row")
    good = (reply(GOOD),)
    same = {"hash": "fade", "random": 0.5}

    def by(artist: str, **more: Any) -> dict[str, Any]:
        return {"artist": artist, **more}

    return [
        case(
            "format webp",
            SKIPPED,
            "^format webp is not accepted$",
            *good,
            row={"encoding_format": "webp"},
            tries=0,
        ),
        case(
            "format ../../x",
            SKIPPED,
            r"^format \./\.\./x is not accepted$",
            *good,
            row={"encoding_format": "../../x"},
            tries=0,
        ),
        case(
            "no format",
            SKIPPED,
            "^format unknown is not accepted$",
            *good,
            row={"encoding_format": None},
            tries=0,
        ),
        case("artist ..", UPLOADED, "^$", *good, row=by("..")),
        case(
            "artist ../../../../etc/passwd", UPLOADED, "^$", *good, row=by("../../../../etc/passwd")
        ),
        case(
            "artist with backslashes and dots at the end", UPLOADED, "^$", *good, row=by("C:\\x...")
        ),
        case(
            "artist with control characters", UPLOADED, "^$", *good, row=by("a\r\nb\t\x1b[31m\x00c")
        ),
        case("artist written right to left", UPLOADED, "^$", *good, row=by("\u202egnp.x\u2066")),
        case(
            "artist with spaces, like a line of the manifest",
            UPLOADED,
            "^$",
            *good,
            row=by("x Train/Monet/ y.jpeg\nhttp://z"),
        ),
        case(
            "artist of 1,000 characters",
            REFUSED,
            "characters, more than the 1,024",
            *good,
            row=by("x" * 1_000),
            tries=0,
        ),
        case(
            "artist of 300 characters",
            UPLOADED,
            "^$",
            *good,
            row=by("x" * 300),
            in_folder=(FAILED, "cannot write the file: File name too long"),
        ),
        case("hash ../../x", UPLOADED, "^$", *good, row={"hash": "../../x"}),
        case("first of two with one name", UPLOADED, "^$", *good, row=by("René", **same)),
        case(
            "second of two with one name",
            REFUSED,
            "another row has the same blob name",
            *good,
            row=by("René", **same),
            tries=0,
        ),
        case(
            "that name in another normal form",
            REFUSED,
            "another row has the same blob name",
            *good,
            row=by("Rene\u0301", **same),
            tries=0,
        ),
        case(
            "that name on the other side of the split",
            UPLOADED,
            "^$",
            *good,
            row=by("René", hash="fade", random=0.9),
        ),
        case("that name in capitals", UPLOADED, "^$", *good, row=by("RENÉ", **same)),
    ]


def _animation() -> bytes:
    first, *more = (Image.open(io.BytesIO(picture(seed, cells=32))) for seed in (1, 2, 3))
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=more)
    return buffer.getvalue()


def _plain() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (64, 64), 200).save(buffer, "JPEG")
    return buffer.getvalue()


def _smaller(data: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).resize((48, 48)).save(buffer, "JPEG")
    return buffer.getvalue()


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _giant_png() -> bytes:
    size = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", size), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def _giant_gif() -> bytes:
    """A GIF whose screen and frame claim the largest size there is."""
    return b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + picture(1, "GIF")[10:]


def _png_with_text() -> bytes:
    png = picture(1, "PNG")
    text = _png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    # After the header, which is 8 + 25 bytes long.
    return png[:33] + text + png[33:]


def _gzip_bomb() -> bytes:
    return gzip.compress(bytes(100_000_000), 9)
