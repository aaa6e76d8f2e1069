"""Read and write the file of verdicts, the dbt seed `review_verdicts`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from paintings_dedupe.common.errors import UserError

HEADER = (
    *("Verdict", "Artist", "DHashHex8", "URL"),
    *("OtherArtist", "OtherDHashHex8", "OtherURL", "Note"),
)
_HASH = re.compile("[0-9a-f]{32}")
_QUOTED = re.compile('[,"\r\n]')
# What dbt reads from a seed as empty, in any letter case.
_NOTHING = "null"
# csv refuses longer fields; the longest column has 2,000 characters.
_LONGEST_FIELD = 131_072


class VerdictsError(UserError):
    """The file is not one of verdicts; the message names the line, the cause and the remedy."""


class Judgement(StrEnum):
    """What a person said of a pair of images, or of one image."""

    SAME = "same"
    DIFFERENT = "different"
    DROP = "drop"
    WRONG_ARTIST = "wrong artist"

    @property
    def is_of_a_pair(self) -> bool:
        """Whether it is said of two images."""
        return self in (Judgement.SAME, Judgement.DIFFERENT)


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """The name of an image in a verdict.

    Attributes
    ----------
    artist
        As the marts give it.
    hash
        The DHashHex8; empty if the image has none that can be used.
    url
        Where the hash identifies the image, it is for people only.
    """

    artist: str
    hash: str
    url: str


_NOBODY = Side("", "", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the file. `other` is None if the verdict is of one image."""

    judgement: Judgement
    image: Side
    other: Side | None = None
    note: str = ""

    def in_order(self) -> Verdict:
        """The same verdict, with the side first that sorts first."""
        if self.other is None or self.image <= self.other:
            return self
        return replace(self, image=self.other, other=self.image)

    def values(self) -> tuple[str, ...]:
        """The fields, as in `HEADER`."""
        sides = (self.image, self.other or _NOBODY)
        named = (field for side in sides for field in (side.artist, side.hash, side.url))
        return (self.judgement.value, *named, self.note)

    def sort_key(self) -> tuple[str, ...]:
        """Orders the rows of the file, by code points."""
        judgement, *rest = self.values()
        return (*rest[:-1], judgement, rest[-1])


def read_verdicts(path: Path) -> list[Verdict]:
    """Read a file of verdicts, sorted or not.

    Raises
    ------
    VerdictsError
        When the file is missing, or a line is not a verdict.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise VerdictsError(
            f"{path} does not exist. Give a file that the review page saved, or restore the seed "
            "with its header line."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise VerdictsError(f"{path} cannot be read as UTF-8 text ({error}).") from error
    return parse_verdicts(text, str(path))


def parse_verdicts(text: str, name: str) -> list[Verdict]:
    """The verdicts in the text of a file, with the sides of each pair in order.

    Parameters
    ----------
    text
        The content of the file.
    name
        What errors call the file.

    Raises
    ------
    VerdictsError
        When a line is not a verdict, or says of a pair what another line says otherwise.
    """
    found: dict[tuple[Side, Side | None, bool], tuple[int, Verdict]] = {}
    verdicts = []
    for line, fields in _records(text, name):
        try:
            verdict = _verdict(fields).in_order()
        except ValueError as error:
            raise VerdictsError(f"{name}, line {line}: {error}") from error
        # One image may be dropped and have a wrong artist; a pair cannot be both.
        both = verdict.judgement is Judgement.WRONG_ARTIST
        key = (verdict.image, verdict.other, both)
        if key in found:
            before, other = found[key]
            again = other.judgement is verdict.judgement
            raise VerdictsError(
                f"{name}, line {line}: "
                + (
                    f"the same verdict as in line {before}. Remove one of the two lines."
                    if again
                    else f"the verdict is '{verdict.judgement}', but '{other.judgement}' in line "
                    f"{before}. Remove the line that is wrong."
                )
            )
        found[key] = line, verdict
        verdicts.append(verdict)
    return verdicts


def verdicts_text(verdicts: Iterable[Verdict]) -> str:
    """The text of a file: header, sorted rows, a line feed after each."""
    rows = sorted((verdict.in_order() for verdict in verdicts), key=Verdict.sort_key)
    lines = (HEADER, *(row.values() for row in rows))
    return "".join(",".join(map(_field, line)) + "\n" for line in lines)


def _field(text: str) -> str:
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The records after the header, each with the number of its first line."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for number, fields in enumerate(reader):
            if number == 0:
                _check_header(fields, name)
            elif fields:
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise VerdictsError(f"{name}, line {line}: {error}. Check the quotes.") from error
    if line == 1:
        _check_header([], name)


def _check_header(fields: Sequence[str], name: str) -> None:
    if tuple(fields) != HEADER:
        raise VerdictsError(
            f"{name}, line 1: the header is {','.join(fields)!a} instead of {','.join(HEADER)}. "
            "Give a file that the review page saved."
        )


def _verdict(fields: Sequence[str]) -> Verdict:
    """The verdict of a line; a ValueError says what is wrong with it."""
    if len(fields) != len(HEADER):
        raise ValueError(f"{len(fields)} fields instead of {len(HEADER)}. Check commas and quotes.")
    name, *names, note = fields
    try:
        judgement = Judgement(name)
    except ValueError:
        known = ", ".join(Judgement)
        raise ValueError(f"the verdict {name!a} is none of: {known}.") from None
    image = _side(names[:3], "")
    if judgement.is_of_a_pair:
        other = _side(names[3:], "Other")
        if image == other:
            raise ValueError("both sides are one image. Remove the line.")
        return Verdict(judgement, image, other, note)
    if any(names[3:]):
        raise ValueError(f"'{judgement}' is said of one image, so the Other columns must be empty.")
    return Verdict(judgement, image, None, note)


def _side(fields: Sequence[str], prefix: str) -> Side:
    artist, digits, url = fields
    if not artist:
        raise ValueError(f"{prefix}Artist is empty.")
    if artist.strip().lower() == _NOTHING:
        raise ValueError(
            f"{prefix}Artist is {artist!a}, which dbt reads as empty. Remove the line, and give "
            "the artist another name in Paintings."
        )
    if digits and not _HASH.fullmatch(digits):
        raise ValueError(f"{prefix}DHashHex8 is {digits!a} instead of 32 digits (0-9, a-f).")
    if not digits and not url:
        raise ValueError(f"{prefix}DHashHex8 and {prefix}URL are both empty: which image is it?")
    return Side(artist, digits, url)
