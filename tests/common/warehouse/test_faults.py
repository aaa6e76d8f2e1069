"""The remedy comes before the message of a driver."""

from __future__ import annotations

import pytest

from paintings_dedupe.common.warehouse.faults import one_line


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            'IO Error: Could not set lock on file "a.duckdb":\n  Conflicting lock',
            "Another program has the DuckDB file open: ",
        ),
        ("Runtime Error\n  Could not find adapter type spark!", "This target needs dbt-spark, "),
        (
            "the optional dependency `mssql-python` is not installed.",
            "This target needs Microsoft's driver mssql-python, ",
        ),
        (
            "libodbc.so.2: cannot open shared object file: No such file or directory",
            "This target needs an ODBC driver, ",
        ),
        ("[JAVA_GATEWAY_EXITED] Java gateway process exited", "Spark found no Java, "),
    ],
)
def test_a_known_message_follows_its_remedy(message: str, told: str) -> None:
    line = one_line(ValueError(message))
    assert line.startswith(told)
    assert line.endswith(" ".join(message.split()))


def test_another_message_is_as_it_is() -> None:
    assert one_line(ValueError("what the\n driver says")) == "what the driver says"
