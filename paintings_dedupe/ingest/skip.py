"""Name what makes no row, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Skip:
    """Something in the input that makes no row, and the reason."""

    where: str
    reason: str
