"""Decide which network addresses may be connected to."""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# Networks without hosts of the public web. The list is our own, because Python's `ipaddress`
# differs between its versions and does not contain the metadata addresses of clouds. Blocks that
# the registries call globally reachable are included if they serve protocols instead of web sites.
_FORBIDDEN = (
    # https://www.iana.org/assignments/iana-ipv4-special-registry
    "0.0.0.0/8",  # this network, RFC 791
    "10.0.0.0/8",  # private use, RFC 1918
    "100.64.0.0/10",  # behind a carrier's NAT, RFC 6598; Alibaba's metadata: 100.100.100.200
    "127.0.0.0/8",  # loopback, RFC 1122
    "169.254.0.0/16",  # link-local, RFC 3927; most clouds' metadata: 169.254.169.254
    "172.16.0.0/12",  # private use, RFC 1918
    "192.0.0.0/24",  # protocol assignments, RFC 6890; Oracle's metadata: 192.0.0.192
    "192.0.2.0/24",  # documentation, RFC 5737
    "192.31.196.0/24",  # AS112, RFC 7535
    "192.52.193.0/24",  # multicast tunnels, RFC 7450
    "192.88.99.0/24",  # relays of 6to4, deprecated, RFC 7526
    "192.168.0.0/16",  # private use, RFC 1918
    "192.175.48.0/24",  # AS112, RFC 7534
    "198.18.0.0/15",  # benchmarks, RFC 2544
    "198.51.100.0/24",  # documentation, RFC 5737
    "203.0.113.0/24",  # documentation, RFC 5737
    "224.0.0.0/4",  # multicast, RFC 5771
    "240.0.0.0/4",  # reserved, RFC 1112; broadcast, RFC 8190
    # https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in 2000::/3
    "2001::/23",  # protocol assignments, RFC 2928: Teredo, benchmarks, ORCHID, drones ...
    "2001:db8::/32",  # documentation, RFC 3849
    "2620:4f:8000::/48",  # AS112, RFC 7534
    "3fff::/20",  # documentation, RFC 9637
    # What clouds offer to their own machines on addresses that look public.
    "168.63.129.16/32",  # https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    # IBM: resolvers, mirrors and object storage; and the private endpoints of all other services.
    # The addresses look public, but what is sent there never leaves IBM's cloud.
    # https://cloud.ibm.com/docs/vpc?topic=vpc-service-endpoints-for-vpc
    "161.26.0.0/16",
    "166.8.0.0/14",
)
# All of IPv6 that is given out for hosts of the public internet. Outside it are loopback,
# link-local, site-local and unique local addresses (such as the metadata of AWS, fd00:ec2::254),
# 5f00::/16, multicast, and every way but two of writing an IPv4 address.
# https://www.iana.org/assignments/ipv6-address-space
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# The two are judged by the IPv4 address that is in their last 32 bits: mapped addresses, RFC 4291,
# and those that a NAT64 gateway translates, RFC 6052.
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# An IPv4 address follows the prefix: RFC 3056.
_6TO4 = ipaddress.IPv6Network("2002::/16")
# The upper half of an interface identifier of ISATAP, before an IPv4 address: RFC 5214, 6.1.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)

_FORBIDDEN_NETWORKS: dict[int, tuple[IPNetwork, ...]] = {
    version: tuple(
        network for network in map(ipaddress.ip_network, _FORBIDDEN) if network.version == version
    )
    for version in (4, 6)
}
# A part of an IPv4 address as inet_aton(3) reads it.
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")


class ForbiddenAddressError(OSError):
    """A host name leads to an address that is not on the public internet."""


@dataclass(frozen=True)
class AddressRule:
    """Public unicast addresses, and those of `allowed`.

    Attributes
    ----------
    allowed
        Networks that may be connected to although they are private, loopback or similar.
    """

    allowed: Sequence[IPNetwork] = ()

    def permits(self, text: str) -> bool:
        """Whether `text`, an IPv4 or IPv6 address, may be connected to.

        An address that contains an IPv4 address (mapped, NAT64, 6to4, ISATAP) is judged by that
        one, too.
        """
        return self._permits(ipaddress.ip_address(text.partition("%")[0]))

    def check(self, text: str) -> None:
        """Check that `text`, an IPv4 or IPv6 address, may be connected to.

        Raises
        ------
        ForbiddenAddressError
            When it may not.
        """
        if not self.permits(text):
            raise ForbiddenAddressError(
                f"{text} is not a public address (--allow-private-hosts would allow it)"
            )

    def check_literal(self, host: str) -> None:
        """Check that `host`, a name or an address in any spelling, may be requested.

        For a request through a proxy, which resolves names itself, so that only what is written in
        the URL can be judged here.

        Raises
        ------
        ForbiddenAddressError
            When it is a forbidden address or a name of this machine.
        """
        address = literal_address(host)
        if address is not None:
            self.check(str(address))
        elif host.lower().rstrip(".").rpartition(".")[2] == "localhost":
            self.check("127.0.0.1")

    def socket_factory(self) -> Callable[[Any], socket.socket]:
        """Return a function that opens a socket for one resolved address, or refuses to.

        It runs at connect time with the address that is connected to, so neither a redirect nor a
        name that resolves differently the second time can bypass it.
        """

        def open_socket(address_info: Any) -> socket.socket:
            family, kind, protocol, _, address = address_info
            self.check(address[0])
            return socket.socket(family, kind, protocol)

        return open_socket

    def _permits(self, address: IPAddress) -> bool:
        if isinstance(address, ipaddress.IPv4Address):
            return self._permits_alone(address)
        if address in _MAPPED or address in _NAT64:
            return self._permits(_ipv4(address, 0))
        if not self._permits_alone(address):
            return False
        if address in _6TO4 and not self._permits(_ipv4(address, 80)):
            return False
        return not _is_isatap(address) or self._permits(_ipv4(address, 0))

    def _permits_alone(self, address: IPAddress) -> bool:
        if any(address in network for network in self.allowed):
            return True
        if address.version == 6 and address not in _GLOBAL_UNICAST:  # noqa: PLR2004
            return False
        return not any(address in network for network in _FORBIDDEN_NETWORKS[address.version])


def literal_address(host: str) -> IPAddress | None:
    """Return the address that `host` is, in any spelling that resolvers accept; None for a name.

    Such as ``127.1``, ``0x7f000001``, ``017700000001``, ``[::1]``, and full-width digits.
    """
    text = unicodedata.normalize("NFKC", host).replace("\u3002", ".").rstrip(".")
    try:
        return ipaddress.IPv6Address(text.strip("[]").partition("%")[0])
    except ValueError:
        pass
    parts = text.split(".")
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):  # noqa: PLR2004 (IPv4)
        return None
    try:
        *first, last = (_number(part) for part in parts)
    except ValueError:
        return None
    # The last part fills all remaining bytes.
    if any(part > 0xFF for part in first) or last >> 8 * (4 - len(first)):  # noqa: PLR2004
        return None
    shifts = range(24, -1, -8)
    return ipaddress.IPv4Address(
        last | sum(part << shift for part, shift in zip(first, shifts, strict=False))
    )


def _number(text: str) -> int:
    """Read a number in base 8, 10 or 16, in C notation."""
    if text[:2] in ("0x", "0X"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text[0] == "0" else 10)


def _ipv4(address: ipaddress.IPv6Address, lowest_bit: int) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) >> lowest_bit & 0xFFFF_FFFF)


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    return int(address) >> 32 & 0xFFFF_FFFF in _ISATAP
