"""The hosts that no download may reach: one table for the rule, the uploader and ingest."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from paintings_dedupe.common.web.addresses import IPAddress


@dataclass(frozen=True)
class Forbidden:
    """A host as it may stand in a URL.

    Attributes
    ----------
    host
        Its name or address; of IPv6, in brackets.
    addresses
        What it leads to: one of them.
    group
        What is special in it.
    """

    host: str
    addresses: frozenset[IPAddress]
    group: str

    def __str__(self) -> str:
        return f"{self.group} {self.host.encode('ascii', 'backslashreplace').decode()}"


def _forbidden(group: str, host: str, *addresses: str) -> Forbidden:
    leads_to = addresses or (host.strip("[]"),)
    return Forbidden(host, frozenset(map(ipaddress.ip_address, leads_to)), group)


# Every way in which an IPv6 address carries an IPv4 address.
CARRIERS: dict[str, Callable[[ipaddress.IPv4Address], str]] = {
    "mapped": lambda four: f"::ffff:{four}",
    "compatible": lambda four: f"::{four}",
    "NAT64": lambda four: f"64:ff9b::{four}",
    "local NAT64": lambda four: f"64:ff9b:1::{four}",
    "6to4": lambda four: str(ipaddress.IPv6Address(0x2002 << 112 | int(four) << 80)),
    "ISATAP": lambda four: str(ipaddress.IPv6Address(0x26064700 << 96 | 0x5EFE << 32 | int(four))),
    "ISATAP, unique": lambda four: str(
        ipaddress.IPv6Address(0x26064700 << 96 | 0x02005EFE << 32 | int(four))
    ),
    "translated": lambda four: f"::ffff:0:{four}",
    "Teredo": lambda four: str(
        ipaddress.IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | int(four) ^ 0xFFFFFFFF)
    ),
}
_CARRIED = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "224.0.0.1")

_FOUR = (
    # This machine and this network.
    *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254"),  # noqa: S104 (not bound)
    # Private networks; behind a carrier's NAT; between providers.
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.1"),
    *("100.64.0.1", "100.127.0.1", "192.0.0.1", "192.88.99.1", "198.18.0.1"),
    # What clouds tell their own machines.
    *("169.254.169.254", "169.254.170.2", "168.63.129.16", "192.0.0.192", "100.100.100.200"),
    # Multicast, broadcast, reserved; documentation.
    *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1"),
)
_SIX = (
    # This machine, this network, and the metadata of a cloud in it.
    *("::", "::1", "fc00::1", "fd00::1", "fd12:3456::1", "fec0::1", "fe80::1", "fd00:ec2::254"),
    # Multicast; documentation, discarded, not given out, of protocols.
    *("ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "4000::1", "::2", "2001:1::1"),
)
# How else resolvers let an address be written.
_SPELLED = {
    "127.0.0.1": (
        *("127.1", "127.0.1", "0x7f.1", "0X7F.0.0.1", "0177.0.0.1", "017700000001"),
        *("2130706433", "0x7f000001", "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "①②⑦.0.0.1"),
    ),
    "169.254.169.254": ("2852039166", "0xa9fea9fe"),
    "0.0.0.0": ("0",),  # noqa: S104 (not bound)
}

FORBIDDEN: tuple[Forbidden, ...] = (
    *(_forbidden("IPv4", host) for host in _FOUR),
    *(_forbidden("IPv6", f"[{host}]") for host in _SIX),
    *(
        _forbidden("spelled", host, address)
        for address, hosts in _SPELLED.items()
        for host in hosts
    ),
    *(
        _forbidden(f"IPv4 in IPv6, {name}", f"[{carry(ipaddress.IPv4Address(four))}]")
        for name, carry in CARRIERS.items()
        for four in _CARRIED
    ),
    # Names of this machine that need no DNS.
    *(_forbidden("name", host, "127.0.0.1", "::1") for host in ("localhost", "LOCALHOST")),
)


def named_address(reason: str) -> IPAddress:
    """The address that the reason of a refusal names."""
    found = re.match(r"(\S+) is not a public address \(--allow-private-hosts would allow", reason)
    assert found, reason
    return ipaddress.ip_address(found[1].strip("[]"))


@contextmanager
def watched_port() -> Iterator[tuple[int, Callable[[], bool]]]:
    """Yield a port of all addresses of this machine, and whether anybody has connected to it."""
    listen = partial(socket.create_server, ("", 0))
    if socket.has_dualstack_ipv6():
        listen = partial(listen, family=socket.AF_INET6, dualstack_ipv6=True)
    with listen() as listener:

        def was_connected_to() -> bool:
            listener.settimeout(0)
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield listener.getsockname()[1], was_connected_to
