"""The rows of UniquePaintings, read once from a real DuckDB."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from common.warehouse import WarehouseError, open_warehouse
from tests.uploader.conftest import Project
from tests.uploader.samples import NASTY_ARTISTS, painting
from uploader.rows import Painting, RowSpool

RELATION = '"paintings"."main"."UniquePaintings"'


def _spool(folder: Path, relation: str = RELATION, hash_column: str = "DHashHex3") -> RowSpool:
    with open_warehouse(folder) as warehouse:
        return RowSpool(warehouse, relation, hash_column)


def test_every_value_comes_back_as_it_was(project: Project) -> None:
    rows = [
        painting(artist, f"http://h/{number}?é#", number / 20, hash=f"{number:03x}")
        for number, artist in enumerate(NASTY_ARTISTS)
        if "\0" not in artist
    ]
    rows.append(Painting("Anonymous", None, None, "", "fff", 0.0))
    project.fill(*rows)
    assert sorted(_spool(project.folder), key=lambda row: row.hash) == rows


def test_the_rows_can_be_read_again(project: Project) -> None:
    project.fill(painting(hash="1"), painting(hash="2"))
    spool = _spool(project.folder)
    assert len(spool) == 2
    assert list(spool) == list(spool)
    assert next(iter(spool)) == next(iter(spool))


def test_dbt_may_write_the_database_while_the_rows_are_carried(project: Project) -> None:
    project.fill(painting(hash="1"), painting(hash="2"))
    rows = iter(_spool(project.folder))
    next(rows)
    write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('delete from UniquePaintings')"
    subprocess.run([sys.executable, "-c", write, project.database], check=True)
    assert len(list(rows)) == 1
    assert list(_spool(project.folder)) == []


def test_an_empty_table_has_no_rows(project: Project) -> None:
    project.fill()
    spool = _spool(project.folder)
    assert (len(spool), list(spool)) == (0, [])


def _series(count: int) -> str:
    """A relation of `count` rows that differ."""
    return (
        "(select 'Artist ' || i as Artist, i as ArtistNumber, 'jpeg' as EncodingFormat, "
        "'http://example.org/' || i as URL, printf('%05x', i) as DHashHex3, i / 1e6 as Random "
        f"from range({count}) series(i))"
    )


def test_rows_of_three_frames_are_all_there(project: Project) -> None:
    spool = _spool(project.folder, _series(25_000))
    assert len(spool) == 25_000
    numbers = [row.artist_number for row in spool]
    assert sorted(n for n in numbers if n is not None) == list(range(25_000))
    row = next(iter(spool))
    assert row.hash == f"{row.artist_number:05x}"
    assert row.artist == f"Artist {row.artist_number}"


def test_memory_does_not_grow_with_the_table(project: Project) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            spool = _spool(project.folder, _series(count))
            assert sum(1 for _ in spool) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is made once
    # All rows in Python objects would be three times as much. Two frames are held at a time.
    assert peak(75_000) < 1.5 * peak(25_000)


def test_a_missing_table_or_column_is_named(project: Project) -> None:
    with pytest.raises(WarehouseError, match=r"UniquePaintings does not exist"):
        _spool(project.folder)
    project.fill(painting())
    with pytest.raises(WarehouseError, match="DHashHex8"):
        _spool(project.folder, hash_column="DHashHex8")


def test_a_table_that_is_not_of_dbts_making_is_refused(project: Project) -> None:
    with pytest.raises(WarehouseError, match=r"wrong type: .*Run `dbt build`"):
        _spool(project.folder, _series(3).replace("i as ArtistNumber", "'one' as ArtistNumber"))
    for column in ("Artist", "URL", "DHashHex3", "Random"):
        whole = _series(3)
        relation = f"(select * replace (null as {column}) from {whole})"
        named = "Hash" if column.startswith("DHash") else column
        with pytest.raises(WarehouseError, match=f"rows without {named}. Run `dbt build`"):
            _spool(project.folder, relation)
