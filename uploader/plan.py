"""Decide, before any work on a row, whether and as what it is to be uploaded."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.naming import NameTooLongError, blob_name
from uploader.outcomes import Outcome, Result
from uploader.rows import Painting

FORMATS = ("jpeg", "bmp", "png", "gif")
_ALIASES = {"jpg": "jpeg"}


@dataclass(frozen=True)
class Rules:
    """What holds for every row of a run.

    Attributes
    ----------
    formats
        The image formats to upload.
    prefix
        The folder of all blobs in the container; ends in a slash.
    train_share
        Rows whose Random is below it are Train.
    """

    formats: frozenset[str]
    prefix: str
    train_share: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A row that is to be uploaded, the format it must have, and the blob it becomes."""

    painting: Painting
    image_format: str
    blob_name: str


def plan(painting: Painting, rules: Rules) -> Plan | Result:
    """Return the plan for an eligible row, or the result of one that is not."""
    claimed = painting.encoding_format or "unknown"
    image_format = _ALIASES.get(claimed, claimed)
    if image_format not in rules.formats:
        return Result(painting, Outcome.SKIPPED, f"format {claimed} is not accepted")
    try:
        name = blob_name(painting, image_format, rules.prefix, rules.train_share)
    except NameTooLongError as error:
        return Result(painting, Outcome.REFUSED, str(error))
    return Plan(painting, image_format, name)
