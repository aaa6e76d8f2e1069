"""A run drops few of the published images, unless --max-dropped allows more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uploader.conftest import Command, Gallery, Project
from tests.uploader.samples import FILES, PREFIX
from uploader.publishing.drop_limit import DropLimit
from uploader.table.painting import Painting


@pytest.mark.parametrize(
    ("limit", "published", "most"),
    [
        (DropLimit(), 0, 0),
        (DropLimit(), 1, 0),
        (DropLimit(), 2, 1),
        (DropLimit(), 3, 2),
        (DropLimit(), 10, 2),
        (DropLimit(), 15, 3),
        (DropLimit(), 1_000, 200),
        (DropLimit(0), 1_000, 0),
        (DropLimit(7), 1_000, 7),
        (DropLimit(7), 7, 7),
        (DropLimit(50, is_share=True), 9, 4),
        (DropLimit(100, is_share=True), 9, 9),
        (DropLimit(29, is_share=True), 100, 29),
        (DropLimit(0.1, is_share=True), 1_000, 1),
        (DropLimit(0, is_share=True), 9, 0),
    ],
    ids=str,
)
def test_how_many_may_go(limit: DropLimit, published: int, most: int) -> None:
    allowed = [dropped for dropped in range(published + 1) if limit.allows(dropped, published)]
    assert allowed == list(range(most + 1))


@given(st.integers(1, 10**7))
def test_without_being_told_it_never_takes_all(published: int) -> None:
    assert not DropLimit().allows(published, published)


@pytest.fixture
def eight(gallery: Gallery) -> list[Painting]:
    return [gallery.painting(f"/{'x' * n}.jpg", hash=f"{n}", random=n / 10) for n in range(8)]


def _files(blobs: Path) -> dict[str, bytes]:
    folder = blobs / "images"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("options", [(), ("--prune",), ("--dry-run",), ("--dry-run", "--prune")])
@pytest.mark.parametrize("mistake", ["formats", "hash level", "table", "split"])
def test_a_mistake_takes_nothing_away(
    project: Project,
    upload: Command,
    blobs: Path,
    gallery: Gallery,
    eight: list[Painting],
    mistake: str,
    options: tuple[str, ...],
) -> None:
    """A typing error, another var of dbt, a table that was built wrongly: said with numbers."""
    project.fill(*eight)
    assert upload().code == 0
    before, asked = _files(blobs), len(gallery.asked)
    rows, wrong, dropped = {
        "formats": (eight, ("--formats", "gif"), 8),
        "hash level": (
            [replace(row, hash=f"{row.hash}f", key=f"{row.key}f") for row in eight],
            (),
            8,
        ),
        "table": (eight[:1], (), 7),
        "split": (eight, ("--train-share", "0.3"), 5),
    }[mistake]
    project.fill(*rows)
    ended = upload(*wrong, *options)
    assert ended.code == 2
    assert f"this run would drop {dropped} of 8 published images from the manifest" in ended.err
    assert "than 20%: no eligible row of the table has them any more. " in ended.err
    assert ended.err.endswith(f"add --max-dropped {dropped}\n")
    assert _files(blobs) == before
    assert len(gallery.asked) == asked
    # What it says is what it takes.
    meant = upload(*wrong, *options, "--max-dropped", str(dropped))
    assert meant.code == 0, meant.err


def test_images_of_an_older_manifest_are_not_deleted_by_mistake_either(
    project: Project, upload: Command, blobs: Path, eight: list[Painting]
) -> None:
    """The manifest that stands does not list them any more."""
    project.fill(*eight)
    assert upload().code == 0
    project.fill(*eight[:3])
    assert upload("--max-dropped", "70%").code == 0
    before = _files(blobs)
    refused = upload("--prune")
    assert refused.code == 2
    assert "this run would delete 5 of 8 images of earlier manifests" in refused.err
    assert _files(blobs) == before
    pruned = upload("--prune", "--max-dropped", "5")
    assert pruned.code == 0
    assert sum(name.startswith(f"{PREFIX}T") for name in _files(blobs)) == 3


def test_a_dry_run_promises_no_deletion_that_the_run_refuses(
    project: Project, upload: Command, eight: list[Painting]
) -> None:
    project.fill(*eight)
    assert upload().code == 0
    project.fill(*eight[:3])
    assert upload("--max-dropped", "70%").code == 0
    refused = upload("--prune", "--dry-run")
    assert refused.code == 2
    assert "would delete" not in refused.out
    assert refused.err.count("stale, of an earlier manifest: ") == 5
    assert "Delete them with --prune" not in refused.err
    allowed = upload("--prune", "--dry-run", "--max-dropped", "5")
    assert (allowed.code, allowed.err) == (0, "")
    assert allowed.out.count("would delete ") == 5


def test_sources_that_are_gone_empty_no_manifest(
    project: Project, upload: Command, blobs: Path, eight: list[Painting]
) -> None:
    """The rows are there, with other URLs, and nothing is behind those."""
    project.fill(*eight)
    assert upload().code == 0
    manifest = _files(blobs)[FILES.text]
    project.fill(
        *eight[:2], *(replace(row, url=row.url.replace("/x", "/gone")) for row in eight[2:])
    )
    ended = upload("--prune")
    assert ended.code == 1
    assert "The manifest is unchanged: this run would drop 6 of 8" in ended.err
    assert "than 20%: their rows failed in this run, or are in the table no more. " in ended.err
    assert _files(blobs)[FILES.text] == manifest
    assert len(_files(blobs)) == 8 + 3
