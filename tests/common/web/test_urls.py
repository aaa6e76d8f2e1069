"""Source URLs: what is asked for."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paintings_dedupe.common.web.urls import UrlError, follow, host_of, parse

# What a URL may hold after its host: RFC 3986, and brackets, as browsers do.
LEGAL = "Ab2F9z-._~:/?@!$&'()*+,;=%[]"
ILLEGAL = 'é字 \x00\x7f"<>\\^`{|}\u00a0\U0001f5bc'


@pytest.mark.parametrize(
    ("url", "asked_for"),
    [
        ("http://h/a.jpg", "http://h/a.jpg"),
        ("HTTPS://H/A.jpg", "https://h/A.jpg"),
        ("http://h/a b.jpg?x=%20", "http://h/a%20b.jpg?x=%20"),
        ("http://h/é.jpg", "http://h/%C3%A9.jpg"),
        ("http://h/100%.jpg", "http://h/100%.jpg"),
        ("http://h/%2e%2E/%2fa+b", "http://h/%2e%2E/%2fa+b"),
        ("https://h/?sv=1&sig=a%2Fb%3D", "https://h/?sv=1&sig=a%2Fb%3D"),
        ("http://h:8080/a#part", "http://h:8080/a#part"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        # A space or an accent beside escapes: only what is illegal is escaped.
        ("http://h/é.jpg?src=x%2Fy", "http://h/%C3%A9.jpg?src=x%2Fy"),
        ("http://h/b c.jpg?X-Sig=a%2Fb%3Ac%40d", "http://h/b%20c.jpg?X-Sig=a%2Fb%3Ac%40d"),
        ("http://h/é-%28detail%29.jpg", "http://h/%C3%A9-%28detail%29.jpg"),
        ("http://h/é%c3%a9.jpg", "http://h/%C3%A9%c3%a9.jpg"),
        ("http://h/é/%7E~a%20+b?c=+%2B", "http://h/%C3%A9/%7E~a%20+b?c=+%2B"),
        ("http://h/é 100%.jpg", "http://h/%C3%A9%20100%.jpg"),
        ("http://h/é/../b//c/.", "http://h/%C3%A9/../b//c/."),
        ('http://h/"<{|}>\\^`', "http://h/%22%3C%7B%7C%7D%3E%5C%5E%60"),
        ("http://h/a\x00\x7f\x1bz", "http://h/a%00%7F%1Bz"),
        ("http://h/\udce9", "http://h/%E9"),
        # As browsers do: no line ends and tabs, and no spaces at the ends.
        (" http://h/a\r\n\t.jpg ", "http://h/a.jpg"),
        ("ht\ttp:/\n/h/a", "http://h/a"),
        # Names of hosts outside ASCII, and digits of full width.
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://\uff11.example/", "http://1.example/"),
        ("http://h_1.example.:8000/a", "http://h_1.example.:8000/a"),
        # User and password are sent, whatever is in them.
        ("http://user:at@pass@h/a", "http://user:at%40pass@h/a"),
        ("http://us er:p\u00a0]\\%2F@h/a", "http://us%20er:p%C2%A0%5D%5C%2F@h/a"),
    ],
)
def test_what_is_legal_is_asked_for_as_it_is_spelled(url: str, asked_for: str) -> None:
    """A signature covers the spelling."""
    assert str(parse(url)) == asked_for


@pytest.mark.parametrize(
    ("urls", "host"),
    [
        (["http://h/a", "https://h/", "http://H:/", "http://h:80", "https://u:p@h:0443/"], "h"),
        (["http://h./a", "http://h.:80/"], "h"),
        (["http://h:8000/", "https://h.:08000/"], "h:8000"),
        (["https://h:80/"], "h:80"),
        (["http://[::1]/", "http://[0:0::1]:80/", "http://[0::0001]/"], "[::1]"),
        (["http://[::1]:081/"], "[::1]:81"),
    ],
)
def test_a_host_is_one_however_it_is_spelled(urls: list[str], host: str) -> None:
    assert {host_of(parse(url)) for url in urls} == {host}


@given(st.text(st.sampled_from(LEGAL + ILLEGAL)))
@example("é%2F")
def test_every_legal_character_stays_and_every_other_is_escaped(text: str) -> None:
    expected = "".join(char if char in LEGAL else quote(char, safe="") for char in text)
    assert parse(f"http://h/{text}z").raw_path_qs == f"/{expected}z"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        "picture.jpg",
        "//example.org/a.jpg",
        "http:example.org/a.jpg",
        "http://",
        "http:///a.jpg",
        "http://[::1",
        "http://[::1]x/",
        "http://[::1%25lo]/",
        "http://[::g]/",
        "http://h:99999/",
        "http://h:65536/",
        "http://h:000000000099999/",
        "http://h:port/",
        "http://h:\u0661/",
        "http://user:secret/a.jpg",
        "http://h ost/",
        "http://%68/",
        "http://a..b/",
        "http://.example.org/",
        f"http://{'a' * 64}.example.org/",
        "http://h\\@/",
        "http://\udce9/",
        "http://h/\ud800",
        "ftp://example.org/a.jpg",
        "file:///etc/hostname",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "gopher://example.org/",
    ],
)
def test_what_is_no_http_address_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UrlError, match=r"^not (a usable|an http or https) URL") as caught:
        parse(url)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("port", ["65535", "080", "000000000080"])
def test_a_port_may_have_zeros_in_front(port: str) -> None:
    assert parse(f"http://h:{port}/").port == int(port)


@given(st.text())
@example("http://\udce9/")
@example("http://.example.org/")
@example("http://exa mple.org/")
def test_any_text_is_a_url_or_a_refusal(text: str) -> None:
    try:
        parsed = parse(text)
    except UrlError:
        return
    assert parsed.scheme in ("http", "https")
    assert parsed.host
    assert str(parsed).isascii()


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("http://g/%2f é?a=%7e", "http://g/%2f%20%C3%A9?a=%7e"),
        ("//g/x", "http://g/x"),
        ("//bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("/x?sig=a%2Fb", "http://u:p@h:81/x?sig=a%2Fb"),
        ("c%2fd", "http://u:p@h:81/a/c%2fd"),
        ("../%2e", "http://u:p@h:81/%2e"),
        ("./x/../y/.", "http://u:p@h:81/a/y/"),
        ("/../x", "http://u:p@h:81/x"),
        ("..", "http://u:p@h:81/"),
        ("?x=1", "http://u:p@h:81/a/b?x=1"),
        ("#f", "http://u:p@h:81/a/b?c=%7e#f"),
        ("", "http://u:p@h:81/a/b?c=%7e"),
        # Bytes of UTF-8 and of Latin-1, as aiohttp hands them on.
        (b"/\xc3\xa9 x".decode("utf-8", "surrogateescape"), "http://u:p@h:81/%C3%A9%20x"),
        (b"/\xe9%20x".decode("utf-8", "surrogateescape"), "http://u:p@h:81/%E9%20x"),
    ],
)
def test_a_redirect_leads_where_its_spelling_says(location: str, to: str) -> None:
    assert str(follow(parse("http://u:p@h:81/a/b?c=%7e"), location)) == to


@pytest.mark.parametrize(
    "location", ["http://[::1", "http:x", "file:///x", "//", "http://\udce9/", "/\ud800"]
)
def test_a_redirect_to_no_http_address_is_refused(location: str) -> None:
    with pytest.raises(UrlError, match=r"^not (a usable|an http or https) URL"):
        follow(parse("http://h/a"), location)
