"""List the images that a CSV file names by address."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import requests

from ingest.candidates import Candidate, Listing, Skip, UnreadableError, artist_name
from ingest.csv_file import read_records
from ingest.download import DownloadError, download

LIST_COLUMNS = ("Artist", "Name", "URL")


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
    CsvError
        For a file that is not UTF-8, not CSV, or lacks a column.
    """
    candidates: list[Candidate] = []
    skipped: list[Skip] = []
    for line, values in read_records(path, LIST_COLUMNS):
        if values is None:
            reason = "more fields than columns: a field with a comma needs quotes"
            skipped.append(Skip(f"line {line}", reason))
            continue
        artist, name, url = (value.strip() for value in values)
        where = f"line {line}: {url}" if url else f"line {line}"
        artist = artist_name(artist)
        if not artist or not url:
            skipped.append(Skip(where, "no URL" if artist else "no artist"))
            continue
        load = partial(_fetch, url, session, max_bytes)
        candidates.append(Candidate(where, artist, name or None, url, load))
    return Listing(tuple(candidates), tuple(skipped))


def _fetch(url: str, session: requests.Session, max_bytes: int) -> bytes:
    try:
        return download(url, session, max_bytes)
    except DownloadError as error:
        raise UnreadableError(str(error)) from error
