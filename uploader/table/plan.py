"""Decide, before any download, which rows to upload and under which blob names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from paintings_dedupe.common.images.formats import format_name
from paintings_dedupe.common.images.hash_text import HashTextError, read_finest_hash, says_nothing
from paintings_dedupe.common.web.redaction import source_key
from paintings_dedupe.common.web.urls import UrlError, parse
from uploader.outcomes import Outcome, Result
from uploader.table.naming import NameTooLongError, blob_stem
from uploader.table.owner import NOBODY, Owner
from uploader.table.painting import Painting
from uploader.table.split import Split, split_of

FORMATS = ("jpeg", "bmp", "png", "gif")
_SAYS_NOTHING = "the row's DHashHex8 is of an image with hardly any edges, which many images share"


@dataclass(frozen=True)
class Rules:
    """The settings that apply to every row of a run.

    Attributes
    ----------
    formats
        The image formats to upload.
    prefix
        The folder of all blobs in the container; ends in a slash.
    train_share
        Rows with Random below this share are Train.
    any_format
        Whether to store an image under its actual format, if that is another one of `formats`
        than the row claims. Otherwise such an image is refused.
    owner
        The table that contains the rows.
    keep_parameters
        Query parameters, in lower case, that SourceURL shows in addition to
        `paintings_dedupe.common.web.redaction.KEPT_PARAMETERS`.
    refuse_uncompared
        Whether to refuse rows whose hash does not identify an image.
    strip_metadata
        Whether to store images without metadata.
    refuse_trailing
        Whether to refuse files with data after the end of the image.
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
    """A row to upload, its expected image format, and its blob name.

    Attributes
    ----------
    painting
        The row. Its `finest_hash` is the result of `hash_text.read_finest_hash`, or None if that
        failed.
    image_format
        The format that the row claims, such as ``"jpeg"``.
    stem
        The blob name without its extension.
    source
        The key of the row's URL, from `redaction.source_key`; stored with the blob.
    not_compared
        Why the hash of the row does not identify an image. Empty if it does.
    """

    painting: Painting
    image_format: str
    stem: str
    source: str
    not_compared: str = ""

    @property
    def blob_name(self) -> str:
        """The blob name, if the image has the format that the row claims."""
        return f"{self.stem}.{self.image_format}"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of the table, and what to do with it.

    Attributes
    ----------
    painting
        The row.
    split
        The side of the split: the row's own Split if it has one, otherwise decided by Random.
    todo
        The plan of an eligible row, or the result of a row that is not eligible.
    """

    painting: Painting
    split: Split
    todo: Plan | Result


def plan_rows(paintings: Iterable[Painting], rules: Rules) -> Iterator[PlannedRow]:
    """Yield each row with its plan or its result."""
    return (plan_row(painting, rules) for painting in paintings)


def plan_row(painting: Painting, rules: Rules) -> PlannedRow:
    """Plan the upload of a row, or return its result if it is not eligible."""
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
    """Return the hash to compare a download with, and why it does not identify an image, if so."""
    try:
        finest = read_finest_hash(painting.finest_hash)
    except HashTextError as error:
        return None, str(error)
    return finest, _SAYS_NOTHING if says_nothing(finest) else ""
