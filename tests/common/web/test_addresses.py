"""Where a download may connect to: the public internet, and what is allowed by name."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from paintings_dedupe.common.web.addresses import (
    AddressRule,
    ForbiddenAddressError,
    literal_address,
)
from tests.helpers.addresses import CARRIERS, FORBIDDEN, Forbidden

PUBLIC = AddressRule()
# The IANA registries of special-purpose addresses, as of October 2025: every block of them.
# https://www.iana.org/assignments/iana-ipv4-special-registry
# https://www.iana.org/assignments/iana-ipv6-special-registry
REGISTRY = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
192.0.0.0/24 192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32
192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16
192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 255.255.255.255/32
::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128
2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28
2001:30::/28 2001:db8::/32 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10
"""
# And what other registries say that no host of the public web has: multicast, site-local
# addresses (RFC 3879), IPv4 addresses in forms that are no longer used, and all that is not given
# out. https://www.iana.org/assignments/ipv6-address-space
OTHERS = """
224.0.0.0/4 ff00::/8 fec0::/10 ::/96 ::ffff:0:0:0/96
::/8 100::/8 200::/7 400::/6 800::/5 1000::/4 4000::/2 8000::/1
"""
# Where the clouds keep what only their own machines may ask for.
CLOUDS = """
169.254.169.254/32 169.254.170.2/32 fd00:ec2::254/128 fd20:ce::254/128 168.63.129.16/32
192.0.0.192/32 100.100.100.200/32 169.254.42.42/32 fd00:42::42/128 161.26.0.0/16 166.8.0.0/14
"""
CLOSED = [ipaddress.ip_network(text) for text in f"{REGISTRY} {OTHERS} {CLOUDS}".split()]
# What of these carries an IPv4 address, by which it is judged.
CARRYING = [ipaddress.ip_network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96")]


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "93.184.216.34", "100.63.255.255", "172.32.0.1", "223.255.255.1"),
        *("2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
        *("2002:808:808::1", "2606:4700::5efe:808:808", "168.63.129.15", "168.63.129.17"),
    ],
)
def test_the_public_internet_may_be_reached(address: str) -> None:
    assert PUBLIC.permits(address)


@pytest.mark.parametrize("one", FORBIDDEN, ids=str)
def test_nothing_else_may_be_reached(one: Forbidden) -> None:
    for address in one.addresses:
        assert not PUBLIC.permits(str(address))


def test_the_network_of_an_address_does_not_count() -> None:
    assert not PUBLIC.permits("fe80::1%eth0")


@pytest.mark.parametrize("network", CLOSED, ids=str)
@given(st.data())
def test_no_address_of_a_special_block_may_be_reached(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network, data: st.DataObject
) -> None:
    """Whatever the installed Python believes of it."""
    number = data.draw(st.integers(0, network.num_addresses - 1))
    for address in (network[0], network[-1], network[number]):
        if not any(address in carrying for carrying in CARRYING):
            assert not PUBLIC.permits(str(address))


@given(st.ip_addresses())
@example(ipaddress.ip_address("2001:200::"))
@example(ipaddress.ip_address("192.0.1.0"))
@example(ipaddress.ip_address("3fff:1000::"))
def test_every_address_outside_them_may_be_reached(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    six_to_four = address in ipaddress.ip_network("2002::/16")
    isatap = address.version == 6 and (int(address) >> 32 & 0xFDFFFFFF) == 0x5EFE
    assume(not six_to_four and not isatap)
    assume(not any(address in network for network in (*CLOSED, *CARRYING)))
    assert PUBLIC.permits(str(address))


@pytest.mark.parametrize("network", CLOSED, ids=str)
def test_the_neighbours_of_a_special_block_are_its_only_limit(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    """No block of the list is wider than its registry says."""
    kind = type(network[0])
    for number in (int(network[0]) - 1, int(network[-1]) + 1):
        if 0 <= number < 1 << network.max_prefixlen:
            neighbour = kind(number)
            if not any(neighbour in one for one in (*CLOSED, *CARRYING)):
                assert PUBLIC.permits(str(neighbour))


@given(st.ip_addresses(v=4).filter(lambda four: not PUBLIC.permits(str(four))))
def test_no_carrier_gets_a_forbidden_address_through(four: ipaddress.IPv4Address) -> None:
    for carry in CARRIERS.values():
        assert not PUBLIC.permits(carry(four))


@pytest.mark.parametrize(
    "one",
    [one for one in FORBIDDEN if one.group in ("spelled", "name") and one.host.isascii()],
    ids=str,
)
def test_no_spelling_of_a_host_gets_around_it(one: Forbidden) -> None:
    """What is judged is the address that the system makes of the name."""
    found = socket.getaddrinfo(one.host, 80, type=socket.SOCK_STREAM)
    assert found
    for *_, address in found:
        assert ipaddress.ip_address(address[0]) in one.addresses
        assert not PUBLIC.permits(str(address[0]))


@pytest.mark.parametrize("one", [one for one in FORBIDDEN if one.group != "name"], ids=str)
def test_an_address_of_the_table_is_known_as_it_is_spelled(one: Forbidden) -> None:
    assert literal_address(one.host) in one.addresses


@pytest.mark.parametrize(
    ("host", "address"),
    [
        *(
            (host, "127.0.0.1")
            for host in ("127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0X7F.0.0.1")
        ),
        *((host, "127.0.0.1") for host in ("0177.0.0.1", "2130706433", "0x7f000001", "127.1.")),
        *(
            (host, "127.0.0.1")
            for host in ("\uff11\uff12\uff17.0.0.1", "①②⑦.0.0.1", "127。0。0。1")
        ),
        *((host, "::1") for host in ("[::1]", "::1", "[::1%25lo]", "[0:0::1]")),
        ("[::ffff:7f00:1]", "::ffff:7f00:1"),
        ("0x", "0.0.0.0"),  # noqa: S104 (nothing listens)
        ("8.8.2056", "8.8.8.8"),
        ("4294967295", "255.255.255.255"),
    ],
)
def test_an_address_is_known_in_any_spelling(host: str, address: str) -> None:
    """What a proxy is asked for is judged by its spelling: nothing is resolved here."""
    assert literal_address(host) == ipaddress.ip_address(address)


@pytest.mark.parametrize(
    "host",
    [
        *("example.org", "127.0.0.1.example.org", "1.2.3.4.5", "256.1.1.1", "1.256.1", "1.2.65536"),
        *("4294967296", "08.1.1.1", "0xg.1", "", "1..2", "a", "[v1.x]", "-1", "1 .1"),
    ],
)
def test_a_name_is_no_address(host: str) -> None:
    assert literal_address(host) is None
    PUBLIC.check_literal(host)


@given(st.ip_addresses(v=4), st.sampled_from([hex, oct, str]), st.integers(1, 4))
def test_every_spelling_that_the_system_reads_is_read_alike(
    address: ipaddress.IPv4Address, base: Callable[[int], str], parts: int
) -> None:
    number = int(address)
    shifts = [24, 16, 8][: parts - 1]
    written = [number >> shift & 0xFF for shift in shifts]
    written.append(number & (1 << 8 * (5 - parts)) - 1)
    text = ".".join(base(part).replace("0o", "0") for part in written)
    assert socket.inet_aton(text) == address.packed
    assert literal_address(text) == address


@pytest.mark.parametrize(
    "host", ["127.1", "0xa9fea9fe", "[::1]", "localhost", "LOCALHOST.", "a.localhost", "10.0.0.1"]
)
def test_what_is_plainly_private_is_refused_before_a_proxy_is_asked(host: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="is not a public address"):
        PUBLIC.check_literal(host)
    allowed = [ipaddress.ip_network(text) for text in ("0.0.0.0/0", "::/0")]
    AddressRule(allowed).check_literal(host)


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
