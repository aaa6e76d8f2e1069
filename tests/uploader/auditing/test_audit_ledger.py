"""The ledger of an audit finds mismatches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.uploader.conftest import Run
from tests.uploader.samples import RULES, blob_name, listing, painting
from uploader.auditing.audit_ledger import AuditLedger
from uploader.stores import StoredBlob
from uploader.table.plan import plan_rows


@pytest.fixture
def ledger() -> Iterator[AuditLedger]:
    made = AuditLedger()
    yield made
    made.close()


def test_rows_without_a_published_image_are_named(ledger: AuditLedger) -> None:
    rows = [painting(hash="1"), painting(hash="2"), painting(hash="3", encoding_format="webp")]
    ledger.add(plan_rows(rows, RULES))
    ledger.add_published([blob_name(rows[0])])
    assert list(ledger.unpublished()) == [blob_name(rows[1]).removesuffix(".jpeg")]


def test_lines_differ_unless_they_are_as_often_here_as_there(ledger: AuditLedger) -> None:
    differing = ledger.differing_lines(iter(["b", "a", "c"]), iter(["c", "d", "a", "a"]))
    assert list(differing) == ["a", "b", "d"]


def test_a_blob_is_known_as_it_was_listed_last(run: Run, ledger: AuditLedger) -> None:
    one, other = (StoredBlob(f"a/{number}.jpeg", number, bytes(16)) for number in (1, 2))
    run(ledger.list_store(listing(one, other)))
    run(ledger.list_store(listing(other)))
    assert ledger.blob(one.name) is None
    assert ledger.blob(other.name).size == 2
    assert [blob.name for blob in ledger.blobs()] == [other.name]


def test_eligible_rows_without_a_telling_hash_are_counted(ledger: AuditLedger) -> None:
    hashes = (None, "0" * 32, "0f" * 16)
    rows = [painting(hash=f"{n}", finest_hash=finest) for n, finest in enumerate(hashes)]
    ledger.add(plan_rows([*rows, painting(hash="9", encoding_format="webp")], RULES))
    assert ledger.uncompared() == 2
