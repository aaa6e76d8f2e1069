"""List the images that a CSV file names by address."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import requests

from common.text import clean, clean_url
from ingest.candidates import Candidate, Listing, Skip, UnreadableError, artist_name
from ingest.csv_file import read_records
from ingest.download import DownloadError, download

LIST_COLUMNS = ("Artist", "Name", "URL")


def list_urls(
    path: Path, session: requests.Session, max_bytes: int, encoding: str = "utf-8"
) -> Listing:
    """List every row of `path`, in its order, without downloading any.

    Parameters
    ----------
    path
        A CSV file whose header has `LIST_COLUMNS`, in any order and letter case.
    session
        What candidates are downloaded with; it must stay open until all are loaded.
    max_bytes
        The largest body that a candidate loads.
    encoding
        As `read_records` takes it.

    Raises
    ------
    CsvError
        For a file whose header lacks a column.
    """
    candidates: list[Candidate] = []
    skipped: list[Skip] = []
    for record in read_records(path, LIST_COLUMNS, ("Artist",), encoding):
        where = f"line {record.line}"
        if record.values is None:
            skipped.append(Skip(where, record.reason))
            continue
        artist, name = artist_name(record.values[0]), clean(record.values[1])
        url = clean_url(record.values[2])
        where += f": {url}" if url else ""
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
