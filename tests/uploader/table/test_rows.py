"""The rows of UniquePaintings, read from a real DuckDB."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from paintings_dedupe.common.warehouse import connection
from paintings_dedupe.common.warehouse.connection import open_warehouse
from paintings_dedupe.common.warehouse.faults import WarehouseError
from tests.uploader.conftest import Project
from tests.uploader.samples import NASTY_ARTISTS, RULES, painting
from uploader.ledger.ledger import Ledger
from uploader.table.image_set import read_image_set
from uploader.table.painting import Painting
from uploader.table.plan import plan_rows
from uploader.table.rows import read_rows


def _read(project: Project, **changed: str) -> Ledger:
    """Read as the uploader does: into a ledger, and out of it again.

    Parameters
    ----------
    project, changed
        Where from, and what its manifest declares otherwise.
    """
    image_set = read_image_set(project.folder / "target" / "manifest.json")
    image_set = replace(image_set, **changed)
    ledger = Ledger()
    with open_warehouse(project.folder) as warehouse:
        ledger.add(plan_rows(read_rows(warehouse, image_set), RULES))
    return ledger


def _paintings(ledger: Ledger) -> list[Painting]:
    """What the ledger gives back, in its order."""
    return [task.plan.painting for task in ledger.tasks()]


def test_every_value_comes_back_as_it_was(project: Project) -> None:
    rows = [
        painting(artist, f"http://h/{number}?é#", number / 20, hash=f"{number:03x}")
        for number, artist in enumerate(NASTY_ARTISTS)
        if "\0" not in artist
    ]
    rows.append(painting("Anonymous", "http://h/", 0.99, finest_hash="0f" * 16, hash="fff"))
    project.fill(*reversed(rows))
    assert _paintings(_read(project)) == rows


def test_numbers_may_be_missing(project: Project) -> None:
    row = painting(artist_number=None)
    project.fill(row)
    assert _paintings(_read(project)) == [row]


def test_a_key_of_its_own_is_read(project: Project) -> None:
    project.fill(painting(hash="1a2"))
    (row,) = _paintings(_read(project, key_column="'group ' || ArtistNumber"))
    assert (row.key, row.hash) == ("group 7", "1a2")


def test_the_table_may_say_itself_who_is_train(project: Project) -> None:
    """Then Random does not count: the split may be stratified."""
    project.fill(painting(hash="1a2", random=0.1))
    (task,) = _read(project, split_column="'Test'").tasks()
    assert task.plan.painting.split == "Test"
    assert task.plan.stem == f"{RULES.prefix}Test/Claude Monet/1a2"


def test_a_side_that_is_none_is_refused(project: Project) -> None:
    project.fill(painting())
    with pytest.raises(WarehouseError, match="contains 'train', which is neither Train nor Test"):
        _read(project, split_column="'train'")


def test_dbt_may_write_the_database_while_the_rows_are_carried(project: Project) -> None:
    project.fill(painting(hash="1"), painting(hash="2"))
    tasks = _read(project).tasks()
    next(tasks)
    write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('delete from UniquePaintings')"
    subprocess.run([sys.executable, "-c", write, project.database], check=True)
    assert len(list(tasks)) == 1
    assert len(_read(project)) == 0


def _series(count: int) -> str:
    """A relation of `count` rows that differ."""
    return (
        "(select 'Artist ' || i as Artist, i as ArtistNumber, 'jpeg' as EncodingFormat, "
        "'http://example.org/' || i as URL, printf('%05x', i) as DHashHex3, "
        "printf('%032x', i) as DHashHex8, i / 1e6 as Random "
        f"from range({count}) series(i))"
    )


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a batch be a tenth of what it is."""
    monkeypatch.setattr(connection, "_ROWS_A_BATCH", 1_000)


@pytest.mark.usefixtures("small_batches")
def test_rows_of_three_batches_are_all_there(project: Project) -> None:
    rows = _paintings(_read(project, relation=_series(2_500)))
    assert [row.artist_number for row in rows] == list(range(2_500))
    assert rows[777].hash == "00309"
    assert rows[777].finest_hash == f"{777:032x}"
    assert rows[777].artist == "Artist 777"


def _peak(count: int, work: Callable[[int], None]) -> int:
    tracemalloc.start()
    try:
        work(count)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("small_batches")
def test_memory_does_not_grow_with_the_table(project: Project) -> None:
    def work(count: int) -> None:
        ledger = _read(project, relation=_series(count))
        assert sum(1 for _ in ledger.tasks()) == count

    _peak(10, work)  # what is made once
    # All rows in Python objects would be 2.5 times as much. Two batches are held at a time.
    assert _peak(15_000, work) < 1.5 * _peak(6_000, work)


def test_a_missing_table_or_column_is_named(project: Project) -> None:
    with pytest.raises(WarehouseError, match=r"run `dbt build`\..*UniquePaintings does not exist"):
        _read(project)
    project.fill(painting())
    with pytest.raises(WarehouseError, match="GroupKey"):
        _read(project, key_column="GroupKey")


def test_a_table_that_is_not_of_dbts_making_is_refused(project: Project) -> None:
    with pytest.raises(WarehouseError, match=r"wrong type: .*Run `dbt build`"):
        _read(project, relation=_series(3).replace("i as ArtistNumber", "'one' as ArtistNumber"))
    for column in ("Artist", "URL", "DHashHex3", "Random"):
        relation = f"(select * replace (null as {column}) from {_series(3)})"
        named = "RowKey, RowHash" if column == "DHashHex3" else column
        with pytest.raises(WarehouseError, match=f"nulls in the column {named}. Run `dbt build`"):
            _read(project, relation=relation)


class Server:
    """What SQL Server's driver hands on, where DuckDB refuses to store it."""

    adapter_type = "sqlserver"

    def built_rows(self, sql: str) -> Iterator[tuple[object, ...]]:
        assert sql
        half = "Mon\ud800et"
        yield ("a", "Claude Monet", Decimal(1), "jpeg", "http://h/a", "1a", None, 0.5, None)
        yield ("b", half, 1, "jpeg", "http://h/b", "1b", None, 0.5, None)
        yield ("c", "🎨", None, "jpeg", f"http://h/{half}", "1c", None, 0.5, None)


def test_half_a_surrogate_pair_costs_its_row_and_no_other(project: Project) -> None:
    image_set = read_image_set(project.folder / "target" / "manifest.json")
    ledger = Ledger()
    ledger.add(plan_rows(read_rows(Server(), image_set), RULES))  # type: ignore[arg-type]
    assert [painting.key for painting in _paintings(ledger)] == ["a"]
    reason = r"holds \ud800, half of a surrogate pair: correct it in the table"
    found = [(end.row.key, end.row.artist, end.outcome, end.reason) for end in ledger.finished()]
    assert found == [
        ("b", r"Mon\ud800et", "refused", f"Artist {reason}"),
        ("c", "🎨", "refused", f"URL {reason}"),
    ]
