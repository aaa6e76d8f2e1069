"""Decide whether a program may ask web sites for images without a contact address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence

from paintings_dedupe.common.errors import UserError
from paintings_dedupe.common.web.addresses import AddressRule, IPNetwork, literal_address
from paintings_dedupe.common.web.urls import UrlError, parse

# A trial may ask strangers for this many images without a contact address.
TRIAL_IMAGES = 5
# After so many, other tasks of the event loop have a turn.
_URLS_A_TURN = 1_000
_PUBLIC = AddressRule()
# Names that lead to no web site of others, RFC 6761.
_NOBODYS = ("invalid", "localhost", "test")


class NoContactError(UserError):
    """The run would ask web sites for images without a contact address."""


async def without_contact(
    contact: str, urls: Iterable[str], allowed: Sequence[IPNetwork]
) -> NoContactError | None:
    """Return an error if a run without a contact address would ask strangers for many images.

    Strangers are the hosts of the URLs, except for this machine, addresses that are not public, and
    names that the internet does not have.
    What a name leads to is looked up only if some private networks are allowed, because otherwise
    only public addresses are connected to.

    Parameters
    ----------
    contact
        The contact address, or nothing.
    urls
        The URLs of the images that the run would ask for.
    allowed
        The networks that may be connected to although they are not public.
    """
    if contact:
        return None
    images = 0
    known: dict[str, bool] = {}
    for number, url in enumerate(urls):
        if not number % _URLS_A_TURN:
            await asyncio.sleep(0)
        try:
            host = parse(url).raw_host or ""
        except UrlError:
            # Nobody is asked for it.
            continue
        if host not in known:
            known[host] = await _is_stranger(host, bool(allowed))
        images += known[host]
        if images > TRIAL_IMAGES:
            return NoContactError(
                f"the run would ask web sites such as {host} for more than {TRIAL_IMAGES} images "
                "without a contact address. Their operators must be able to reach you: give your "
                "URL or email address as --contact, as the variable PAINTINGS_CONTACT, or as the "
                "var images_contact of dbt."
            )
    return None


async def _is_stranger(host: str, look_up: bool) -> bool:
    address = literal_address(host)
    if address is not None:
        return _PUBLIC.permits(str(address))
    if host.casefold().rstrip(".").rpartition(".")[2] in _NOBODYS:
        return False
    if not look_up:
        return True
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        # Perhaps a proxy knows it.
        return True
    return any(_PUBLIC.permits(str(address[0])) for *_, address in found)
