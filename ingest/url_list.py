"""List the images that a CSV file names by address."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import requests

from common.download import DownloadError, download
from ingest.candidates import Candidate, Listing, Skip, UnreadableError, artist_name

LIST_COLUMNS = ("Artist", "Name", "URL")


class ListError(ValueError):
    """The file is not such a list; the message says why and what to change."""


def list_urls(path: Path, session: requests.Session, max_bytes: int) -> Listing:
    """List every row of `path`, in its order, without downloading any.

    Parameters
    ----------
    path
        A CSV file in UTF-8 whose header has `LIST_COLUMNS`, in any order and letter case.
    session
        What candidates are downloaded with; it must stay open until all are loaded.
    max_bytes
        The largest body that a candidate loads.

    Raises
    ------
    ListError
        For a file that is not UTF-8, not CSV, or lacks a column.
    """
    candidates: list[Candidate] = []
    skipped: list[Skip] = []
    records = _records(path)
    _, header = next(records, (0, []))
    places = _places(header, path)
    for line, fields in records:
        # A stray comma moves all that follows into the wrong column.
        if any(fields[len(header) :]):
            reason = f"{len(fields)} fields under {len(header)} columns: a comma needs quotes"
            skipped.append(Skip(f"line {line}", reason))
            continue
        padded = [*fields, *[""] * (len(header) - len(fields))]
        artist, name, url = (padded[place].strip() for place in places)
        where = f"line {line}: {url}" if url else f"line {line}"
        artist = artist_name(artist)
        if not artist or not url:
            skipped.append(Skip(where, "no URL" if artist else "no artist"))
            continue
        load = partial(_fetch, url, session, max_bytes)
        candidates.append(Candidate(where, artist, name or None, url, load))
    return Listing(tuple(candidates), tuple(skipped))


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line number and the fields of each record that is not blank."""
    # utf-8-sig reads a byte order mark where there is one, and does well without.
    with path.open(encoding="utf-8-sig", newline="") as file:
        # Unless strict, one quote left open would swallow the rest of the file in silence.
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            for fields in reader:
                if fields:
                    yield line, fields
                line = reader.line_num + 1
        except csv.Error as error:
            raise ListError(
                f"{path}: the record at line {line} is not CSV: {error}. Separate fields by "
                "commas, and double each quote inside a quoted field."
            ) from error
        except UnicodeDecodeError as error:
            raise ListError(f"{path} is not UTF-8 ({error.reason}). Save it as UTF-8.") from error


def _places(header: list[str], path: Path) -> tuple[int, ...]:
    """Where each of `LIST_COLUMNS` stands in the header."""
    names = [name.strip().casefold() for name in header]
    for column in LIST_COLUMNS:
        if (count := names.count(column.casefold())) != 1:
            raise ListError(
                f"{path} has {count or 'no'} column{'s' * (count > 1)} {column} (its first line: "
                f"{','.join(header) or 'empty'}). The first line must name the columns "
                f"{', '.join(LIST_COLUMNS)}, each once."
            )
    return tuple(names.index(column.casefold()) for column in LIST_COLUMNS)


def _fetch(url: str, session: requests.Session, max_bytes: int) -> bytes:
    try:
        return download(url, session, max_bytes)
    except DownloadError as error:
        raise UnreadableError(str(error)) from error
