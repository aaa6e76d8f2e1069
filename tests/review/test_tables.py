"""What the page reads from tables that dbt built."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from paintings_dedupe.common.warehouse.faults import WarehouseError
from paintings_dedupe.review.content import Problem, Review
from paintings_dedupe.review.marts import TablesError, find_marts
from paintings_dedupe.review.tables import read_review
from paintings_dedupe.review.verdicts import (
    HEADER,
    Judgement,
    Side,
    Verdict,
    VerdictsError,
    verdicts_text,
)
from tests.helpers.dbt_manifest import other_package
from tests.helpers.dbt_project import Dbt, new_dbt
from tests.models import reference

A, B = "Claude Monet", "Édouard Manet"
# Far from each other and from flat hashes.
BASE, FAR = 0x0F1E2D3C4B5A69788796A5B4C3D2E1F0, 0x00FF5A3C9E71C8B62D4F1B8E63A07D15
FLAT = 0


def bits(base: int, count: int) -> str:
    """A hash that differs from a base in so many bits."""
    return f"{base ^ ((1 << count) - 1):032x}"


def row(artist: str, url: str, finest: str | None, **changes: str | None) -> dict[str, str | None]:
    """A row of Paintings; its other hashes follow from the finest."""
    told = finest or bits(FAR, 0)
    hashes = {f"DHashHex{level}": told[:digits] for level, (digits, _) in reference.DIGITS.items()}
    made: dict[str, str | None] = {
        **{"Artist": artist, "ArtistNumber": "1", "Width": "800", "Height": "600"},
        **{"EncodingFormat": "jpeg", "Name": f"Name of {url}", "URL": f"http://host/{url}"},
        **hashes,
        "DHashHex8": finest,
    }
    return made | changes


ROWS = [
    row(A, "kept", bits(BASE, 0), Width="900"),
    row(A, "equal", bits(BASE, 0)),
    row(A, "near", bits(BASE, 20)),
    # 45 bits from the first and 25 from the third, with which they form a group.
    row(A, "far", bits(BASE, 45), EncodingFormat="webp"),
    row(A, "other", bits(FAR, 0)),
    row(A, "missed", bits(FAR, 50)),
    row(A, "judged", bits(FAR, 100)),
    row(B, "copy", bits(FAR, 3)),
    row(B, "flat", f"{FLAT:032x}"),
    row(B, "unhashed", None),
    row(B, "rejected", bits(BASE, 60), Width="0"),
    row(B, "elsewhere", bits(BASE, 64), URL=None),
    row(A, "banknote", bits(BASE, 90)),
]
MISSED = Side(A, bits(FAR, 50), "http://host/missed")
VERDICTS = [
    Verdict(
        Judgement.DIFFERENT, MISSED, Side(A, bits(FAR, 100), "http://host/judged"), "two views"
    ).in_order(),
    Verdict(Judgement.DROP, Side(A, bits(BASE, 90), "http://host/banknote")),
    Verdict(Judgement.DROP, Side(A, "0" * 31 + "1", "http://host/gone")),
]


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Tables that dbt built of these rows, and of these verdicts."""
    dbt = new_dbt(tmp_path_factory.mktemp("review"))
    paintings = pd.DataFrame(ROWS, columns=reference.COLUMNS)
    verdicts = pd.DataFrame([one.values() for one in VERDICTS], columns=HEADER)
    with duckdb.connect(str(dbt.database)) as connection:
        connection.register("paintings", paintings.astype(object))
        connection.execute("create table Paintings as from paintings")
        connection.register("verdicts", verdicts)
        connection.execute("create table review_verdicts as from verdicts")
    # `dbt run` loads no seed, so the verdicts are those of the table.
    dbt.succeed("run")
    (dbt.folder / "verdicts.csv").write_text(verdicts_text(VERDICTS), encoding="utf-8")
    return dbt


@pytest.fixture(scope="module")
def review(dbt: Dbt) -> Iterator[Review]:
    with dbt.warehouse() as warehouse:
        yield read_review(
            warehouse, dbt.folder / "target" / "manifest.json", dbt.folder / "verdicts.csv"
        )


def name(review: Review, place: int) -> str:
    return review.images[place].url.rpartition("/")[2]


def test_groups_begin_with_the_kept_image_and_the_doubtful_come_first(review: Review) -> None:
    named = [
        [(name(review, one.image), one.distance, one.link) for one in group.members]
        for group in review.groups
    ]
    assert named[0][0] == ("kept", 0, "kept")
    assert ("equal", 0, "equal") in named[0]
    assert sorted(len(group) for group in named[1:]) == [1] * (len(named) - 1)
    assert review.group_total == len(named)
    # The banknote was dropped, and the rows without a width or an address are rejected.
    everything = {url for group in named for url, _, _ in group}
    assert everything.isdisjoint({"banknote", "rejected"})
    # Of a conflict across artists, both images are doubtful.
    doubtful = {name(review, one.members[0].image) for one in review.groups if one.doubts}
    assert {"other", "copy"} <= doubtful


def test_images_have_what_their_rows_say(review: Review) -> None:
    (flat,) = (one for one in review.images if one.url.endswith("/flat"))
    (unhashed,) = (one for one in review.images if one.url.endswith("/unhashed"))
    assert (flat.is_named_by_hash, flat.hash) == (False, "0" * 32)
    assert (unhashed.is_named_by_hash, unhashed.hash) == (False, "")
    (kept,) = (one for one in review.images if one.url.endswith("/kept"))
    assert (kept.width, kept.height, kept.format) == (900, 600, "jpeg")
    assert kept.name == "Name of kept"
    assert kept.split in {"Train", "Test"}


def test_near_misses_leave_out_what_was_judged_different(review: Review) -> None:
    pairs = {
        frozenset((name(review, one.image), name(review, one.other))): one.distance
        for one in review.near_misses.shown
    }
    assert pairs == {frozenset(("other", "missed")): 50}
    assert review.near_misses.total == 1


def test_conflicts_rejections_and_counts(review: Review) -> None:
    (conflict,) = review.conflicts.shown
    assert {name(review, conflict.image), name(review, conflict.other)} == {"other", "copy"}
    assert conflict.distance == 3
    rejected = {one.url: one for one in review.rejections.rows}
    assert set(rejected) >= {"http://host/rejected", "", "http://host/banknote"}
    assert review.rejections.total == len(review.rejections.rows)
    assert rejected["http://host/banknote"].is_in_version_1
    assert not rejected["http://host/banknote"].is_in_version_2
    hosts = {(one.reason, one.host): one.count for one in review.rejections.reasons.shown}
    assert sum(hosts.values()) == review.rejections.total
    assert {host for _, host in hosts} == {"host", ""}
    assert review.rows == len(ROWS)
    first, second = review.versions
    assert first.rejected + first.duplicates + first.unique == len(ROWS)
    assert second.rejected + second.duplicates + second.unique == len(ROWS)
    assert first.uploaded is None
    assert second.eligible <= second.unique
    assert sum(one.train + one.test for one in review.balance) == second.unique
    assert [score.level for score in review.scores] == [None, 8, 7, 6, 5, 4, 3, 2, 1]
    assert review.levels == [8, 7, 6, 5, 4, 3, 2, 1]


def test_a_verdict_that_was_not_obeyed_is_listed(review: Review) -> None:
    gone = VERDICTS[2].values()[:-1]
    assert review.problems == [Problem(gone, "the image is not in the table")]
    assert review.verdicts == sorted(VERDICTS, key=Verdict.sort_key)


def test_verdicts_that_dbt_has_not_loaded_are_noticed(dbt: Dbt, review: Review) -> None:
    assert review.are_verdicts_loaded
    changed = dbt.folder / "changed.csv"
    changed.write_text(verdicts_text(VERDICTS[:2]), encoding="utf-8")
    with dbt.warehouse() as warehouse:
        later = read_review(warehouse, dbt.folder / "target" / "manifest.json", changed)
    assert not later.are_verdicts_loaded


def test_of_more_images_the_doubtful_and_the_larger_groups_are_shown(dbt: Dbt) -> None:
    with dbt.warehouse() as warehouse:
        review = read_review(
            warehouse, dbt.folder / "target" / "manifest.json", dbt.folder / "verdicts.csv", 6
        )
    assert sum(len(group.members) for group in review.groups) <= 6
    assert review.group_total > len(review.groups)


def test_models_of_these_names_in_another_package_are_not_ours(dbt: Dbt, tmp_path: Path) -> None:
    manifest = dbt.folder / "target" / "manifest.json"
    both = tmp_path / "manifest.json"
    artifact = json.loads(manifest.read_text(encoding="utf-8"))
    both.write_text(json.dumps(other_package(artifact)), encoding="utf-8")
    with dbt.warehouse() as warehouse:
        assert find_marts(warehouse, both).relations == find_marts(warehouse, manifest).relations


def test_what_is_missing_is_named(dbt: Dbt, tmp_path: Path) -> None:
    manifest = dbt.folder / "target" / "manifest.json"
    with dbt.warehouse() as warehouse:
        with pytest.raises(VerdictsError, match=r"none\.csv does not exist"):
            read_review(warehouse, manifest, tmp_path / "none.csv")
        with pytest.raises(TablesError, match=r"gone\.json does not exist. Run `dbt build`"):
            find_marts(warehouse, tmp_path / "gone.json")
        (tmp_path / "odd.json").write_text("[]", encoding="utf-8")
        with pytest.raises(TablesError, match=r"odd\.json does not describe the models"):
            find_marts(warehouse, tmp_path / "odd.json")
        marts = find_marts(warehouse, manifest)
        with pytest.raises(TablesError, match="does not describe the model nothing"):
            list(marts.rows("nothing", ("A",)))
        with pytest.raises(WarehouseError, match=r"run `dbt build`\. .*NoSuchColumn"):
            list(marts.rows("image_groups", ("NoSuchColumn",)))
