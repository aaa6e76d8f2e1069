"""Run contenders in turn, round after round, and compare their speeds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.uploader.contenders import Contender, Measured


@dataclass(frozen=True)
class Spread:
    """The median, the minimum and the maximum of some numbers."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, numbers: list[float]) -> Spread:
        """Summarise at least one number."""
        return cls(statistics.median(numbers), min(numbers), max(numbers))


@dataclass(frozen=True)
class Rounds:
    """The results of each contender in each round, in the order of the rounds."""

    by_name: Mapping[str, list[Measured]]

    def rate(self, name: str) -> Spread:
        """Images per second."""
        return Spread.of([measured.rate for measured in self.by_name[name]])

    def command_seconds(self, name: str) -> float:
        """Seconds of the whole command, including its start: the median."""
        return statistics.median(measured.command_seconds for measured in self.by_name[name])

    def cpu_milliseconds(self, name: str) -> float:
        """Processor time per image, including the start of the program: the median."""
        return statistics.median(
            1000 * measured.cpu_seconds / measured.images for measured in self.by_name[name]
        )

    def ratio(self, name: str, other: str) -> Spread:
        """How many times as fast as `other`.

        Computed round by round, so that other work on the machine affects both sides.
        """
        pairs = zip(self.by_name[name], self.by_name[other], strict=True)
        return Spread.of([one.rate / another.rate for one, another in pairs])


def run_rounds(
    contenders: Mapping[str, Contender], rounds: int, say: Callable[[str], None]
) -> Rounds:
    """Run each contender once per round; `say` is called for each run."""
    by_name: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, contend in contenders.items():
            measured = contend()
            by_name[name].append(measured)
            say(f"round {number + 1}/{rounds}: {name}: {measured.rate:,.0f} images/s")
    return Rounds(by_name)
