"""List the images in a CSV file of URLs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from paintings_dedupe.common.text import clean, clean_url
from paintings_dedupe.common.web.redaction import redact, redact_url
from paintings_dedupe.ingest.listing.candidates import Candidate, Listing, UnreadableError
from paintings_dedupe.ingest.skip import Skip
from paintings_dedupe.ingest.tables.csv_file import read_records
from paintings_dedupe.ingest.web.download import Downloader, DownloadError

LIST_COLUMNS = ("Artist", "Name", "URL")


def list_urls(path: Path, download: Downloader, encoding: str = "utf-8") -> Listing:
    """List every row of `path` in its order, without downloading any image.

    Parameters
    ----------
    path
        A CSV file whose header has `LIST_COLUMNS`, in any order and letter case.
    download
        The downloader for candidates; its session must stay open until all are loaded.
    encoding
        As for `read_records`.

    Raises
    ------
    CsvError
        When the header lacks a column.
    """
    candidates: list[Candidate] = []
    skipped: list[Skip] = []
    for record in read_records(path, LIST_COLUMNS, ("Artist", "URL"), encoding):
        where = f"line {record.line}"
        if record.values is None:
            skipped.append(Skip(where, record.reason))
            continue
        artist, name = clean(record.values[0]), clean(record.values[1])
        url = clean_url(record.values[2])
        where += f": {redact_url(url)}" if url else ""
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
    # Whatever an untrusted answer triggers in a library: one row never ends a run.
    except Exception as error:
        reason = redact(f"unexpected {type(error).__name__}: {error}")
        raise UnreadableError(reason) from error
