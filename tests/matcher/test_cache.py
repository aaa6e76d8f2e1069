"""What the matcher keeps between runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="OpenCV, of the extra `matcher`, is not installed")

from paintings_dedupe.common.cache_file import CacheError
from paintings_dedupe.matcher.cache import Cache, read_features, seen_in
from paintings_dedupe.matcher.geometry import Evidence
from paintings_dedupe.matcher.images import Finding, Key

ONE, OTHER, THIRD = Key("Ada", "01"), Key("Ada", "02"), Key("Žofie", "03")
NOTHING = Evidence(0, 0.0, 0.0, False, None, None, 0.0, 0.0, False)
UNDECIDED = Evidence(0, 0.0, 0.0, False, None, None, 0.0, 0.0, None)
ALL = Evidence(123, 0.25, 0.9375, True, 1.5, -90.0, 0.5, 1.0, True)


def test_what_was_kept_is_there_in_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "features.sqlite"
    findings = [
        Finding(ONE, OTHER, ALL, "2026-01-01"),
        Finding(ONE, THIRD, NOTHING, "2026-01-02"),
        Finding(OTHER, THIRD, UNDECIDED, "2026-01-02"),
    ]
    with Cache(file, "a") as cache:
        assert cache.forgotten is None
        cache.keep_features(ONE, b"one")
        cache.keep_features(THIRD, b"three")
        cache.keep_findings(findings)
    with Cache(file, "a") as cache:
        assert cache.seen() == seen_in(file, "a") == {ONE, THIRD}
        assert list(cache.features([OTHER, ONE, THIRD])) == [(ONE, b"one"), (THIRD, b"three")]
        assert list(cache.findings()) == findings
        assert cache.examined("Ada") == {(ONE, OTHER), (ONE, THIRD), (OTHER, THIRD)}
        assert not cache.examined("Žofie")
        assert read_features(file, THIRD) == b"three"
        with pytest.raises(KeyError):
            read_features(file, OTHER)


def test_the_later_finding_about_a_pair_counts(tmp_path: Path) -> None:
    with Cache(tmp_path / "f", "a") as cache:
        cache.keep_findings([Finding(ONE, OTHER, NOTHING, "2026-01-01")])
        cache.keep_findings([Finding(ONE, OTHER, ALL, "2026-01-02")])
        assert list(cache.findings()) == [Finding(ONE, OTHER, ALL, "2026-01-02")]


def test_another_version_of_the_method_knows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "f"
    with Cache(file, "a") as cache:
        cache.keep_features(ONE, b"one")
        cache.keep_findings([Finding(ONE, OTHER, ALL, "2026-01-01")])
    assert seen_in(file, "b") == set()
    assert seen_in(file, "a") == {ONE}, "asking changes nothing"
    with Cache(file, "b") as cache:
        assert cache.forgotten == "a"
        assert not cache.seen()
        assert not list(cache.findings())
    with Cache(file, "b") as cache:
        assert cache.forgotten is None


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but longer than a page's header would be\n" * 40)
    before = file.read_bytes()
    for use in (lambda: Cache(file, "a"), lambda: seen_in(file, "a")):
        with pytest.raises(CacheError, match=r"notes\.txt.*cannot be used.*--features"):
            use()
    assert file.read_bytes() == before
    with pytest.raises(CacheError):
        Cache(tmp_path, "a")
    assert seen_in(tmp_path / "missing", "a") == set()
    # A run was killed before it made the tables.
    (tmp_path / "empty").touch()
    assert seen_in(tmp_path / "empty", "a") == set()


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Others may call a table `features`, too, and its rows would be deleted."""
    file = tmp_path / "map.gpkg"
    with closing(sqlite3.connect(file)) as theirs, theirs:
        theirs.execute("create table features (name text)")
        theirs.execute("insert into features values ('river')")
    for use in (lambda: Cache(file, "a"), lambda: seen_in(file, "a")):
        with pytest.raises(CacheError, match=r"map\.gpkg.*another program.*--features"):
            use()
    with closing(sqlite3.connect(file)) as theirs:
        assert theirs.execute("select name from features").fetchall() == [("river",)]


def test_a_disk_that_becomes_full_ends_the_run_with_a_remedy(tmp_path: Path) -> None:
    """And what was kept before is there afterwards."""
    file = tmp_path / "f"
    with pytest.raises(CacheError, match=r"full\. Make room"), Cache(file, "a") as cache:  # noqa: PT012
        cache.keep_features(ONE, b"one")
        cache.database.execute("pragma max_page_count = 1")
        cache.keep_features(OTHER, bytes(100_000))
    with Cache(file, "a") as cache:
        assert cache.seen() == {ONE}
    full = sqlite3.OperationalError("database or disk is full")
    with pytest.raises(CacheError, match="full"), Cache(file, "a"):
        raise ExceptionGroup("as many tasks raise it", [full])
