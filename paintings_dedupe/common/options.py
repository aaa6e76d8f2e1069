"""The options that several command lines have."""

from __future__ import annotations

import ipaddress
from dataclasses import fields
from typing import Any, TypeVar

import click

from paintings_dedupe.common.web.addresses import IPNetwork, literal_address

Made = TypeVar("Made")


def taken(kind: type[Made], options: dict[str, Any]) -> Made:
    """Make a dataclass from the options that have the names of its fields, and remove them."""
    names = {one.name for one in fields(kind)} & options.keys()  # type: ignore[arg-type]
    return kind(**{name: options.pop(name) for name in names})


class NetworkType(click.ParamType[IPNetwork]):
    """One network, such as 10.0.0.0/8, 127.0.0.1 or fd00::/8."""

    name = "NETWORK"

    def convert(self, value: Any, param: Any, ctx: Any) -> IPNetwork:
        try:
            return ipaddress.ip_network(value)
        except ValueError as error:
            hint = ""
            if literal_address(str(value).partition("/")[0]) is None:
                hint = ". Host names are not accepted; for this machine, write 127.0.0.1"
            return self.fail(f"{error}{hint}", param, ctx)


class ContactType(click.ParamType[str]):
    """A contact address, which is sent in a header of HTTP."""

    name = "ADDRESS"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        contact = str(value).strip()
        if not contact.isprintable():
            self.fail("it contains a line break or another invisible character", param, ctx)
        return contact


private_hosts_option = click.option(
    "--allow-private-hosts",
    type=NetworkType(),
    multiple=True,
    # For when the command line cannot be changed. Several networks are separated by spaces.
    envvar="PAINTINGS_ALLOW_PRIVATE_HOSTS",
    show_envvar=True,
    help="A private or loopback network that images may be downloaded from, such as 10.0.0.0/8. "
    "Can be given several times.  [default: public addresses only]",
)
ignore_robots_option = click.option(
    "--ignore-robots-tag",
    is_flag=True,
    help="Download images even if the X-Robots-Tag of their site forbids it with noai, noimageai, "
    "noindex or noimageindex.",
)
contact_option = click.option(
    "--contact",
    type=ContactType(),
    envvar="PAINTINGS_CONTACT",
    show_envvar=True,
    help="Contact address sent in the User-Agent: a URL or email address for the operators of web "
    "sites. Without one, public hosts are asked for five images at most.  [default: the dbt var "
    "images_contact, unless its domain is one for examples]",
)
