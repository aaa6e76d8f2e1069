"""The outcome of each row, for the next run and for the warehouse."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paintings_dedupe.common.web.redaction import redact_url
from tests.uploader.conftest import Run
from tests.uploader.samples import FILES, RULES, blob_name, content, md5, painting, put_image
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import EarlierResult
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.publishing.files import UnreadableTableError, put_table
from uploader.publishing.published import enter_published
from uploader.publishing.results import COLUMNS, earlier_results, put_results, result_rows
from uploader.stores import Store
from uploader.table.plan import plan_rows

ROWS = [
    painting("Monet", "http://u:pw@h/a?sig=s", 0.1, hash="1", key="k1"),
    painting("Manet", "http://h/b", 0.9, hash="2", artist_number=None),
    painting("Morisot", "http://h/c", 0.2, hash="3", encoding_format="webp"),
]


def _fill(ledger: Ledger) -> None:
    ledger.add(plan_rows(ROWS, RULES))
    stored, failed = ledger.tasks()
    image = StoredImage(stored.plan.blob_name, 4, md5(b"data"), 3, 2)
    ledger.record(stored, Result(Outcome.UPLOADED, "", 2, image))
    ledger.record(failed, Result(Outcome.FAILED, "x" * 2_000, 4))


def test_a_row_has_all_that_is_known_and_no_secret(ledger: Ledger) -> None:
    _fill(ledger)
    one, two, three = (dict(zip(COLUMNS, row, strict=True)) for row in result_rows(ledger, RULES))
    assert one == {
        "ModelVersion": 1,
        "ImageKey": "k1",
        "Hash": "1",
        "Artist": "Monet",
        "ArtistNumber": 7,
        "SourceURL": redact_url("http://h/a?sig=new"),
        "Split": "Train",
        "Outcome": "uploaded",
        "Reason": None,
        "Tries": 2,
        "BlobName": blob_name(ROWS[0]),
        "Bytes": 4,
        "MD5": md5(b"data").hex(),
        "Width": 3,
        "Height": 2,
    }
    # A server's words may be long; the warehouse takes so many.
    assert (two["Outcome"], two["Reason"], two["Tries"]) == ("failed", "x" * 1_000, 4)
    assert (two["Split"], two["ArtistNumber"]) == ("Test", None)
    assert {two[column] for column in ("BlobName", "Bytes", "MD5", "Width", "Height")} == {None}
    assert (three["Outcome"], three["Reason"], three["Tries"]) == (
        "skipped",
        "format webp is not accepted",
        0,
    )


def test_the_file_also_remembers_stale_blobs_of_ours(
    run: Run, store: Store, ledger: Ledger
) -> None:
    """Or a later run, whose manifest names them no more, could not tell them from foreign ones."""
    _fill(ledger)
    stale = run(put_image(store, painting("Gone", hash="9"), b"stale"))
    run(put_image(store, painting("Foreign", hash="9"), b"foreign"))
    run(ledger.list_store(store.list_blobs("")))
    ledger.add_published([stale])
    run(put_results(ledger, store, RULES, FILES))
    table = pq.read_table(io.BytesIO(run(content(store, FILES.results))))
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert rows[:-1] == list(result_rows(ledger, RULES))
    last = {name: value for name, value in zip(COLUMNS, rows[-1], strict=True) if value is not None}
    assert last == {"Outcome": "stale", "BlobName": stale, "Bytes": 5}
    again = Ledger()
    run(again.list_store(store.list_blobs("")))
    run(enter_published(again, store, RULES, FILES, take_over=False))
    assert [blob.name for blob in again.stale(ours=True)] == [stale]
    assert list(run(earlier_results(store, FILES))) == [
        EarlierResult("k1", Outcome.UPLOADED, "", 2),
        EarlierResult("2", Outcome.FAILED, "x" * 1_000, 4),
        EarlierResult("3", Outcome.SKIPPED, "format webp is not accepted", 0),
    ]


@pytest.mark.parametrize(("outcome", "tries"), [("vanished", 1), (None, 1), ("failed", None)])
def test_a_file_of_another_version_is_told(
    run: Run, store: Store, outcome: str | None, tries: int | None
) -> None:
    schema = pa.schema({name: pa.string() for name in ("ImageKey", "Outcome", "Reason")})
    row = ("k1", outcome, None, tries)
    run(put_table(store, FILES.results, schema.append(pa.field("Tries", pa.int32())), [row]))
    with pytest.raises(UnreadableTableError, match=f"the outcome {outcome} and {tries} tries"):
        list(run(earlier_results(store, FILES)))


def test_before_the_first_run_there_is_nothing(run: Run, store: Store) -> None:
    assert list(run(earlier_results(store, FILES))) == []
