"""A step that fails ends the demo; one whose exit code is expected does not."""

from __future__ import annotations

import pytest
from rich.console import Console

from demo.steps import Step, StepError


@pytest.mark.parametrize(
    ("code", "accepted", "goes_on"), [(0, (0,), True), (1, (0, 1), True), (2, (0, 1), False)]
)
def test_a_step_goes_on_after_the_exit_codes_that_it_accepts(
    code: int, accepted: tuple[int, ...], goes_on: bool
) -> None:
    step = Step("Leave", ["python", "-c", f"raise SystemExit({code})"], {}, {})
    if goes_on:
        step.run(Console(quiet=True), accepted)
        return
    with pytest.raises(StepError, match="failed with exit code 2") as raised:
        step.run(Console(quiet=True), accepted)
    assert raised.value.exit_code == code
