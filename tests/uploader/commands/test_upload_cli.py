"""The command `upload`: what it stores, publishes and reports."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.uploader.commands.left import (
    ELODIE,
    MONET,
    files_of,
    outcomes_of,
    results_of,
    run_anew,
    table_of,
)
from tests.uploader.conftest import Command, Gallery, Project
from tests.uploader.samples import FILES, PREFIX, picture
from uploader.publishing.results import COLUMNS
from uploader.table.painting import Painting


def test_the_rows_are_uploaded_and_listed(
    project: Project, process: list[str], blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    run = run_anew(*process)
    assert (run.code, run.err.splitlines()[1:]) == (0, []), run.err
    files = files_of(blobs)
    assert set(files) == {MONET, ELODIE, FILES.text, FILES.table, FILES.results}
    assert files[MONET] == picture("JPEG", len("/a.jpg"))
    root = f"{(blobs / 'images').as_uri()}/{PREFIX}"
    assert files[FILES.text].decode("ascii") == (
        f"{root}Test/%C3%89lodie%20%231/0b2.png Test/%C3%89lodie%20%231/ 0b2.png\n"
        f"{root}Train/Claude%20Monet/0a1.jpeg Train/Claude%20Monet/ 0a1.jpeg\n"
    )
    assert f"Manifest: {root}transferimages.txt" in run.out.splitlines()
    assert re.search(r"skipped\W+format webp is not accepted\W+1\b", run.out)
    table = pq.read_table(blobs / "images" / FILES.table).to_pydict()
    assert table["ArtistNumber"] == [7, 1]
    assert (table["Width"], table["Height"]) == ([32, 32], [24, 24])


def test_output_that_cannot_be_encoded_is_escaped(
    project: Project, process: list[str], blobs: Path, gallery: Gallery
) -> None:
    """As on Windows when it goes to a file: an artist in Japanese would end the run unpublished."""
    row = gallery.painting("/a.jpg", artist="葛飾北斎", hash="0a1")
    project.fill(row, row)
    for options in ((), ("--dry-run",)):
        run = run_anew(*process, *options, PYTHONIOENCODING="latin-1")
        assert "Traceback" not in run.err
        assert r"\u845b\u98fe\u5317\u658e" in run.out
    assert outcomes_of(blobs) == {"0a1": "refused"}
    assert FILES.text in files_of(blobs)


def test_another_run_asks_for_nothing_and_changes_no_byte(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload("--workers", "1").code == 0
    first, asked = files_of(blobs), len(gallery.asked)
    assert asked == 2
    project.fill(*reversed(three))
    assert upload("--workers", "5").code == 0
    second = files_of(blobs)
    assert len(gallery.asked) == asked
    assert second.pop(FILES.results) != first.pop(FILES.results)
    assert second == first
    assert outcomes_of(blobs) == {"0a1": "already there", "0b2": "already there", "0c3": "skipped"}


def test_a_row_that_changed_is_uploaded_again(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload().code == 0
    moved = gallery.painting("/elsewhere.jpg", random=0.1, hash="0a1", artist_number=1)
    project.fill(moved, *three[1:])
    assert upload().code == 0
    assert outcomes_of(blobs) == {"0a1": "uploaded", "0b2": "already there", "0c3": "skipped"}
    assert files_of(blobs)[MONET] == gallery.picture("/elsewhere.jpg")


def test_a_row_that_fails_is_named_and_the_others_are_listed(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gone: Painting
) -> None:
    project.fill(*three, gone)
    run = upload()
    assert run.code == 1
    assert f"failed: 404 of Gone [b]\\nArtist: HTTP 404 Not Found ({gone.url})\n" in run.err
    assert "1 eligible row is not in the store: 1 failed. Run again to retry the failed" in run.err
    assert "Traceback" not in run.err
    assert len(files_of(blobs)[FILES.text].splitlines()) == 2
    assert not [name for name in files_of(blobs) if "Gone" in name]


def test_when_all_rows_fail_the_old_manifest_stays(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload().code == 0
    before = files_of(blobs)
    gallery.all_gone = True
    project.fill(*(replace(row, url=f"{row.url}?new") for row in three))
    run = upload()
    assert run.code == 1
    assert "Nothing could be uploaded, so the manifest is unchanged." in run.err
    after = files_of(blobs)
    assert after.pop(FILES.results) != before.pop(FILES.results)
    assert after == before


def test_the_manifest_that_cannot_be_written_is_an_incomplete_run(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    """The images are there: "nothing was done" would be wrong."""
    project.fill(*three)
    (blobs / "images" / FILES.text).mkdir(parents=True)
    run = upload()
    assert run.code == 1
    assert "The manifest was not published: cannot write the file: " in run.err
    assert {MONET, ELODIE} <= set(files_of(blobs))


def test_the_table_of_the_results_has_the_rows_of_their_file(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gone: Painting
) -> None:
    project.fill(*three, gone)
    for _ in ("made", "replaced"):
        assert upload().code == 1
        rows = [tuple(row.values()) for row in results_of(blobs)]
        assert len(rows) == 4
        assert table_of(project) == rows
        assert tuple(results_of(blobs)[0]) == COLUMNS


def test_the_warehouse_can_be_left_alone(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    assert upload("--no-results-table").code == 0
    with pytest.raises(duckdb.CatalogException, match="UploadResults"):
        table_of(project)
    assert len(results_of(blobs)) == 3


def test_a_warehouse_that_takes_no_results_is_told(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    """The images are there, but dbt knows nothing of it."""
    project.fill(*three)
    project.execute('create view "UploadResults" as select 1 as n')
    run = upload()
    assert run.code == 1
    assert "The table UploadResults could not be written: " in run.err
    assert FILES.text in files_of(blobs)
