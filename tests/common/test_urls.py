"""Source URLs: what is asked for, and what is told of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.urls import UrlError, parse, redact, source_key

SECRET = "c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"  # noqa: S105 (opens nothing)
# A path of an image, without a secret.
PATH = "example.org/a/b.jpg"
# What a value in a query, and what a password in front of a host, may be made of.
VALUES = st.text(st.sampled_from("Ab9%+/=_-.~:@!$'()*,"), min_size=8)
PASSWORDS = st.text(st.sampled_from("Ab9%+=_-.~:@!$&'()*,;"), min_size=8)


@pytest.mark.parametrize(
    ("url", "asked_for"),
    [
        ("http://h/a.jpg", "http://h/a.jpg"),
        ("HTTPS://h/a.jpg", "https://h/a.jpg"),
        ("http://h/a b.jpg?x=%20", "http://h/a%20b.jpg?x=%20"),
        ("http://h/é.jpg", "http://h/%C3%A9.jpg"),
        ("http://h/100%.jpg", "http://h/100%.jpg"),
        ("http://h/%2e%2E/%2fa+b", "http://h/%2e%2E/%2fa+b"),
        ("https://h/?sv=1&sig=a%2Fb%3D", "https://h/?sv=1&sig=a%2Fb%3D"),
        ("http://h:8080/a#part", "http://h:8080/a#part"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
    ],
)
def test_what_is_legal_is_asked_for_as_it_is_spelled(url: str, asked_for: str) -> None:
    """A signature covers the spelling."""
    assert str(parse(url)) == asked_for


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        "picture.jpg",
        "//example.org/a.jpg",
        "http://",
        "http:///a.jpg",
        "http://[::1",
        "http://h:99999/",
        "http://h:port/",
        "ftp://example.org/a.jpg",
        "file:///etc/hostname",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "gopher://example.org/",
    ],
)
def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(UrlError, match=r"^not (a usable|an http or https) URL"):
        parse(url)


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


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            f"https://acct.blob.core.windows.net/a.jpg?sv=2024-01-01&sig={SECRET}&sp=r",
            "https://acct.blob.core.windows.net/a.jpg?sv=2024-01-01&sig=REDACTED&sp=r",
        ),
        (
            f"https://b.s3.amazonaws.com/a?X-Amz-Credential={SECRET}&X-Amz-Signature={SECRET}",
            "https://b.s3.amazonaws.com/a?X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED",
        ),
        (
            f"https://storage.googleapis.com/a?X-Goog-Signature={SECRET}&x-goog-date=1",
            "https://storage.googleapis.com/a?X-Goog-Signature=REDACTED&x-goog-date=1",
        ),
        (
            f"https://d.cloudfront.net/a?Policy={SECRET}&Signature={SECRET}&Key-Pair-Id={SECRET}",
            "https://d.cloudfront.net/a?Policy=REDACTED&Signature=REDACTED&Key-Pair-Id=REDACTED",
        ),
        (f"http://user:{SECRET}@h/a", "http://REDACTED@h/a"),
        (f"http://{SECRET}@h/a", "http://REDACTED@h/a"),
        (f"http://user:at@{SECRET}@h/a", "http://REDACTED@h/a"),
        (f"ftp://user:{SECRET}@h/a", "ftp://REDACTED@h/a"),
        (f"http://h/a#access_token={SECRET}", "http://h/a#access_token=REDACTED"),
        (
            f"cannot get http://user:{SECRET}@h/a?token={SECRET} at all",
            "cannot get http://REDACTED@h/a?token=REDACTED at all",
        ),
        ("http://h/a@b.jpg?size=3&design=x", "http://h/a@b.jpg?size=3&design=x"),
        ("mail painters@example.org", "mail painters@example.org"),
    ],
)
def test_secrets_are_replaced_and_nothing_else(url: str, told: str) -> None:
    assert redact(url) == told


@given(
    st.sampled_from(["sig", "Signature", "X-Amz-Signature", "access_token", "api_key", "password"]),
    VALUES,
    st.sampled_from(["?", "?a=1&", "?a=1;", "#"]),
    st.sampled_from(["", "&b=2", "#part", " (HTTP 404)"]),
)
def test_no_secret_value_of_a_query_survives(
    name: str, value: str, before: str, behind: str
) -> None:
    told = redact(f"https://{PATH}{before}{name}={value}{behind}")
    assert told == f"https://{PATH}{before}{name}=REDACTED{behind}"


@given(PASSWORDS, st.sampled_from(["http", "https", "HTTPS", "ftp"]))
def test_no_password_survives(password: str, scheme: str) -> None:
    assert redact(f"{scheme}://user:{password}@{PATH}") == f"{scheme}://REDACTED@{PATH}"


def test_a_renewed_signature_is_the_same_source() -> None:
    one, other = (f"https://{PATH}?page=1&sig={value}" for value in ("old", "new%3D"))
    assert source_key(one) == source_key(other)
    assert source_key(one) != source_key(f"https://{PATH}?page=2&sig=old")
    assert SECRET not in source_key(f"https://{PATH}?sig={SECRET}")
