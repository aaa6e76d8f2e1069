"""manifest.json and the table must be of one database and one build; a mismatch names both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from paintings_dedupe.common.warehouse.connection import open_warehouse
from tests.helpers.dbt_manifest import Change, meta
from tests.uploader.conftest import Project
from tests.uploader.samples import painting
from uploader.table.image_set import ImageSetError, read_image_set
from uploader.table.same_build import check_same_build


def _check(project: Project, change: Change | None = None) -> tuple[str, ...]:
    path = project.write_manifest(change)
    with open_warehouse(project.folder) as warehouse:
        return check_same_build(read_image_set(path), warehouse, path)


@pytest.fixture
def built(project: Project) -> Project:
    project.fill(painting())
    return project


def _noted(project: Project, path: Path, invocation: str = "another") -> None:
    text = f"InvocationId,DatabasePath\n{invocation},{path}\n"
    (project.folder / "target" / "paintings_database.csv").write_text(text)


def test_one_database_and_one_build(built: Project) -> None:
    assert _check(built) == ()


def test_another_database_is_named_beside_the_own(built: Project) -> None:
    other = built.folder / "other" / "paintings.duckdb"
    with pytest.raises(ImageSetError) as caught:
        _check(built, lambda artifact: meta(artifact)["target"].update(path=str(other)))
    assert str(other) in str(caught.value)
    assert str(built.database) in str(caught.value)


def test_a_relative_path_leads_where_the_last_run_of_dbt_left_its_tables(built: Project) -> None:
    """The same name in two folders; the manifest alone cannot tell them apart."""

    def relative(artifact: Any) -> None:
        meta(artifact)["target"].update(path="project/paintings.duckdb")

    _noted(built, built.database)
    assert _check(built, relative) == ()
    elsewhere = built.folder / "elsewhere" / "project" / "paintings.duckdb"
    _noted(built, elsewhere)
    with pytest.raises(ImageSetError, match="was written for the database") as caught:
        _check(built, relative)
    assert str(elsewhere) in str(caught.value)


def test_the_note_of_the_manifests_own_run_counts_most(built: Project) -> None:
    """A run may name its file by a link or with dots; the note has the true path."""

    def by_link(artifact: Any) -> None:
        meta(artifact)["target"].update(path="/some/link.duckdb")
        artifact["metadata"]["invocation_id"] = "dbt-2"

    _noted(built, built.database, "dbt-2")
    assert _check(built, by_link) == ()


def test_what_one_command_made_belongs_together_wherever_it_is(built: Project) -> None:
    """A container and its host, or a file that was moved: the table names the manifest's run."""

    def moved(artifact: Any) -> None:
        meta(artifact)["target"].update(path="/data/paintings.duckdb")
        artifact["metadata"]["invocation_id"] = "dbt-1"

    assert _check(built, moved) == ()


def test_a_file_that_was_renamed_is_named_before_a_query_fails(built: Project) -> None:
    """DuckDB calls the database as its file, and the tables are looked up in the one of old."""

    def renamed(artifact: Any) -> None:
        meta(artifact)["target"].update(path="/data/before.duckdb", database="before")
        artifact["metadata"]["invocation_id"] = "dbt-1"

    with pytest.raises(ImageSetError, match="was written for the database /data/before") as caught:
        _check(built, renamed)
    assert str(built.database) in str(caught.value)


def test_a_note_of_another_file_does_not_count(built: Project) -> None:
    """`dbt docs generate` for this database, after `dbt build` for that."""
    _noted(built, built.folder / "other.duckdb")
    assert _check(built) == ()


def test_vars_of_a_later_command_are_noticed(built: Project) -> None:
    """`dbt parse --vars` writes the manifest anew, and builds nothing."""

    def other_vars(artifact: Any) -> None:
        meta(artifact)["vars"] = {"hash_level": 3, "train_share": "0.5"}
        artifact["metadata"]["invocation_id"] = "dbt-2"

    with pytest.raises(ImageSetError) as caught:
        _check(built, other_vars)
    for part in ("train_share is 0.5", "0.8 in the table", "dbt-1", "dbt-2", str(built.database)):
        assert part in str(caught.value)


def test_vars_may_be_written_in_other_ways(built: Project) -> None:
    def same_vars(artifact: Any) -> None:
        meta(artifact)["vars"] = {"hash_level": "3", "train_share": "0.80", "not_noted": "x"}

    assert _check(built, same_vars) == ()


def test_the_last_build_counts(built: Project) -> None:
    built.execute(
        'insert into "TableBuilds" values '
        "(1, 'dbt-0', '2025-01-01T00:00:00Z', '{\"hash_level\": 5}'), "
        "(2, 'dbt-9', '2027-01-01T00:00:00Z', '{\"hash_level\": 5}')"
    )
    assert _check(built) == ()


def test_what_an_older_version_made_is_said_and_passes(built: Project) -> None:
    def older(artifact: Any) -> None:
        del meta(artifact)["target"], meta(artifact)["vars"]

    built.execute('drop table "TableBuilds"')
    notes = _check(built, older)
    assert "does not say for which database it was written. Run `dbt build` once." in notes[0]
    assert "TableBuilds does not say with which vars" in notes[1]
