"""Spell the place of a database server in one way."""

from __future__ import annotations

_DEFAULT_PORT = "1433"


def server_location(host: str, port: object = None) -> str:
    """Return where a server is: its name in small letters, and its port if that is not 1433.

    Parameters
    ----------
    host
        As a dbt profile has it, which may be ``tcp:NAME,PORT`` as in other tools.
    port
        What the profile names beside it; None or empty: none.
    """
    name, _, own_port = host.strip().lower().removeprefix("tcp:").partition(",")
    # The dot that ends a full name; a dot alone is this machine.
    name = name.strip().removesuffix(".") or name.strip()
    number = own_port.strip() or str(port or "").strip() or _DEFAULT_PORT
    # Who names an instance asks the server for its port; dbt names none to it.
    return name if number == _DEFAULT_PORT or "\\" in name else f"{name}:{number}"
