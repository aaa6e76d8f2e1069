"""Say in words what the scorecard recommends."""

from __future__ import annotations

from paintings_dedupe.common.terminal import counted
from paintings_dedupe.review.content import Review, Score


def advice(review: Review) -> str:
    """The recommendation, and how the chosen level compares with it."""
    best = next((score for score in review.scores if score.is_recommended), None)
    chosen = next((score for score in review.scores if score.level == review.level), None)
    if best is None or chosen is None:
        return "There is nothing to compare yet."
    begin = f"The scorecard recommends {_method(best)}, with {_errors(best)}"
    if best is chosen:
        return f"{begin}, which is the chosen one. {_CAUTION}"
    return f"{begin}; the chosen level {chosen.level} has {_errors(chosen)}. {_CAUTION}"


_CAUTION = (
    "These are suspicions, judged by the finest hash: look at the groups and near misses to see "
    "which of them are right."
)


def _method(score: Score) -> str:
    return "version 2" if score.level is None else f"level {score.level}"


def _errors(score: Score) -> str:
    return counted(score.suspected, "suspected error")
