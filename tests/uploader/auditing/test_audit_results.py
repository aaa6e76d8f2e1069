"""`verify` finds each way in which the published results can differ."""

from __future__ import annotations

import pytest

from tests.uploader.auditing.published import (
    Published,
    Rows,
    delete_all,
    rewrite,
    with_value,
)
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    FILES,
    md5,
)
from uploader.outcomes import Outcome
from uploader.publishing.files import TABLE_TYPE

UNCOMPARED = str(Outcome.UPLOADED_UNCOMPARED)


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("ModelVersion", 2, "another ModelVersion in {} than in the table: 0"),
        ("Artist", "Nobody", "another Artist in {} than in the table: 0"),
        ("ArtistNumber", 8, "another ArtistNumber in {} than in the table: 0"),
        ("SourceURL", "http://h/", "another SourceURL in {} than in the table: 0"),
        ("Split", "Test", "another Split in {} than in the table: 0"),
        ("Hash", "f", "another Hash in {} than in the table: 0"),
        ("Bytes", 1, "another Bytes in {} than stored with the image: 0"),
        ("MD5", None, "another MD5 in {} than stored with the image: 0"),
        ("Width", 1, "another Width in {} than stored with the image: 0"),
        ("Height", 1, "another Height in {} than stored with the image: 0"),
        ("BlobName", "x", "uploaded in {}, but not in the manifest: x"),
        ("Outcome", "failed", "an outcome that cannot be, in {}: 0: failed"),
        ("Outcome", "fine", "an outcome that cannot be, in {}: 0: fine"),
        ("Outcome", UNCOMPARED, f"{UNCOMPARED} in {{}}, unlike its row's hash: 0"),
    ],
)
def test_each_field_of_the_results_counts(
    run: Run, in_folder: Published, column: str, value: object, found: str
) -> None:
    run(rewrite(in_folder.store, FILES.results, with_value(column, value)))
    assert run(in_folder.audit()) == [found.format(FILES.results)]


def test_an_image_that_is_published_is_stored(run: Run, in_folder: Published) -> None:
    """What a row without an image would look like."""
    nothing = dict.fromkeys(("BlobName", "Bytes", "MD5", "Width", "Height"))
    failed = {"Outcome": "failed", "Reason": "HTTP 404"} | nothing
    run(rewrite(in_folder.store, FILES.results, lambda rows: [rows[0] | failed, *rows[1:]]))
    assert run(in_folder.audit()) == [f"failed in {FILES.results}, but in the manifest: 0"]


def test_each_row_has_its_own_image(run: Run, in_folder: Published) -> None:
    """Two rows with the images of each other, each as it is in the store."""

    def swapped(rows: Rows) -> Rows:
        image = ("BlobName", "Bytes", "MD5", "Width", "Height")
        one, other = ({column: row[column] for column in image} for row in rows[:2])
        return [rows[0] | other, rows[1] | one, *rows[2:]]

    run(rewrite(in_folder.store, FILES.results, swapped))
    assert run(in_folder.audit()) == [
        f"with the image of another row in {FILES.results}: 0",
        f"with the image of another row in {FILES.results}: 1",
    ]


def test_each_row_has_one_outcome(run: Run, in_folder: Published) -> None:
    results = FILES.results
    run(rewrite(in_folder.store, results, lambda rows: rows[1:] + rows[-1:]))
    assert run(in_folder.audit()) == [
        f"a row with 0 outcomes in {results}: 0",
        f"a row with 2 outcomes in {results}: 3",
    ]
    run(
        rewrite(
            in_folder.store, results, lambda rows: [row | {"ImageKey": "9"} for row in rows[:1]]
        )
    )
    assert f"in {results}, but no row is of that key: 9" in run(in_folder.audit())


@pytest.mark.parametrize("data", [None, b"nonsense"], ids=["gone", "broken"])
def test_results_that_cannot_be_read(run: Run, published: Published, data: bytes | None) -> None:
    run(delete_all(published.store, FILES.results))
    if data:
        run(published.store.put(FILES.results, data, TABLE_TYPE, md5(data)))
    (told,) = run(published.audit())
    assert FILES.results in told
