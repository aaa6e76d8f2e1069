"""A file of verdicts takes the place of the seed only if all of it is right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from paintings_dedupe.review.taking import SEED, take_verdicts
from paintings_dedupe.review.verdicts import (
    HEADER,
    Judgement,
    Side,
    Verdict,
    VerdictsError,
    verdicts_text,
)

ONE, OTHER, THIRD = (Side("Ada", digit * 32, f"http://a/{digit}") for digit in "123")
SAME = Verdict(Judgement.SAME, ONE, OTHER)
DIFFERENT = Verdict(Judgement.DIFFERENT, ONE, THIRD)
DROP = Verdict(Judgement.DROP, Side("Ada", "", "http://a/\x1b[31m"))
EMPTY = ",".join(HEADER) + "\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / SEED).parent.mkdir()
    (tmp_path / SEED).write_text(EMPTY)
    return tmp_path


def saved(project: Path, text: str) -> Path:
    file = project / "saved.csv"
    file.write_bytes(text.encode())
    return file


def test_what_is_added_and_removed_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = verdicts_text([SAME, DROP])
    assert take_verdicts(saved(project, first), project, dry_run=False) == 0
    assert (project / SEED).read_bytes() == first.encode()
    said = capsys.readouterr().out
    assert "added: 2 verdicts" in said
    assert "  same: Ada 11111111 and Ada 22222222" in said
    assert "  drop: Ada http://a/\\x1b[31m" in said
    assert "removed:" not in said

    second = verdicts_text([SAME, DIFFERENT])
    assert take_verdicts(saved(project, second), project, dry_run=True) == 0
    said = capsys.readouterr().out
    assert "added: 1 verdict\n" in said
    assert "removed: 1 verdict\n" in said
    assert "Nothing was written" in said
    assert (project / SEED).read_bytes() == first.encode()

    take_verdicts(saved(project, second), project, dry_run=False)
    assert (project / SEED).read_bytes() == second.encode()
    assert not [path for path in (project / SEED).parent.iterdir() if path.name != SEED.name]
    capsys.readouterr()
    take_verdicts(saved(project, second), project, dry_run=False)
    assert "has these 2 verdicts already" in capsys.readouterr().out


def test_the_seed_is_sorted_whatever_saved_the_file(project: Path) -> None:
    """A spreadsheet sorts as it likes, and writes other line ends and a mark at the start."""
    text = verdicts_text([SAME, DIFFERENT])
    header, *rows = text.splitlines()
    shuffled = "\ufeff" + "\r\n".join([header, *reversed(rows)]) + "\r\n"
    take_verdicts(saved(project, shuffled), project, dry_run=False)
    assert (project / SEED).read_bytes() == text.encode()


def test_a_seed_that_only_looks_different_is_written_anew(project: Path) -> None:
    text = verdicts_text([SAME, DIFFERENT])
    header, *rows = text.splitlines()
    (project / SEED).write_bytes("\r\n".join([header, *reversed(rows)]).encode())
    take_verdicts(saved(project, text), project, dry_run=False)
    assert (project / SEED).read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "line 1"),
        ("Artist,URL\nAda,http://a\n", "line 1: the header"),
        (EMPTY + "maybe" + "," * 7 + "\n", "line 2"),
        (verdicts_text([SAME]) + verdicts_text([SAME]).splitlines()[1] + "\n", "line 3"),
        (
            verdicts_text([SAME])
            + verdicts_text([Verdict(Judgement.DIFFERENT, OTHER, ONE)]).splitlines()[1],
            "line 3",
        ),
    ],
    ids=["empty", "another table", "unknown verdict", "twice", "contradiction"],
)
def test_a_wrong_file_changes_nothing(project: Path, text: str, cause: str) -> None:
    before = verdicts_text([DROP])
    (project / SEED).write_text(before)
    with pytest.raises(VerdictsError, match=rf"saved\.csv, {cause}"):
        take_verdicts(saved(project, text), project, dry_run=False)
    assert (project / SEED).read_text() == before


def test_a_damaged_seed_is_not_replaced(project: Path) -> None:
    """What it says would be lost without a word."""
    (project / SEED).write_text("<<<<<<< HEAD\n")
    with pytest.raises(VerdictsError, match=r"review_verdicts\.csv, line 1"):
        take_verdicts(saved(project, verdicts_text([SAME])), project, dry_run=False)
    assert (project / SEED).read_text() == "<<<<<<< HEAD\n"


def test_a_project_without_seeds_is_not_one(tmp_path: Path) -> None:
    with pytest.raises(VerdictsError, match="--project-dir"):
        take_verdicts(saved(tmp_path, EMPTY), tmp_path, dry_run=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_seed_that_cannot_be_written_is_an_error(project: Path) -> None:
    (project / SEED).parent.chmod(0o500)
    with pytest.raises(VerdictsError, match="cannot be written"):
        take_verdicts(saved(project, verdicts_text([SAME])), project, dry_run=False)
