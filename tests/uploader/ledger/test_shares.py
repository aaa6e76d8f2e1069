"""Rows are divided by host, the same way each time, and handed out once."""

from __future__ import annotations

from collections import Counter

from tests.uploader.samples import RULES, painting
from uploader.ledger.ledger import Ledger
from uploader.ledger.shares import Shares, position
from uploader.outcomes import Outcome, Result
from uploader.table.plan import plan_rows


def _host(url: str) -> str:
    return url.split("/")[2]


def _filled(ledger: Ledger, sizes: dict[str, int]) -> None:
    """Add as many rows of each host, in an order that differs from that of Random."""
    rows = [
        painting(url=f"http://{host}/{number}", hash=f"{place:02x}{number:04x}", random=number / 97)
        for place, (host, size) in enumerate(sizes.items())
        for number in reversed(range(size))
    ]
    ledger.add(plan_rows(rows, RULES))


def _divided(shares: Shares) -> list[Counter[str]]:
    return [
        Counter(_host(task.plan.painting.url) for task in shares.rows(share, None, 1_000))
        for share in range(shares.number)
    ]


def test_a_host_is_in_one_share(ledger: Ledger) -> None:
    """The largest first, each to the share with the fewest rows."""
    _filled(ledger, {"a": 3, "huge": 50, "b": 5, "c": 3, "d": 4})
    assert _divided(ledger.shares(3, _host)) == [{"huge": 50}, {"b": 5, "c": 3}, {"d": 4, "a": 3}]


def test_no_share_is_empty(ledger: Ledger) -> None:
    _filled(ledger, {"a": 3, "b": 1})
    assert ledger.shares(8, _host).number == 2


def test_rows_come_in_the_order_of_random_without_what_is_finished(ledger: Ledger) -> None:
    _filled(ledger, {"a": 5, "b": 5})
    tasks = list(ledger.tasks())
    ledger.record(tasks[0], Result(Outcome.FAILED, "gone"))
    shares = ledger.shares(1, _host)
    page = shares.rows(0, None, 4)
    assert page == tasks[1:5]
    ledger.record(tasks[6], Result(Outcome.FAILED, "gone"))
    assert shares.rows(0, position(page[-1]), 100) == [tasks[5], *tasks[7:]]
    # Another attempt begins anew.
    assert shares.rows(0, None, 1) == [tasks[1]]


def test_unfinished_rows_by_number(ledger: Ledger) -> None:
    _filled(ledger, {"a": 3})
    first, second, third = ledger.tasks()
    shares = ledger.shares(1, _host)
    ledger.record(first, Result(Outcome.FAILED, "gone"))
    numbers = [first.number, third.number]
    assert shares.unfinished(numbers) == {third.number: third}
    assert shares.unfinished([second.number]) == {second.number: second}
