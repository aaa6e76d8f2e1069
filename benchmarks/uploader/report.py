"""Write results as Markdown, as the documentation takes them."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.uploader.rounds import Rounds, Spread


@dataclass(frozen=True)
class Aim:
    """What is promised of a ratio.

    Attributes
    ----------
    text
        The promise.
    ratio
        What was measured.
    least
        What the median must reach.
    """

    text: str
    ratio: Spread
    least: float

    @property
    def holds(self) -> bool:
        """Whether the median reaches it."""
        return self.ratio.median >= self.least


def speed_table(rounds: Rounds, reference: str) -> str:
    """A line for each contender; the ratios are those of `reference` to each."""
    lines = [
        "| | images/s | (least to greatest) | ours is | command, s | CPU ms/image |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in rounds.by_name:
        rate = rounds.rate(name)
        # What has no web server to start the clock is no command to wait for either.
        ratio = "" if name == reference else f"{rounds.ratio(reference, name).median:.2f} x"
        lines.append(
            f"| {name} | {rate.median:,.0f} | {rate.least:,.0f} to {rate.greatest:,.0f} | {ratio} "
            f"| {rounds.command_seconds(name):.1f} | {rounds.cpu_milliseconds(name):.2f} |"
        )
    return "\n".join(lines)


def aims_table(aims: list[Aim]) -> str:
    """A line for each aim, and whether it holds."""
    lines = ["| aim | measured | (least to greatest) | holds |", "|---|---:|---:|---|"]
    for aim in aims:
        ratio = aim.ratio
        lines.append(
            f"| {aim.text} | {ratio.median:.2f} | {ratio.least:.2f} to {ratio.greatest:.2f} "
            f"| {'yes' if aim.holds else '**no**'} |"
        )
    return "\n".join(lines)
