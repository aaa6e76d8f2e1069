"""The address that the operators of web sites can write to."""

from __future__ import annotations

from importlib.metadata import version

from paintings_dedupe.common.web.robots import ROBOT

# Names that nobody can own, RFC 2606 and RFC 6761.
_RESERVED = (
    *("example", "example.com", "example.net", "example.org"),
    *("invalid", "localhost", "test"),
)


def real_contact(text: str | None) -> str:
    """Return a contact address, or nothing if it is at a name that nobody can own."""
    contact = (text or "").strip()
    host = contact.rpartition("@")[2].rpartition("://")[2].partition("/")[0].partition(":")[0]
    name = host.casefold().rstrip(".")
    is_reserved = any(name == one or name.endswith(f".{one}") for one in _RESERVED)
    return "" if is_reserved else contact


def user_agent(contact: str) -> str:
    """Return what images are downloaded as, with a contact address or none."""
    return f"{ROBOT}/{version('paintings-dedupe')}{contact and f' (+{contact})'}"
