"""`verify` finds each way in which the manifests can differ from the store and the table."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import pytest

from tests.uploader.auditing.published import (
    DATA,
    FIRST,
    NOT_THE_SAME,
    ROWS,
    Published,
    delete_all,
    path_of,
    put_jpeg,
    put_text,
    rewrite,
    with_value,
)
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    FILES,
    RULES,
    blob_name,
    content,
    md5,
    uploaded,
)
from uploader.ledger.ledger import Ledger
from uploader.publishing.manifest import SCHEMA, publish
from uploader.stores import StoreError
from uploader.table.owner import Owner
from uploader.table.plan import plan_rows


@pytest.mark.parametrize("change", ["gone", "added", "changed", "twice"])
def test_a_tampered_line_of_the_text(run: Run, in_folder: Published, change: str) -> None:
    lines = run(content(in_folder.store, FILES.text)).splitlines()
    added = b"http://elsewhere/x.jpeg Train/x/ x.jpeg"
    first, *others = lines
    tampered, differing = {
        "gone": (others, [first]),
        "added": (sorted([*lines, added]), [added]),
        "changed": (sorted([added, *others]), [first, added]),
        "twice": ([first, *lines], [first]),
    }[change]
    run(put_text(in_folder.store, b"".join(line + b"\n" for line in tampered)))
    assert sorted(run(in_folder.audit())) == sorted(
        f"{NOT_THE_SAME}: {line.decode()}" for line in differing
    )


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (rb"\n", b"\r\n", 8),
        (rb"\n\Z", b"", 2),
        (rb"\Z", b"\0", 1),
        (rb"\Z", b"\n", 1),
        (rb"\Z", b" \n", 1),
        (rb"\A", b"\xef\xbb\xbf", 2),
        (rb" Train/", b"  Train/", 8),
        (rb" Train/", b" Test/", 8),
        (rb"/ ", b"/\t", 8),
        (rb"Monet", b"Mon\xc3\xa9t", 8),
        (rb"(?s).*", b"", 4),
    ],
    ids=[
        *("CR LF", "no last line feed", "NUL", "an empty line", "a blank line", "BOM"),
        *("two spaces", "another side", "a tab", "an accent", "emptied"),
    ],
)
def test_each_byte_of_the_text_counts(
    run: Run, in_folder: Published, before: bytes, after: bytes, found: int
) -> None:
    """The Spark job splits lines at line feeds, and fields at single spaces."""
    text = run(content(in_folder.store, FILES.text))
    run(put_text(in_folder.store, re.sub(before, lambda match: after, text)))
    told = run(in_folder.audit())
    same = [line for line in told if line.startswith(f"{NOT_THE_SAME}: ")]
    assert len(same) == found
    assert all(line.startswith(f"out of order in {FILES.text}: ") for line in set(told) - set(same))


def test_lines_out_of_order(run: Run, in_folder: Published) -> None:
    lines = run(content(in_folder.store, FILES.text)).splitlines()
    run(put_text(in_folder.store, b"".join(line + b"\n" for line in reversed(lines))))
    assert run(in_folder.audit()) == [
        f"out of order in {FILES.text}: {line.decode()}" for line in reversed(lines[:-1])
    ]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("URL", "http://elsewhere/0.jpeg", "another URL than its name says"),
        ("URL", None, "another URL than its name says"),
        ("Split", "Test", "another Split than in the table"),
        ("Artist", "Nobody", "another Artist than in the table"),
        ("ArtistNumber", 777, "another ArtistNumber than in the table"),
        ("ArtistNumber", None, "another ArtistNumber than in the table"),
        ("SourceURL", "http://h/0", "another SourceURL than in the table"),
        ("ImageKey", "1", "another ImageKey than in the table"),
        ("Hash", "1", "another Hash than in the table"),
        ("Bytes", 1, "of another size than published"),
        ("MD5", "0" * 32, "of another MD5 than published"),
        ("MD5", None, "of another MD5 than published"),
        ("Width", 1, "another Width than stored with the image"),
        ("Height", None, "another Height than stored with the image"),
    ],
)
def test_each_field_of_the_manifest_counts(
    run: Run, in_folder: Published, column: str, value: object, found: str
) -> None:
    run(rewrite(in_folder.store, FILES.table, with_value(column, value)))
    assert run(in_folder.audit()) == [f"{found}: {FIRST}"]


def test_each_column_of_the_manifest_is_compared() -> None:
    """A new one needs a line in the test above."""
    (mark,) = test_each_field_of_the_manifest_counts.pytestmark  # type: ignore[attr-defined]
    assert {column for column, *_ in mark.args[1]} | {"BlobName"} == set(SCHEMA.names)


def test_rows_of_the_manifest_that_are_gone_twice_there_or_out_of_order(
    run: Run, in_folder: Published
) -> None:
    store = in_folder.store
    run(rewrite(store, FILES.table, lambda rows: rows[:1] + rows))
    told = run(in_folder.audit())
    assert f"more than once in the manifest: {FIRST}" in told
    assert any(line.startswith(f"{NOT_THE_SAME}: ") for line in told)
    run(in_folder.prepare())
    run(rewrite(store, FILES.table, lambda rows: rows[::-1]))
    names = [blob_name(row) for row in ROWS]
    assert sorted(run(in_folder.audit())) == sorted(
        f"out of order in {FILES.table}: {name}"
        for name in sorted(names, key=store.url, reverse=True)[1:]
    )
    run(rewrite(store, FILES.table, lambda rows: [row for row in rows if row["BlobName"] != FIRST]))
    assert f"a row's image is not in the manifest: {FIRST.removesuffix('.jpeg')}" in run(
        in_folder.audit()
    )


def test_a_manifest_of_another_owner(run: Run, in_folder: Published) -> None:
    rules = replace(RULES, owner=Owner("other"))
    ledger = Ledger()
    ledger.add(plan_rows(ROWS, RULES))
    for task in ledger.tasks():
        name = task.plan.blob_name
        ledger.record(task, uploaded(name, DATA[task.plan.painting]))
    run(publish(ledger, in_folder.store, rules, FILES))
    (told,) = run(in_folder.audit())
    assert told.startswith(
        f"published from another table: {FILES.table}: it belongs to version 1 of "
    )


def test_a_published_file_that_something_else_wrote(run: Run, in_folder: Published) -> None:
    """Its bytes are as they were, but nobody stands for its MD5 and content type any more."""
    os.utime(path_of(in_folder, FILES.text), (1, 1))
    assert run(in_folder.audit()) == [f"changed since a run wrote it: {FILES.text}"]


def test_the_content_type_of_a_published_file(run: Run, published: Published) -> None:
    data = run(content(published.store, FILES.text))
    run(published.store.put(FILES.text, data, "text/html", md5(data)))
    assert run(published.audit()) == [f"of another content type than published: {FILES.text}"]


@pytest.mark.parametrize("broken", [b"", b"PAR1 or so"], ids=["none", "broken"])
def test_without_a_manifest_there_is_nothing_to_compare(
    run: Run, published: Published, broken: bytes
) -> None:
    run(put_jpeg(published.store, FILES.table, broken))
    with pytest.raises(StoreError, match=r"nothing was published yet|cannot be read"):
        run(published.audit())


def test_a_parquet_manifest_that_was_taken_away(run: Run, published: Published) -> None:
    """Not the same as a place where no run has been."""
    run(delete_all(published.store, FILES.table))
    with pytest.raises(
        StoreError, match=rf"there is no {FILES.table}, although .*results.parquet exists: no run"
    ):
        run(published.audit())
