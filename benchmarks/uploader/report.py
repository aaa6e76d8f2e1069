"""Write results as Markdown, for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.uploader.rounds import Rounds, Spread


@dataclass(frozen=True)
class Aim:
    """A target, and whether it is met.

    Attributes
    ----------
    text
        The target.
    measured
        The measurement.
    holds
        Whether the target is met.
    """

    text: str
    measured: str
    holds: bool


def ratio_aim(text: str, ratio: Spread, least: float) -> Aim:
    """The target that the median of a ratio is at least `least`."""
    measured = f"{ratio.median:.2f} ({ratio.least:.2f} to {ratio.greatest:.2f})"
    return Aim(f"{text}: at least {least:g} times", measured, ratio.median >= least)


def speed_table(rounds: Rounds, reference: str) -> str:
    """A line for each contender; the ratios are those of `reference` to each."""
    lines = []
    for name in rounds.by_name:
        rate = rounds.rate(name)
        ratio = "" if name == reference else f"{rounds.ratio(reference, name).median:.2f} x"
        lines.append(
            (
                name,
                f"{rate.median:,.0f}",
                f"{rate.least:,.0f} to {rate.greatest:,.0f}",
                ratio,
                f"{rounds.cpu_milliseconds(name):.2f}",
                f"{rounds.command_seconds(name):.1f}",
            )
        )
    headings = ("", "images/s", "least to greatest", "ours is", "CPU ms/image", "whole command, s")
    return table(headings, lines)


def aims_table(aims: Sequence[Aim]) -> str:
    """A line for each aim."""
    lines = [(aim.text, aim.measured, "yes" if aim.holds else "**no**") for aim in aims]
    return table(("aim", "measured", "holds"), lines)


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; every column but the first is right-aligned."""
    rule = ["---", *("---:" for _ in headings[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *lines))
