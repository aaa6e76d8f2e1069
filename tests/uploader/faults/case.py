"""One case of the catalogue of bad inputs, and what several of them are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.helpers.bad_server import (
    Answer,
)
from tests.uploader.faults.scene import hash_of, picture
from uploader.outcomes import Outcome

# Short limits, so that the whole catalogue takes seconds.
TRIES = 3
# A limit that a slow machine, too, could exceed is for the cases that need it.
PATIENT, IMPATIENT = ("--connect-timeout=60", "--read-timeout=60"), ("--read-timeout=1",)
OPTIONS = (
    f"--tries={TRIES}",
    "--retry-after=2",
    "--redirects=3",
    "--max-bytes=1000000",
    # No case may harm the next: all are on one host.
    "--host-failures=100000",
    "--per-host=200",
    "--workers=200",
)
SECRET = "hush-hush-hush"  # noqa: S105 (it opens nothing)

# How far is not stable: the decoder's library has a say in it.
DRIFTED_REASON = (
    r"^another picture(?=: its hash differs from the row's in \d+ of 128 bits, more than \d+$)"
)

UPLOADED, SKIPPED, REFUSED = Outcome.UPLOADED, Outcome.SKIPPED, Outcome.REFUSED
UNCOMPARED = Outcome.UPLOADED_UNCOMPARED
DRIFTED, DISALLOWED, FAILED = Outcome.DRIFTED, Outcome.DISALLOWED, Outcome.FAILED

GOOD = picture(1)
ANOTHER = picture(2)
# One whose hash begins with a zero.
ZEROS_FIRST = next(found for found in map(picture, count(3)) if re.match("0[^0]", hash_of(found)))


@dataclass(frozen=True)
class Case:
    """One bad input, or a good one that looks bad.

    Attributes
    ----------
    group, name
        What it is, for a reader.
    outcome
        What must become of the row.
    reason
        A regular expression that finds the stable part of the reason.
    tries
        How often the URL must be asked for; None: it depends on the clock.
    answers
        What the server does, request by request.
    url
        The row's URL, in which ``{server}``, ``{tls}`` and ``{path}`` are filled in.
    asked
        How what follows the path must be spelled when it is asked for; empty: it does not matter.
    row
        What else is special in the row.
    in_folder
        Outcome and reason in a folder, where that cannot do what a blob service can.
    is_silent
        Whether only a read timeout ends a try.
    """

    group: str
    name: str
    outcome: Outcome
    reason: str = "^$"
    tries: int | None = 1
    answers: tuple[Answer, ...] = ()
    url: str = "{server}{path}"
    asked: str = ""
    row: dict[str, Any] = field(default_factory=dict)
    in_folder: tuple[Outcome, str] | None = None
    is_silent: bool = False

    def expected(self, store: str) -> tuple[Outcome, str]:
        """Outcome and reason in the store of that kind."""
        return self.in_folder if store == "folder" and self.in_folder else self._expected

    @property
    def _expected(self) -> tuple[Outcome, str]:
        return self.outcome, self.reason


def group(title: str) -> Callable[..., Case]:
    """What makes the cases of a group."""

    def case(
        name: str, outcome: Outcome, reason: str = "^$", *answers: Answer, **more: Any
    ) -> Case:
        return Case(title, name, outcome, reason, answers=answers, **more)

    return case
