"""The ledger: a row has one result, a blob has one row, and stored images are recognised."""

from __future__ import annotations

import sqlite3
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paintings_dedupe.common.web.redaction import source_key
from tests.uploader.conftest import Run
from tests.uploader.samples import (
    NASTY_ARTISTS,
    RULES,
    blob_name,
    listing,
    md5,
    painting,
    uploaded,
)
from uploader.images.properties import ImageProperties
from uploader.ledger.ledger import Ledger
from uploader.ledger.records import EarlierResult, Task
from uploader.ledger.results_writer import LONGEST_REASON
from uploader.outcomes import Outcome, Result, StoredImage
from uploader.stores import StoredBlob, StoreError
from uploader.table.painting import Painting
from uploader.table.plan import plan_rows

HASH = "0f" * 16


def _blob(row: Painting, **changed: Any) -> StoredBlob:
    """What a store says of the image of a row, once it is there."""
    metadata = ImageProperties(source_key(row.url), row.finest_hash, 3, 2).to_metadata()
    return replace(StoredBlob(blob_name(row), 4, md5(b"data"), metadata, "v1"), **changed)


def _metadata(url: str, finest_hash: str | None) -> dict[str, str]:
    return ImageProperties(source_key(url), finest_hash, None, None).to_metadata()


def _outcomes(ledger: Ledger) -> dict[str, tuple[str, str, int]]:
    """Outcome, reason and tries of each row, by its key."""
    return {
        found.row.key: (found.outcome, found.reason, found.tries) for found in ledger.finished()
    }


def _task(ledger: Ledger, key: str) -> Task:
    (task,) = (task for task in ledger.tasks() if task.plan.painting.key == key)
    return task


def test_a_row_has_one_result(ledger: Ledger) -> None:
    ledger.add(plan_rows([painting()], RULES))
    (task,) = ledger.tasks()
    ledger.record(task, Result(Outcome.FAILED, "timed out", 4))
    assert list(ledger.tasks()) == []
    ledger.record(task, Result(Outcome.UPLOADED))
    with pytest.raises(sqlite3.IntegrityError):
        ledger.counts()


def test_rows_that_are_not_eligible_have_their_results_at_once(ledger: Ledger) -> None:
    ledger.add(
        plan_rows(
            [
                painting(hash="1", encoding_format="webp"),
                painting("x" * 2000, hash="2"),
                painting(url="ftp://h/", hash="3"),
                painting(hash="4"),
            ],
            RULES,
        )
    )
    assert len(ledger) == 4
    assert [task.plan.painting.key for task in ledger.tasks()] == ["4"]
    outcomes = {key: outcome for key, (outcome, *_) in _outcomes(ledger).items()}
    assert outcomes == {"1": "skipped", "2": "refused", "3": "refused"}


def test_a_second_row_of_one_name_is_refused(ledger: Ledger) -> None:
    """In whatever format: the blobs would be one picture, twice."""
    first = painting("Th\u00e9odore", hash="1a", key="1a")
    second = replace(first, artist="The\u0301odore", encoding_format="png")
    ledger.add(plan_rows([first, second], RULES))
    (task,) = ledger.tasks()
    assert task.plan.painting == first
    assert ledger.counts() == [
        (
            Outcome.REFUSED,
            "another row has the same blob name: Image/DataSets/Paintings/Train/Théodore/1a",
            1,
        )
    ]


NAMES = st.one_of(st.text(st.sampled_from("a_/%.é\u0301\\"), max_size=3), st.sampled_from("ab"))


@given(st.lists(st.tuples(NAMES, NAMES, NAMES, st.sampled_from([0.1, 0.9])), max_size=30))
@example([("a", "b_c", "b_c", 0.1), ("a", "b", "c", 0.1)])
@example([("a/b", "c", "c", 0.1), ("a", "b/c", "b/c", 0.1)])
def test_no_two_rows_ever_share_a_blob(rows: list[tuple[str, str, str, float]]) -> None:
    """Whatever they are called: each is a blob of its own, or refused."""
    ledger = Ledger()
    ledger.add(
        plan_rows(
            (
                painting(artist, hash=hash_, key=key, random=random)
                for artist, hash_, key, random in rows
            ),
            RULES,
        )
    )
    names = [task.plan.blob_name for task in ledger.tasks()]
    assert len(set(names)) == len(names)
    refused = sum(count for *_, count in ledger.counts())
    assert len(names) + refused == len(rows) == len(ledger)
    assert {outcome for outcome, *_ in ledger.counts()} <= {Outcome.REFUSED}
    ledger.close()


def test_rows_that_differ_are_all_blobs(ledger: Ledger) -> None:
    rows = [
        painting(artist, hash=hash_, key=f"{number} {hash_}", random=random)
        for number, artist in enumerate(NASTY_ARTISTS)
        for hash_ in ("1", "2")
        for random in (0.1, 0.9)
    ]
    ledger.add(plan_rows(rows, RULES))
    assert len(list(ledger.tasks())) == len(rows)
    assert ledger.counts() == []


def test_tasks_come_in_the_order_of_random_while_results_are_recorded(ledger: Ledger) -> None:
    """So that the rows of one host, which stand together in a table, are spread over the run."""
    numbers = [number * 7919 % 2_503 for number in range(2_503)]
    ledger.add(plan_rows((painting(hash=f"{n:x}", random=n / 2_503) for n in numbers), RULES))
    done = []
    for task in ledger.tasks():
        done.append(int(task.plan.painting.hash, 16))
        ledger.record(task, Result(Outcome.FAILED, "timed out", 1))
    assert done == list(range(2_503))
    assert ledger.counts() == [(Outcome.FAILED, "timed out", 2_503)]


@pytest.mark.parametrize(
    ("changed", "is_there"),
    [
        ({}, True),
        ({"version": "v2", "size": 5}, True),
        ({"md5": None}, False),
        ({"metadata": {}}, False),
        ({"metadata": _metadata("http://h/other", HASH)}, False),
        ({"metadata": _metadata("http://h/a", "f0" * 16)}, False),
        ({"metadata": _metadata("http://h/a", None)}, False),
        ({"name": "Image/DataSets/Paintings/Test/Claude Monet/1a2.jpeg"}, False),
        ({"name": "Image/DataSets/Paintings/Train/Claude Monet/1a2.png"}, False),
    ],
    ids=[
        *("as stored", "written again", "without digest", "foreign", "another source"),
        *("another hash", "no hash", "other side", "another format"),
    ],
)
def test_what_is_there_is_known_by_name_source_hash_and_digest(
    run: Run, ledger: Ledger, changed: dict[str, Any], is_there: bool
) -> None:
    row = painting(url="http://h/a", finest_hash=HASH)
    ledger.add(plan_rows([row], RULES))
    run(ledger.list_store(listing(_blob(row, **changed))))
    ledger.record_present(RULES)
    assert [task.plan.painting for task in ledger.tasks()] == ([] if is_there else [row])
    assert [outcome for outcome, *_ in ledger.counts()] == [Outcome.PRESENT] * is_there


@pytest.mark.parametrize("finest", [None, "0" * 32, "g" * 32, "0" + "a" * 30])
def test_what_is_there_but_proves_nothing_is_said_to_be_so(
    run: Run, ledger: Ledger, finest: str | None
) -> None:
    row = painting(url="http://h/a", finest_hash=finest)
    ledger.add(plan_rows([row], RULES))
    (task,) = ledger.tasks()
    run(ledger.list_store(listing(_blob(task.plan.painting))))
    ledger.record_present(RULES)
    assert [(outcome, reason) for outcome, reason, _ in ledger.counts()] == [
        (Outcome.PRESENT_UNCOMPARED, task.plan.not_compared)
    ]
    assert task.plan.not_compared


@pytest.mark.parametrize(
    ("told", "rules", "is_there"),
    [
        ({}, {}, True),
        ({}, {"strip_metadata": True}, False),
        ({"stripped": "yes"}, {"strip_metadata": True}, True),
        ({"stripped": "yes"}, {}, False),
        ({}, {"refuse_trailing": True}, False),
        ({"ended": "yes"}, {"refuse_trailing": True}, True),
        ({"ended": "yes"}, {}, True),
    ],
)
def test_an_image_that_was_stored_under_other_rules_is_not_there(
    run: Run, ledger: Ledger, told: dict[str, str], rules: dict[str, bool], is_there: bool
) -> None:
    row = painting(url="http://h/a", finest_hash=HASH)
    blob = _blob(row)
    ledger.add(plan_rows([row], RULES))
    run(ledger.list_store(listing(replace(blob, metadata={**blob.metadata, **told}))))
    ledger.record_present(replace(RULES, **rules))
    assert [outcome for outcome, *_ in ledger.counts()] == [Outcome.PRESENT] * is_there


def test_a_row_that_is_refused_for_its_hash_wants_no_image(run: Run, ledger: Ledger) -> None:
    """Else an image that was stored in a laxer run would stay in the manifest."""
    row = painting(url="http://h/a")
    ledger.add(plan_rows([row], replace(RULES, refuse_uncompared=True)))
    run(ledger.list_store(listing(_blob(row))))
    ledger.record_present(RULES)
    assert [outcome for outcome, *_ in ledger.counts()] == [Outcome.REFUSED]
    assert [blob.name for blob in ledger.stale(ours=False)] == [blob_name(row)]


def test_a_renewed_signature_is_what_is_there(run: Run, ledger: Ledger) -> None:
    row = painting(url="http://h/a?sig=old")
    ledger.add(plan_rows([replace(row, url="http://h/a?sig=new")], RULES))
    run(ledger.list_store(listing(_blob(row))))
    ledger.record_present(RULES)
    assert list(ledger.tasks()) == []


def test_what_is_there_is_told_with_its_size_in_pixels(run: Run, ledger: Ledger) -> None:
    known, odd = painting(hash="1"), painting(hash="2")
    ledger.add(plan_rows([known, odd], RULES))
    metadata = {**_metadata(odd.url, None), "width": "wide", "height": "-1"}
    run(ledger.list_store(listing(_blob(known), _blob(odd, metadata=metadata))))
    ledger.record_present(RULES)
    assert [found.stored for found in ledger.finished()] == [
        StoredImage(blob_name(known), 4, md5(b"data"), 3, 2),
        StoredImage(blob_name(odd), 4, md5(b"data"), None, None),
    ]


def test_a_listing_takes_the_place_of_the_one_before(run: Run, ledger: Ledger) -> None:
    one, other = painting(hash="1"), painting(hash="2")
    run(ledger.list_store(listing(_blob(one), _blob(other))))
    run(ledger.list_store(listing(_blob(other, version="v2"))))
    (listed,) = ledger.stale(ours=False)
    assert listed == StoredBlob(blob_name(other), 4, md5(b"data"), {}, "v2")


def test_a_listing_with_a_blob_twice_is_refused(run: Run, ledger: Ledger) -> None:
    """Which of the two is there, nobody knows."""
    blob, other = _blob(painting()), _blob(painting(hash="1"))
    with pytest.raises(StoreError, match=f"lists a blob twice, .*: {blob.name}"):
        run(ledger.list_store(listing(blob, other, replace(blob, version="v2"))))


def test_earlier_results_stand_but_for_what_is_tried_again(ledger: Ledger) -> None:
    ledger.add(plan_rows((painting(hash=f"{n}", random=n / 10) for n in range(5)), RULES))
    ledger.record(_task(ledger, "0"), Result(Outcome.PRESENT))
    earlier = [
        EarlierResult("0", Outcome.REFUSED, "corrupt", 1),
        EarlierResult("1", Outcome.FAILED, "HTTP 503", 4),
        EarlierResult("2", Outcome.DRIFTED, "another picture", 2),
        EarlierResult("3", Outcome.PENDING, "not tried", 0),
        EarlierResult("gone", Outcome.REFUSED, "corrupt", 1),
    ]
    assert ledger.record_earlier(iter(earlier), tried_again=[Outcome.FAILED])
    assert [task.plan.painting.key for task in ledger.tasks()] == ["1", "4"]
    assert _outcomes(ledger) == {
        "0": ("already there", "", 0),
        "2": ("drifted", "another picture", 2),
        "3": ("pending", "not tried", 0),
    }


def test_without_earlier_results_it_says_so(ledger: Ledger) -> None:
    assert not ledger.record_earlier(iter([]), tried_again=[Outcome.FAILED])


def test_every_row_ends_in_some_outcome(ledger: Ledger) -> None:
    ledger.add(plan_rows((painting(hash=f"{n}") for n in range(3)), RULES))
    ledger.record(_task(ledger, "1"), Result(Outcome.FAILED, "timed out"))
    ledger.record_pending("not tried: interrupted")
    assert ledger.counts() == [
        (Outcome.PENDING, "not tried: interrupted", 2),
        (Outcome.FAILED, "timed out", 1),
    ]


@pytest.mark.parametrize(
    "changed", [None, {"size": 5}, {"md5": md5(b"atad")}, {"md5": None}], ids=str
)
def test_what_the_store_does_not_show_has_failed(
    run: Run, ledger: Ledger, changed: dict[str, Any] | None
) -> None:
    rows = [painting(hash="1"), painting(hash="2")]
    ledger.add(plan_rows(rows, RULES))
    for row in rows:
        ledger.record(_task(ledger, row.key), uploaded(blob_name(row), b"data"))
    shown = [_blob(rows[0])] + ([] if changed is None else [_blob(rows[1], **changed)])
    run(ledger.list_store(listing(*shown)))
    assert ledger.fail_absent("not shown") == 1
    assert _outcomes(ledger) == {"1": ("uploaded", "", 1), "2": ("failed", "not shown", 1)}
    assert [found.stored for found in ledger.finished()] == [
        StoredImage(blob_name(rows[0]), 4, md5(b"data"), 3, 2),
        None,
    ]


def _names(blobs: Any) -> list[str]:
    return [blob.name for blob in blobs]


def test_blobs_that_no_row_wants_are_ours_or_others(run: Run, ledger: Ledger) -> None:
    wanted, dropped, foreign = (painting(hash=f"{n}") for n in range(3))
    ledger.add(plan_rows([wanted], RULES))
    run(ledger.list_store(listing(*map(_blob, (wanted, dropped, foreign)))))
    ledger.add_published([blob_name(wanted), blob_name(dropped), "gone already.jpeg"])
    assert _names(ledger.stale(ours=True)) == [blob_name(dropped)]
    assert _names(ledger.stale(ours=False)) == [blob_name(foreign)]


def test_a_row_that_is_not_stored_still_wants_its_blob(run: Run, ledger: Ledger) -> None:
    """A host that is down for a day must not cost the image of last week."""
    row = painting()
    ledger.add(plan_rows([row], RULES))
    run(ledger.list_store(listing(_blob(row))))
    ledger.add_published([blob_name(row)])
    (task,) = ledger.tasks()
    ledger.record(task, Result(Outcome.FAILED, "timed out"))
    assert _names(ledger.stale(ours=True)) == []


def test_an_image_in_another_format_takes_the_place_of_the_old_one(
    run: Run, ledger: Ledger
) -> None:
    """The larger of two near-duplicates may be a PNG where the other was a JPEG."""
    old, new = painting(), painting(encoding_format="png", url="http://h/larger.png")
    ledger.add(plan_rows([new], RULES))
    run(ledger.list_store(listing(_blob(old), _blob(new))))
    ledger.add_published([blob_name(old)])
    assert _names(ledger.stale(ours=True)) == []
    (task,) = ledger.tasks()
    ledger.record(task, uploaded(blob_name(new), b"data"))
    assert _names(ledger.stale(ours=True)) == [blob_name(old)]


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(count: int) -> int:
        ledger = Ledger()
        tracemalloc.start()
        rows = (painting(hash=f"{n:x}", random=n / count) for n in range(count))
        ledger.add(plan_rows(rows, RULES))
        for task in ledger.tasks():
            image = StoredImage(task.plan.blob_name, 4, b"", 3, 2)
            ledger.record(task, Result(Outcome.UPLOADED, stored=image))
        assert sum(1 for _ in ledger.finished()) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        ledger.close()
        return most

    peak(10)  # what is made once
    assert peak(9_000) < 1.5 * peak(3_000)


@pytest.mark.parametrize("reason", ["N\udcffope", "half \ud83c", "a\0b", "🎨" * 2_000, "\x1b[2J"])
def test_whatever_a_stranger_sent_can_be_recorded(ledger: Ledger, reason: str) -> None:
    ledger.add(plan_rows([painting()], RULES))
    (task,) = ledger.tasks()
    ledger.record(task, Result(Outcome.FAILED, reason, 1))
    ((outcome, recorded, count),) = ledger.counts()
    assert (outcome, count) == (Outcome.FAILED, 1)
    assert recorded.isprintable()
    assert len(recorded.encode("utf-16-le")) <= 2 * LONGEST_REASON


def test_reasons_of_earlier_runs_and_of_those_that_were_stopped_fit_too(ledger: Ledger) -> None:
    """Else one of them would keep the table UploadResults from being written at all."""
    ledger.add(plan_rows([painting(hash="1"), painting(hash="2")], RULES))
    earlier = [EarlierResult("1", Outcome.REFUSED, "🎨" * 2_000, 1)]
    assert ledger.record_earlier(earlier, tried_again=())
    ledger.record_pending("not tried: cannot write /b\udcff" + "x" * 2_000)
    for _, reason, _ in ledger.counts():
        assert reason.isprintable()
        assert len(reason.encode("utf-16-le")) == 2 * LONGEST_REASON


def test_a_result_that_cannot_be_recorded_fails_its_own_row_only(ledger: Ledger) -> None:
    """Recorded are all that were to be written together with it."""
    rows = [painting(hash=f"{number:03x}") for number in range(3)]
    ledger.add(plan_rows(rows, RULES))
    sizes = [4, 2**64, 4]
    for task, size in zip(ledger.tasks(), sizes, strict=True):
        stored = StoredImage(task.plan.blob_name, size, md5(b"data"), 3, 2)
        ledger.record(task, Result(Outcome.UPLOADED, "", 1, stored))
    first, second, third = _outcomes(ledger).values()
    assert first == third == ("uploaded", "", 1)
    assert second[0] == "failed"
    assert second[1].startswith("its result cannot be recorded: ")
