"""The address that the operators of web sites can write to."""

from __future__ import annotations

import re
from importlib.metadata import version

from paintings_dedupe.common.web.robots import ROBOT

# Names that nobody can own, RFC 2606 and RFC 6761.
_RESERVED = (
    *("example", "example.com", "example.net", "example.org"),
    *("invalid", "localhost", "test"),
)
# The host after the scheme of a URL or the @ of an email address.
_HOST = re.compile(r"(?:://|@)([\w.-]+)")


def real_contact(text: str | None) -> str:
    """Return a contact address, or nothing if it is at a name that nobody can own.

    Text without a URL or an email address counts as nothing, too.
    """
    contact = (text or "").strip()
    hosts = [host.rstrip(".") for host in _HOST.findall(contact.casefold())]
    is_reserved = any(
        host == one or host.endswith(f".{one}") for host in hosts for one in _RESERVED
    )
    return contact if hosts and not is_reserved else ""


def user_agent(contact: str) -> str:
    """Return what images are downloaded as, with a contact address or none."""
    return f"{ROBOT}/{version('paintings-dedupe')}{contact and f' (+{contact})'}"
