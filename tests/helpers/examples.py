"""How many examples the tests of generated data try."""

from __future__ import annotations

import os
from typing import TypeVar

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

T = TypeVar("T")

TIMES = int(os.environ.get("EXAMPLES") or "1")
"""With ``EXAMPLES=20``, tests try new examples, and 20 times as many."""


def examples(count: int) -> settings:
    """Have a test try so many examples, and `TIMES` as many where more are asked for."""
    return settings(max_examples=count * TIMES)


def set_up_examples() -> None:
    """Without ``EXAMPLES``, try the same examples in every run."""
    settings.register_profile(
        "ours",
        max_examples=100 * TIMES,
        derandomize=TIMES == 1,
        # How to repeat one that was found elsewhere.
        print_blob=TIMES > 1,
        # A busy machine could miss it.
        deadline=None,
    )
    settings.load_profile("ours")


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """So many values, the same in every run, whatever EXAMPLES says."""
    values: list[T] = []

    @settings(max_examples=count, phases=[Phase.generate], database=None, derandomize=True)
    @given(strategy)
    def collect(value: T) -> None:
        values.append(value)

    collect()
    return values
