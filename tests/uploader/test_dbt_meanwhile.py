"""dbt may run while a run is under way: the results reach the warehouse, or it is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Command, Ended, Project
from tests.uploader.samples import hash_of, painting, picture


def _half(project: Project) -> None:
    (project.folder / "target" / "manifest.json").write_text('{"metadata": {')


def _gone(project: Project) -> None:
    (project.folder / "target" / "manifest.json").unlink()


def _other(project: Project) -> None:
    project.write_manifest(lambda artifact: artifact["sources"].clear())


def _no_table(project: Project) -> None:
    project.execute('drop table "UniquePaintings"')


def _no_database(project: Project) -> None:
    project.database.unlink()


def _narrower(project: Project) -> None:
    project.execute('create table "UploadResults" (ModelVersion bigint, Hash varchar)')


def _upload(project: Project, upload: Command, meanwhile: Callable[[Project], None]) -> Ended:
    def answer(_: str) -> Reply:
        meanwhile(project)
        return Reply(picture("JPEG", 1))

    with serving(answer) as url:
        project.fill(painting(url=f"{url}/a", finest_hash=hash_of(picture("JPEG", 1))))
        return upload()


@pytest.mark.parametrize("meanwhile", [_half, _gone, _other, _no_table])
def test_the_results_arrive_whatever_became_of_manifest_and_table(
    project: Project, upload: Command, meanwhile: Callable[[Project], None]
) -> None:
    run = _upload(project, upload, meanwhile)
    assert run.code == 0, run.err
    with duckdb.connect(project.database, read_only=True) as connection:
        rows = connection.execute('select Outcome from "UploadResults"').fetchall()
    assert rows == [("uploaded",)]


@pytest.mark.parametrize(
    ("meanwhile", "cause"),
    [(_no_database, "does not exist"), (_narrower, 'does not have a column with name "ImageKey"')],
)
def test_results_that_cannot_arrive_are_told_with_the_remedy(
    project: Project,
    upload: Command,
    blobs: Path,
    meanwhile: Callable[[Project], None],
    cause: str,
) -> None:
    """The images are stored and published; the exit code says that something is missing."""
    run = _upload(project, upload, meanwhile)
    assert run.code == 1
    assert cause in run.err
    assert "transferimages.results.parquet beside the manifest. Fix the cause" in run.err
    assert list(blobs.rglob("transferimages.txt"))
