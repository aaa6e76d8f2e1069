"""Strangers are asked for a handful of images only, unless they are told whom to write to."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest

from paintings_dedupe.common.web.contact import real_contact, user_agent
from paintings_dedupe.common.web.strangers import TRIAL_IMAGES, without_contact

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
STRANGER = "https://museum.org/a.jpg"


@pytest.mark.parametrize(
    "contact",
    [
        *(None, "", " ", "me@example.org", "me@mail.EXAMPLE.com.", "https://example.net/me"),
        *("http://localhost:8000", "me@host.invalid", "https://a.test"),
    ],
)
def test_an_address_that_nobody_can_own_is_none(contact: str | None) -> None:
    assert real_contact(contact) == ""
    assert user_agent(real_contact(contact)).startswith("paintings-dedupe/")
    assert "+" not in user_agent(real_contact(contact))


@pytest.mark.parametrize(
    "contact", ["me@museum.org", "https://museum.org/example.org", "mailto:me@notexample.org"]
)
def test_a_real_address_is_told(contact: str) -> None:
    assert real_contact(f" {contact} ") == contact
    assert user_agent(contact).endswith(f" (+{contact})")


@pytest.mark.parametrize(
    ("contact", "urls", "allowed", "is_refused"),
    [
        ("", [STRANGER] * TRIAL_IMAGES, (), False),
        ("", [STRANGER] * (TRIAL_IMAGES + 1), (), True),
        ("me@museum.org", [STRANGER] * 99, (), False),
        ("", ["http://8.8.8.8/a"] * 6, (LOOPBACK,), True),
        ("", ["http://127.0.0.1/a", "http://localhost/a", "http://10.0.0.1/"] * 6, (), False),
        ("", ["http://h1.museum.test/a", "http://a.invalid./"] * 6, (LOOPBACK,), False),
        # Nobody is asked for what is no URL.
        ("", ["", "ftp://museum.org/a", "http://[", "a.jpg"] * 6, (), False),
    ],
)
def test_more_than_a_handful_needs_an_address(
    contact: str, urls: list[str], allowed: tuple[ipaddress.IPv4Network, ...], is_refused: bool
) -> None:
    error = asyncio.run(without_contact(contact, iter(urls), allowed))
    assert (error is not None) == is_refused
    if error:
        assert "without a contact address" in str(error)
        assert all(way in str(error) for way in ("--contact", "PAINTINGS_CONTACT"))
