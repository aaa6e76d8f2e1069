"""List the images that a CSV file names by address."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from common.redaction import redact, redact_url
from ingest.candidates import Candidate, Listing, Skip, UnreadableError, artist_name
from ingest.csv_file import read_records
from ingest.download import Downloader, DownloadError

LIST_COLUMNS = ("Artist", "Name", "URL")


def list_urls(path: Path, download: Downloader) -> Listing:
    """List every row of `path`, in its order, without downloading any.

    Parameters
    ----------
    path
        A CSV file in UTF-8 whose header has `LIST_COLUMNS`, in any order and letter case.
    download
        What candidates are loaded with; its session must stay open until all are.

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
        where = f"line {line}: {redact_url(url)}" if url else f"line {line}"
        artist = artist_name(artist)
        if not artist or not url:
            skipped.append(Skip(where, "no URL" if artist else "no artist"))
            continue
        load = partial(_fetch, url, download)
        candidates.append(Candidate(where, artist, name or None, url, load))
    return Listing(tuple(candidates), tuple(skipped))


def _fetch(url: str, download: Downloader) -> bytes:
    try:
        return download(url)
    except DownloadError as error:
        raise UnreadableError(str(error)) from error
    # Whatever a stranger's answer sets off in a library: one row never ends a run.
    except Exception as error:
        reason = redact(f"unexpected {type(error).__name__}: {error}")
        raise UnreadableError(reason) from error
