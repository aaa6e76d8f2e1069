"""`verify` finds what changed in the table since the manifest was published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.uploader.auditing.published import (
    FIRST,
    ROWS,
    Published,
    of_manifest,
)
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    blob_name,
    painting,
)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"artist_number": 8}, ["another ArtistNumber than in the table"]),
        (
            {"url": "http://h/new"},
            ["another SourceURL than in the table", "from another source than its row's URL"],
        ),
        ({"finest_hash": "f" * 32}, ["compared with another hash than its row's"]),
        ({"finest_hash": None}, ["compared with another hash than its row's"]),
    ],
    ids=["number", "URL", "hash", "no hash"],
)
def test_a_table_that_changed_since(
    run: Run, in_folder: Published, changed: dict[str, Any], found: list[str]
) -> None:
    told = run(in_folder.audit([replace(ROWS[0], **changed), *ROWS[1:]]))
    assert [line for line in told if line.endswith(FIRST)] == [f"{kind}: {FIRST}" for kind in found]
    assert of_manifest(told) == [line for line in told if line.endswith(FIRST)]


def test_a_row_that_is_gone_from_the_table(run: Run, in_folder: Published) -> None:
    assert of_manifest(run(in_folder.audit(ROWS[1:]))) == [
        f"in the manifest, but not in the table: {FIRST}"
    ]


def test_a_row_that_is_new_in_the_table(run: Run, in_folder: Published) -> None:
    new = painting(hash="new")
    assert of_manifest(run(in_folder.audit([*ROWS, new]))) == [
        f"a row's image is not in the manifest: {blob_name(new).removesuffix('.jpeg')}"
    ]


def test_a_row_on_the_other_side_of_the_split(
    run: Run, in_folder: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """A leak from one side to the other."""
    moved = replace(ROWS[0], random=0.9)
    assert sorted(of_manifest(run(in_folder.audit([moved, *ROWS[1:]])))) == [
        f"a row's image is not in the manifest: {blob_name(moved).removesuffix('.jpeg')}",
        f"in the manifest, but not in the table: {FIRST}",
    ]
    assert "on the other side of the split than the table and --train-share say: 1. " in (
        capsys.readouterr().out
    )


def test_a_row_that_cannot_be_uploaded(run: Run, in_folder: Published) -> None:
    refused = painting(hash="bad", url="ftp://h/")
    skipped = painting(hash="webp", encoding_format="webp")
    assert of_manifest(run(in_folder.audit([*ROWS, refused, skipped]))) == [
        "refused: not an http or https URL: 1 row"
    ]


def test_names_are_no_markup(run: Run, in_folder: Published) -> None:
    twice = [painting("[", hash="b]", key=key) for key in ("b]", "b]")]
    told = of_manifest(run(in_folder.audit([*ROWS, *twice])))
    assert any("another row has the same blob name" in line and "[/b]" in line for line in told)
