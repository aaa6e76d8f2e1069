"""From candidates to rows: numbers, order, one read each."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import partial

from PIL import Image

from paintings_dedupe.common.images.limits import MAX_PIXELS
from paintings_dedupe.ingest.listing.candidates import Candidate, Listing, Skip, UnreadableError
from paintings_dedupe.ingest.measuring.measure import measure
from paintings_dedupe.ingest.measuring.table import Table, build_table

MEASURE = partial(measure, max_pixels=MAX_PIXELS)


def _candidate(where: str, artist: str, load: Callable[[], bytes]) -> Candidate:
    return Candidate(where, artist, where, f"http://h/{where}", load)


def _table(*candidates: Candidate, workers: int = 2) -> Table:
    return build_table(Listing(candidates, ()), workers, MEASURE, on_done=lambda: None)


def _unreadable() -> bytes:
    raise UnreadableError("gone")


def test_artists_are_numbered_in_code_point_order_of_the_whole_input(png: bytes) -> None:
    table = _table(
        _candidate("1", "Émile", lambda: png),
        _candidate("2", "van Gogh", lambda: png),
        _candidate("3", "Zorn", lambda: png),
        _candidate("4", "Zorn", lambda: png),
        _candidate("5", "Arp", _unreadable),
    )
    # Arp has no row, but keeps number 0: a download that fails must not renumber the others.
    assert [(row.artist, row.artist_number) for row in table.rows] == [
        ("Émile", 3),
        ("van Gogh", 2),
        ("Zorn", 1),
        ("Zorn", 1),
    ]
    assert table.skipped == (Skip("5", "gone"),)


def test_rows_and_skips_keep_the_order_of_the_input_whatever_ends_first(png: bytes) -> None:
    later = threading.Event()

    def slow(data: bytes) -> bytes:
        assert later.wait(60)
        return data

    def last() -> bytes:
        later.set()
        return png

    table = _table(
        _candidate("a", "A", lambda: slow(png)),
        _candidate("b", "A", lambda: slow(b"")),
        _candidate("c", "A", lambda: b"<html>"),
        _candidate("d", "A", last),
        workers=3,
    )
    assert [row.name for row in table.rows] == ["a", "d"]
    assert [skip.where for skip in table.skipped] == ["b", "c"]


def test_each_candidate_is_read_once_and_counted_once(png: bytes) -> None:
    reads: list[int] = []
    done: list[int] = []

    def load() -> bytes:
        reads.append(1)
        return png

    listing = Listing(tuple(_candidate(str(n), "A", load) for n in range(20)), ())
    build_table(listing, 4, MEASURE, on_done=lambda: done.append(1))
    assert (len(reads), len(done)) == (20, 20)


def test_what_the_listing_skipped_comes_first(png: bytes) -> None:
    listing = Listing((_candidate("a", "A", lambda: b""),), (Skip("x", "hidden"),))
    table = build_table(listing, 1, MEASURE, on_done=lambda: None)
    assert [skip.where for skip in table.skipped] == ["x", "a"]


def test_size_is_as_shown_and_not_as_stored() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turn by a quarter to show
    buffer = io.BytesIO()
    Image.new("RGB", (30, 20)).save(buffer, "JPEG", exif=exif)
    measured = measure(buffer.getvalue(), MAX_PIXELS)
    assert (measured.width, measured.height, measured.encoding_format) == (20, 30, "jpeg")
