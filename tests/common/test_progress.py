"""Off a terminal, progress is plain lines that a log can hold."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from paintings_dedupe.common.progress import progress


def test_the_last_line_off_a_terminal_says_how_much_was_done() -> None:
    output = io.StringIO()
    with progress("Measuring", 3, Console(file=output)) as advance:
        for _ in range(3):
            advance()
    assert output.getvalue().startswith("Measuring: 3 of 3 (")
    assert output.getvalue().count("\n") == 1
    assert "\x1b" not in output.getvalue()


@pytest.mark.parametrize("is_terminal", [False, True])
def test_nothing_to_do_is_not_shown(is_terminal: bool) -> None:
    output = io.StringIO()
    with progress("Measuring", 0, Console(file=output, force_terminal=is_terminal)):
        pass
    assert not output.getvalue()


def test_a_run_that_fails_does_not_claim_to_have_ended() -> None:
    output = io.StringIO()
    advancing = progress("Measuring", 2, Console(file=output))
    with pytest.raises(LookupError), advancing:
        raise LookupError
    assert output.getvalue() == ""


def test_a_terminal_gets_a_bar() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    with progress("Measuring", 2, console) as advance:
        advance()
        advance()
    assert "2/2" in output.getvalue()
