"""The files beside the images: written whole, read back row by row."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pyarrow as pa
import pytest

from tests.uploader.conftest import Run
from tests.uploader.samples import content, listed, md5
from uploader.publishing.files import (
    UnreadableTableError,
    put_lines,
    put_table,
    read_lines,
    read_table,
)
from uploader.stores import Store
from uploader.stores.folder import FolderStore

SCHEMA = pa.schema({"Name": pa.string(), "Number": pa.int64()})


def test_lines_end_in_line_feeds(run: Run, store: Store) -> None:
    run(put_lines(store, "a/list.txt", iter(["one", "two"])))
    assert run(content(store, "a/list.txt")) == b"one\ntwo\n"
    assert list(run(read_lines(store, "a/list.txt"))) == ["one\n", "two\n"]
    assert list(run(read_lines(store, "no/such.txt"))) == []
    (blob,) = run(listed(store))
    assert blob.md5 == md5(b"one\ntwo\n")


def test_others_have_turns_while_rows_are_written(run: Run, folder_store: FolderStore) -> None:
    """A lock that is not renewed for half a minute is lost."""
    rows = 25_000
    between = []

    async def others_run(write: Coroutine[object, object, None]) -> None:
        turns = 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        others = asyncio.create_task(take_turns())
        await write
        others.cancel()
        between.append(turns)

    run(others_run(put_lines(folder_store, "list.txt", ("line" for _ in range(rows)))))
    run(others_run(put_table(folder_store, "t.parquet", SCHEMA, (("a", 1) for _ in range(rows)))))
    assert min(between) >= rows // 1_000


def test_what_is_not_ascii_is_no_line(run: Run, folder_store: FolderStore) -> None:
    with pytest.raises(UnicodeEncodeError):
        run(put_lines(folder_store, "list.txt", ["é"]))
    assert run(listed(folder_store)) == []


@pytest.mark.parametrize("count", [0, 1, 25_000], ids=["none", "one", "three batches"])
def test_a_table_is_read_back_by_its_columns(run: Run, store: Store, count: int) -> None:
    run(put_table(store, "t.parquet", SCHEMA, ((f"é{n}", n or None) for n in range(count))))
    rows = run(read_table(store, "t.parquet", ["Number", "Name"]))
    assert list(rows) == [(n or None, f"é{n}") for n in range(count)]
    (blob,) = run(listed(store))
    assert blob.md5 == md5(run(content(store, "t.parquet")))


def test_where_there_is_no_blob_there_are_no_rows(run: Run, store: Store) -> None:
    assert list(run(read_table(store, "no/such.parquet", ["Name"]))) == []


def test_what_is_no_table_of_ours_is_told(run: Run, folder_store: FolderStore) -> None:
    run(put_lines(folder_store, "t.parquet", ["PAR1, it says"]))
    with pytest.raises(UnreadableTableError):
        list(run(read_table(folder_store, "t.parquet", ["Name"])))
    run(put_table(folder_store, "t.parquet", SCHEMA, [("a", 1)]))
    with pytest.raises(UnreadableTableError, match="BlobName"):
        list(run(read_table(folder_store, "t.parquet", ["Name", "BlobName"])))


def test_a_damaged_table_is_told_as_one(run: Run, folder_store: FolderStore) -> None:
    """Pyarrow raises faults of many kinds, also such as a disk has."""
    kinds = set()
    run(put_table(folder_store, "t.parquet", SCHEMA, ((f"name {n}", n) for n in range(5_000))))
    data = run(content(folder_store, "t.parquet"))
    for place in range(4, len(data), len(data) // 97):
        damaged = data[:place] + bytes(byte ^ 0x5A for byte in data[place : place + 8])
        damaged += data[len(damaged) :]
        run(folder_store.put("t.parquet", damaged, "", md5(damaged)))
        try:
            rows = list(run(read_table(folder_store, "t.parquet", ["Name", "Number"])))
        except UnreadableTableError as error:
            kinds.add(type(error.__cause__))
        else:
            assert len(rows) == 5_000
    assert OSError in kinds
