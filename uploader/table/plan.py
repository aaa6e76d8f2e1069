"""Decide, before any work on a row, whether and as what it is to be uploaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from common.images.formats import format_name
from common.images.hashing import HashTextError, read_finest_hash, says_nothing
from common.web.redaction import source_key
from common.web.urls import UrlError, parse
from uploader.outcomes import Outcome, Result
from uploader.table.naming import NameTooLongError, blob_stem
from uploader.table.owner import NOBODY, Owner
from uploader.table.rows import Painting
from uploader.table.split import Split, split_of

FORMATS = ("jpeg", "bmp", "png", "gif")
_SAYS_NOTHING = "the row's DHashHex8 is of an image with hardly any edges, which many images share"


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
    owner
        The table that the rows are of.
    keep_parameters
        Query parameters, in lower case, that SourceURL shows beyond those of
        `common.web.redaction.KEPT_PARAMETERS`.
    refuse_uncompared
        Whether a row is refused whose hash cannot prove which image it is of.
    strip_metadata
        Whether images are stored without metadata.
    refuse_trailing
        Whether a file is refused that goes on behind its image.
    """

    formats: frozenset[str]
    prefix: str
    train_share: float
    any_format: bool = False
    owner: Owner = NOBODY
    keep_parameters: frozenset[str] = frozenset()
    refuse_uncompared: bool = False
    strip_metadata: bool = False
    refuse_trailing: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A row that is to be uploaded, the format it must have, and the blob it becomes.

    Attributes
    ----------
    painting
        The row; its hash as `common.images.hashing.read_finest_hash` gives it, or None.
    image_format
        Such as ``"jpeg"``.
    stem
        The blob's name up to the dot before the format.
    source
        What the store knows the row's URL by, as `common.web.redaction.source_key` gives it.
    not_compared
        Why the hash of the row cannot prove which image it is of; empty: it can.
    """

    painting: Painting
    image_format: str
    stem: str
    source: str
    not_compared: str = ""

    @property
    def blob_name(self) -> str:
        """The blob's name, if the image has the format that the row says."""
        return f"{self.stem}.{self.image_format}"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of the table, and what is to be done with it.

    Attributes
    ----------
    painting
        The row.
    split
        Where its image belongs: the table's own Split, or else that of its Random.
    todo
        The plan for an eligible row, or the result of one that is not.
    """

    painting: Painting
    split: Split
    todo: Plan | Result


def plan_rows(paintings: Iterable[Painting], rules: Rules) -> Iterator[PlannedRow]:
    """Yield each row with what is to be done with it."""
    return (plan_row(painting, rules) for painting in paintings)


def plan_row(painting: Painting, rules: Rules) -> PlannedRow:
    """Decide what is to be done with a row."""
    split = painting.split or split_of(painting.random, rules.train_share)
    return PlannedRow(painting, split, _todo(painting, split, rules))


def _todo(painting: Painting, split: Split, rules: Rules) -> Plan | Result:
    image_format = format_name(painting.encoding_format)
    if image_format not in rules.formats:
        return Result(Outcome.SKIPPED, f"format {image_format or 'unknown'} is not accepted")
    if painting.flaw:
        return Result(Outcome.REFUSED, painting.flaw)
    try:
        parse(painting.url)
        stem = blob_stem(painting, rules.prefix, split)
    except NameTooLongError as error:
        return error.result()
    except UrlError as error:
        return Result(Outcome.REFUSED, str(error))
    finest, not_compared = _proof(painting)
    if not_compared and rules.refuse_uncompared:
        return Result(Outcome.REFUSED, f"{not_compared} (--not-compared refuse)")
    source = source_key(painting.url)
    return Plan(replace(painting, finest_hash=finest), image_format, stem, source, not_compared)


def _proof(painting: Painting) -> tuple[str | None, str]:
    """The hash to compare a download with, and why that would prove nothing, if so."""
    try:
        finest = read_finest_hash(painting.finest_hash)
    except HashTextError as error:
        return None, str(error)
    return finest, _SAYS_NOTHING if says_nothing(finest) else ""
