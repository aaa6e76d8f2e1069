"""Decide which network addresses may be connected to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# RFC 6052: IPv6 addresses that a NAT64 gateway turns into the IPv4 address in their last 32 bits.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# All that is given out for hosts of the public internet:
# https://www.iana.org/assignments/ipv6-address-space
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


class ForbiddenAddressError(OSError):
    """A host name led to an address that is not on the public internet."""


@dataclass(frozen=True)
class AddressRule:
    """Public unicast addresses, and those of `allowed`.

    Attributes
    ----------
    allowed
        Networks that may be connected to although they are private, loopback or the like.
    """

    allowed: Sequence[IPNetwork] = ()

    def permits(self, text: str) -> bool:
        """Whether `text`, an IPv4 or IPv6 address, may be connected to.

        An address that carries an IPv4 address within (mapped, 6to4, Teredo, NAT64) is judged by
        that one, too. By the registries of RFC 6890 as Python's `ipaddress` knows them.
        """
        address = ipaddress.ip_address(text.partition("%")[0])
        return all(self._permits(one) for one in (address, *_embedded(address)))

    def _permits(self, address: IPAddress) -> bool:
        if any(address in network for network in self.allowed):
            return True
        if isinstance(address, ipaddress.IPv6Address):
            # What they carry is judged apart.
            if address.ipv4_mapped or address in _NAT64:
                return True
            return address in _GLOBAL_UNICAST and address.is_global
        return address.is_global and not address.is_multicast

    def socket_factory(self) -> Callable[[Any], socket.socket]:
        """What opens a socket for one resolved address, or refuses to.

        It runs at connect time on the very address that is connected to, so that neither a
        redirect nor a name that resolves to something else the second time gets around it.
        """

        def open_socket(address_info: Any) -> socket.socket:
            family, kind, protocol, _, address = address_info
            if not self.permits(address[0]):
                raise ForbiddenAddressError(
                    f"{address[0]} is not a public address (--allow-private-hosts would permit it)"
                )
            return socket.socket(family, kind, protocol)

        return open_socket


def _embedded(address: IPAddress) -> list[IPAddress]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[IPAddress | None] = [address.ipv4_mapped, address.sixtofour]
    if address.teredo:
        found.extend(address.teredo)
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]
