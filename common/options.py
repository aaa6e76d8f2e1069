"""The kind of value that an option of several command lines takes."""

from __future__ import annotations

import ipaddress
from typing import Any

import click

from common.addresses import IPNetwork

# For `--allow-private-hosts` where a command line cannot be changed; several, with spaces between.
ALLOWED_HOSTS_VARIABLE = "PAINTINGS_ALLOW_PRIVATE_HOSTS"


class NetworkType(click.ParamType[IPNetwork]):
    """One network, such as 10.0.0.0/8, 127.0.0.1 or fd00::/8."""

    name = "NETWORK"

    def convert(self, value: Any, param: Any, ctx: Any) -> IPNetwork:
        try:
            return ipaddress.ip_network(value)
        except ValueError as error:
            return self.fail(f"{error}", param, ctx)
