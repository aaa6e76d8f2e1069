"""Normalise the address of a database server."""

from __future__ import annotations

_DEFAULT_PORT = "1433"


def server_location(host: str, port: object = None) -> str:
    """Return the address of a server: its lower-case name, and its port if that is not 1433.

    Parameters
    ----------
    host
        The host in a dbt profile, which may be ``tcp:NAME,PORT`` as in other tools.
    port
        The port in the profile; None or empty if there is none.
    """
    name, _, own_port = host.strip().lower().removeprefix("tcp:").partition(",")
    # The dot that ends a fully qualified name. A dot alone means this machine.
    name = name.strip().removesuffix(".") or name.strip()
    number = own_port.strip() or str(port or "").strip() or _DEFAULT_PORT
    # A client that names an instance asks the server for its port; dbt gives none.
    return name if number == _DEFAULT_PORT or "\\" in name else f"{name}:{number}"
