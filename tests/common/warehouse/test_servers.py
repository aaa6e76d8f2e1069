"""One server has one spelling, and two servers have two."""

from __future__ import annotations

import pytest

from paintings_dedupe.common.warehouse.servers import server_location

PROD = "prod.database.windows.net"


@pytest.mark.parametrize(
    ("host", "port"),
    [
        (PROD, None),
        (PROD, 1433),
        (PROD, "1433"),
        (f"tcp:{PROD},1433", ""),
        (f" TCP:{PROD.upper()} , 1433 ", 0),
        (f"{PROD}.", 1433),
    ],
)
def test_the_same_server(host: str, port: object) -> None:
    assert server_location(host, port) == PROD


def test_other_servers() -> None:
    found = [
        server_location("localhost", 1433),
        server_location("localhost", 1434),
        server_location("localhost\\DEV", 1433),
        server_location("."),
        server_location("dev.database.windows.net"),
        server_location(""),
    ]
    assert found == [
        *("localhost", "localhost:1434", "localhost\\dev", "."),
        *("dev.database.windows.net", ""),
    ]
    assert server_location("tcp:localhost,1434") == "localhost:1434"
    assert server_location("localhost\\DEV", 1434) == "localhost\\dev"
