"""Define what executors and the coordinator tell each other, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from uploader.ledger.records import Task
from uploader.ledger.shares import Position
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.table.painting import Painting
from uploader.table.plan import Plan
from uploader.table.split import Split

# A result, with the number of its row.
Numbered = tuple[int, Result]
_PAINTING = tuple(one.name for one in fields(Painting))


@dataclass(frozen=True)
class Report:
    """What an executor says: its results, and how many rows it can take.

    Attributes
    ----------
    share
        The share that it works through.
    attempt
        Which attempt of Spark at this share it is; a later one has a higher number.
    results
        The results since its last report.
    after
        The position of the last row that it was given, or None.
    most
        How many more rows it can take.
    fault
        Why the run must end, if it must.
    is_last
        Whether the executor is done with the share.
    """

    share: int
    attempt: int
    results: Sequence[Numbered] = ()
    after: Position | None = None
    most: int = 0
    fault: str = ""
    is_last: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "share": self.share,
            "attempt": self.attempt,
            "results": [_result_to_json(*result) for result in self.results],
            "after": self.after,
            "most": self.most,
            "fault": self.fault,
            "is_last": self.is_last,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Report:
        """Return the report that `to_json` was called for."""
        results = [_result_from_json(result) for result in told.pop("results")]
        after = told.pop("after")
        return cls(results=results, after=after and (after[0], after[1]), **told)


@dataclass(frozen=True)
class Answer:
    """What the coordinator answers.

    Attributes
    ----------
    tasks
        The next rows; none if there are no more.
    stop
        Why no more rows are to be begun; empty if the run goes on.
    """

    tasks: Sequence[Task] = field(default_factory=list)
    stop: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON."""
        return {"tasks": [_task_to_json(task) for task in self.tasks], "stop": self.stop}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Answer:
        """Return the answer that `to_json` was called for."""
        return cls([_task_from_json(*task) for task in told["tasks"]], told["stop"])


def _result_to_json(number: int, result: Result) -> list[Any]:
    image = result.stored
    stored = image and [image.blob_name, image.size, image.md5.hex(), image.width, image.height]
    return [number, result.outcome, result.reason, result.tries, stored, result.by_store]


def _result_from_json(told: list[Any]) -> Numbered:
    number, outcome, reason, tries, image, by_store = told
    stored = None
    if image:
        name, size, md5, width, height = image
        stored = StoredImage(name, size, bytes.fromhex(md5), width, height)
    return number, Result(Outcome(outcome), reason, tries, stored, by_store)


def _task_to_json(task: Task) -> list[Any]:
    plan = task.plan
    # Much faster than `astuple`, which copies each value.
    painting = [getattr(plan.painting, name) for name in _PAINTING]
    return [
        task.number,
        painting,
        plan.image_format,
        plan.stem,
        plan.source,
        plan.not_compared,
    ]


def _task_from_json(number: int, painting: list[Any], *plan: str) -> Task:
    *columns, split, flaw = painting
    values: list[Any] = [*columns, split and Split(split), flaw]
    return Task(number, Plan(Painting(*values), *plan))
