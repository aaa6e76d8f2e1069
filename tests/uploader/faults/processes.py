"""Look at the processes that a run of the command starts, by Linux's /proc."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from tests.uploader.faults.scene import PATIENCE_SECONDS


def members(session: int) -> set[int]:
    """The living processes of a session: the command began one, its children are in it."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _lives_in(entry, session):
            found.add(int(entry.name))
    return found


def _lives_in(entry: Path, session: int) -> bool:
    try:
        # The name, in parentheses, may hold anything; state, parent, group and session follow.
        state, _, _, number = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
    except OSError:
        return False
    return int(number) == session and state != "Z"


def wait_until_gone(session: int) -> bool:
    """Whether all processes of a session end by themselves."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while members(session):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def kill_all(session: int, signal_number: int) -> None:
    """Signal all processes of a session, first the one that began it, which may start others."""
    for process in sorted(members(session), key=lambda member: member != session):
        # Some end with the one that started them.
        with suppress(ProcessLookupError):
            os.kill(process, signal_number)
