"""A signal is held where it would leave open what was done."""

from __future__ import annotations

import signal

import pytest

from paintings_dedupe.common.signals import signals_held


def test_a_signal_is_obeyed_at_the_end_of_the_block() -> None:
    done = []
    before = signal.getsignal(signal.SIGINT)

    def commit() -> None:
        with signals_held():
            signal.raise_signal(signal.SIGINT)
            done.append("committed")

    with pytest.raises(KeyboardInterrupt):
        commit()
    assert done == ["committed"]
    assert signal.getsignal(signal.SIGINT) is before
