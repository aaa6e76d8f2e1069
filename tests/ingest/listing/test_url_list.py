"""From a CSV list of addresses to candidates, or to an error that says what to change."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest

from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.ingest.listing.candidates import Listing, UnreadableError
from paintings_dedupe.ingest.listing.url_list import list_urls
from paintings_dedupe.ingest.tables.csv_file import CsvError
from paintings_dedupe.ingest.web.download import Downloader
from paintings_dedupe.ingest.web.limits import Limits
from paintings_dedupe.ingest.web.session import new_session
from tests.helpers.http_server import Reply, serving


@pytest.fixture
def download() -> Iterator[Downloader]:
    rule = AddressRule((ipaddress.ip_network("127.0.0.1"),))
    with new_session(connections=1, contact="me@example.org") as session:
        yield Downloader(session, Limits(max_bytes=1000, tries=1), rule)


def _listing(tmp_path: Path, download: Downloader, content: str | bytes) -> Listing:
    path = tmp_path / "list.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list_urls(path, download)


@pytest.mark.parametrize(
    "content",
    [
        "Artist,Name,URL\nGoya,Sol,http://h/a\n",
        "Artist,Name,URL\r\nGoya,Sol,http://h/a\r\n",
        "Artist,Name,URL\nGoya,Sol,http://h/a",
        "\ufeffArtist,Name,URL\nGoya,Sol,http://h/a\n",
        "url,ARTIST,name\nhttp://h/a,Goya,Sol\n",
        " Artist , Name,URL \n Goya , Sol , http://h/a \n",
        'Artist,Year,Name,URL,Note\nGoya,1810,Sol,http://h/a,"x, y"\n',
        "Artist,Name,URL\nGoya,Sol,http://h/a,,\n",
    ],
    ids=["plain", "crlf", "no last end", "bom", "order", "spaces", "extra columns", "extra commas"],
)
def test_spellings_of_the_same_list(tmp_path: Path, download: Downloader, content: str) -> None:
    listing = _listing(tmp_path, download, content)
    (candidate,) = listing.candidates
    assert (candidate.artist, candidate.name, candidate.url) == ("Goya", "Sol", "http://h/a")
    assert candidate.where == "line 2: http://h/a"
    assert listing.skipped == ()


def test_rows_stay_in_order_and_repeated_urls_stay(tmp_path: Path, download: Downloader) -> None:
    content = "Artist,Name,URL\nB,1,http://h/x\nA,2,http://h/x\nB,1,http://h/x\n"
    candidates = _listing(tmp_path, download, content).candidates
    assert [candidate.artist for candidate in candidates] == ["B", "A", "B"]


def test_rows_that_lack_something_are_skipped_by_line(tmp_path: Path, download: Downloader) -> None:
    content = (
        "Artist,Name,URL\n"
        ",Sol,http://h/2\n"
        "Goya,Sol,\n"
        "\n"
        'Goya,"two\nlines",http://h/5\n'
        "  ,Sol,http://h/7\n"
        "Goya;Sol;http://h/8\n"
        "Goya, Francisco,Sol,http://h/9\n"
        "Goya,,http://h/10\n"
        "Goya,Sol\n"
    )
    listing = _listing(tmp_path, download, content)
    assert [(candidate.where, candidate.name) for candidate in listing.candidates] == [
        ("line 5: http://h/5", "two lines"),
        ("line 10: http://h/10", None),
    ]
    assert [(skip.where, skip.reason) for skip in listing.skipped] == [
        ("line 2: http://h/2", "no artist"),
        ("line 3", "no URL"),
        ("line 7: http://h/7", "no artist"),
        (
            "line 8",
            "it ends after 1 of 3 fields: cut off, broken in two, or its separator is no comma",
        ),
        ("line 9", "more fields than columns: a field with a comma needs quotes"),
        ("line 11", "it ends after 2 of 3 fields: cut off, or broken in two"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Artist,Name\nGoya,Sol\n", r"no column URL \(its first line: Artist,Name\)"),
        ("Artist:Name:URL\n", "no column Artist"),
        ("", r"no column Artist, Name, URL \(its first line: empty\)"),
        ("Artist,Name,URL,url\n", "more than one column URL"),
        ("Ärtist,Name,URL\n".encode("latin-1"), "is not text in this encoding"),
        ("Artist,Name,URL\n".encode("utf-16-le"), "is not text in this encoding"),
    ],
    ids=["missing", "colons", "empty", "twice", "latin-1", "utf-16 without a mark"],
)
def test_a_file_that_is_no_such_list_is_refused(
    tmp_path: Path, download: Downloader, content: str | bytes, message: str
) -> None:
    with pytest.raises(CsvError, match=message):
        _listing(tmp_path, download, content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_excel_writes_is_read(
    tmp_path: Path, download: Downloader, delimiter: str, encoding: str
) -> None:
    text = 'Artist,Name,URL\r\nGöya,"a, b",http://h/a\r\n'.replace(",", delimiter)
    (candidate,) = _listing(tmp_path, download, text.encode(encoding)).candidates
    assert (candidate.artist, candidate.url) == ("Göya", "http://h/a")


def test_one_odd_line_does_not_spoil_the_list(tmp_path: Path, download: Downloader) -> None:
    """Not even an open quote, a line in another encoding, or a picture in the place of a URL."""
    text = b'Artist,Name,URL\nA,b,http://h/a\nA,"open,http://h/b\nA,c,http://h/d\n'
    text += "Göya,é,http://h/e\n".encode("latin-1")
    text += f"A,b,data:{'x' * 200_000}\nA,f,http://h/f\n".encode()
    listing = _listing(tmp_path, download, text)
    assert [candidate.name for candidate in listing.candidates] == ["b", "c", "b", "f"]
    assert [(skip.where, skip.reason.partition(":")[0]) for skip in listing.skipped] == [
        ("line 3", "a quote that is not closed"),
        ("line 5", "not text in this encoding"),
    ]


def test_a_candidate_loads_its_address_and_a_failed_download_is_unreadable(
    tmp_path: Path, download: Downloader
) -> None:
    def answer(path: str) -> Reply:
        return Reply(b"picture") if path == "/a" else Reply(status=404)

    with serving(answer) as host:
        good, gone = _listing(
            tmp_path, download, f"Artist,Name,URL\nA,a,{host}/a\nA,b,{host}/b\n"
        ).candidates
        assert good.load() == b"picture"
        with pytest.raises(UnreadableError, match="HTTP 404"):
            gone.load()


def test_no_place_in_the_list_tells_a_secret(tmp_path: Path, download: Downloader) -> None:
    listing = _listing(
        tmp_path,
        download,
        "Artist,Name,URL\nGoya,Sol,http://a:hunter2@h/x?sig=hush&id=3\n,b,http://h/x?sig=hush\n",
    )
    (candidate,) = listing.candidates
    # The table needs it as it is.
    assert candidate.url == "http://a:hunter2@h/x?sig=hush&id=3"
    assert candidate.where.startswith("line 2: http://h/x?id=3&redacted=")
    assert "hush" not in listing.skipped[0].where
