"""Where a download may connect to: the public internet, and what is allowed by name."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.addresses import AddressRule, ForbiddenAddressError

PUBLIC = AddressRule()
# Every way in which an IPv6 address carries an IPv4 address.
CARRIERS = {
    "mapped": lambda four: f"::ffff:{four}",
    "compatible": lambda four: f"::{four}",
    "NAT64": lambda four: f"64:ff9b::{four}",
    "local NAT64": lambda four: f"64:ff9b:1::{four}",
    "6to4": lambda four: str(ipaddress.IPv6Address(0x2002 << 112 | int(four) << 80)),
    "Teredo": lambda four: str(
        ipaddress.IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | int(four) ^ 0xFFFFFFFF)
    ),
}


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "93.184.216.34", "100.63.255.255", "172.32.0.1", "223.255.255.1"),
        *("2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
        "2002:808:808::1",
    ],
)
def test_the_public_internet_may_be_reached(address: str) -> None:
    assert PUBLIC.permits(address)


@pytest.mark.parametrize(
    "address",
    [
        # This machine and this network.
        *("0.0.0.0", "0.1.2.3"),  # noqa: S104 (nothing listens)
        *("127.0.0.1", "127.255.255.254", "::", "::1"),
        # Private networks; behind a carrier's NAT; between providers.
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.0.1"),
        *("192.0.0.1", "198.18.0.1", "fc00::1", "fd12:3456::1", "fec0::1"),
        # Link-local: the metadata service of every cloud.
        *("169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"),
        # Multicast, broadcast, reserved.
        *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "ff02::1", "ff0e::1"),
        # Documentation, discarded, not given out.
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "100::1", "4000::1", "::2"),
    ],
)
def test_nothing_else_may_be_reached(address: str) -> None:
    assert not PUBLIC.permits(address)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("four", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "224.0.0.1"])
def test_an_address_is_judged_by_the_one_that_it_carries(carrier: str, four: str) -> None:
    address = CARRIERS[carrier](ipaddress.IPv4Address(four))
    assert not PUBLIC.permits(address), address


@given(st.ip_addresses(v=4).filter(lambda four: not PUBLIC.permits(str(four))))
def test_no_carrier_gets_a_forbidden_address_through(four: ipaddress.IPv4Address) -> None:
    for carry in CARRIERS.values():
        assert not PUBLIC.permits(carry(four))


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "0"),
        *("2852039166", "0xa9fea9fe", "localhost"),
    ],
)
def test_no_spelling_of_a_host_gets_around_it(host: str) -> None:
    """What is judged is the address that the system makes of the name."""
    found = socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM)
    assert found
    for *_, address in found:
        assert not PUBLIC.permits(str(address[0]))


def test_a_network_can_be_allowed_and_no_other() -> None:
    rule = AddressRule((ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1")))
    for address in ("10.1.2.3", "::1", "8.8.8.8", "::ffff:8.8.8.8"):
        assert rule.permits(address)
    for address in ("127.0.0.1", "192.168.0.1", "::ffff:127.0.0.1", "fd00::1"):
        assert not rule.permits(address)
    assert rule.permits("::ffff:10.1.2.3")


def test_no_socket_is_made_for_a_forbidden_address() -> None:
    open_socket = AddressRule((ipaddress.ip_network("127.0.0.1"),)).socket_factory()
    (info,) = socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    open_socket(info).close()
    (info,) = socket.getaddrinfo("127.0.0.2", 80, type=socket.SOCK_STREAM)
    with pytest.raises(ForbiddenAddressError, match=r"^127.0.0.2 is not a public address"):
        open_socket(info)
