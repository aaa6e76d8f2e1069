"""Decide, before any work on a row, whether and as what it is to be uploaded."""

from __future__ import annotations

from dataclasses import dataclass

from common.urls import UrlError, parse
from uploader.naming import NameTooLongError, blob_stem
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
    any_format
        Whether an image of another of `formats` than its row says is stored, under its true
        one, rather than refused.
    model_version
        The version of the dbt model `unique_paintings` that the rows are of.
    keep_parameters
        Query parameters, in lower case, that SourceURL shows beyond those of
        `common.redaction.KEPT_PARAMETERS`.
    """

    formats: frozenset[str]
    prefix: str
    train_share: float
    any_format: bool = False
    model_version: int = 1
    keep_parameters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """A row that is to be uploaded, the format it must have, and the blob it becomes.

    Attributes
    ----------
    painting
        The row.
    image_format
        Such as ``"jpeg"``.
    stem
        The blob's name up to the dot before the format.
    """

    painting: Painting
    image_format: str
    stem: str

    @property
    def blob_name(self) -> str:
        """The blob's name, if the image has the format that the row says."""
        return f"{self.stem}.{self.image_format}"


def plan(painting: Painting, rules: Rules) -> Plan | Result:
    """Return the plan for an eligible row, or the result of one that is not."""
    claimed = painting.encoding_format or "unknown"
    image_format = _ALIASES.get(claimed, claimed)
    if image_format not in rules.formats:
        return Result(Outcome.SKIPPED, f"format {claimed} is not accepted")
    if painting.flaw:
        return Result(Outcome.REFUSED, painting.flaw)
    try:
        parse(painting.url)
        stem = blob_stem(painting, rules.prefix, rules.train_share)
    except (NameTooLongError, UrlError) as error:
        return Result(Outcome.REFUSED, str(error))
    return Plan(painting, image_format, stem)
