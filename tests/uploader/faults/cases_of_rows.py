"""Bad inputs: values in a row, and where its URL leads."""

from __future__ import annotations

from typing import Any

from tests.helpers.addresses import FORBIDDEN, Forbidden
from tests.helpers.bad_server import (
    endless,
    raw,
    redirect,
    reply,
    then,
)
from tests.uploader.faults.case import (
    FAILED,
    GOOD,
    REFUSED,
    SECRET,
    SKIPPED,
    UPLOADED,
    Case,
    group,
)


def redirects() -> list[Case]:
    """Where a Location leads."""
    case = group("Redirect")
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


def addresses() -> list[Case]:
    """The table of forbidden hosts, but of those that carry one address only the first."""
    case = group("Address")
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


def urls() -> list[Case]:
    """URLs of nonsense, and odd ones that are good."""
    case = group("URL")
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


def spellings() -> list[Case]:
    """A signature covers the spelling of a URL, so only illegal characters may be escaped."""
    case = group("Spelling of a URL")

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


def secrets() -> list[Case]:
    """Credentials in a URL are sent to its host, and shown nowhere."""
    case = group("Secret in a URL")

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


def rows() -> list[Case]:
    """Formats, artists and hashes."""
    case = group("Row")
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
