"""One session of review as docs/review.md tells it: build, look, judge, save, build again."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("matplotlib", reason="the extra `review` is not installed: make setup")

from paintings_dedupe.review.verdicts import (
    HEADER,
    Judgement,
    Side,
    Verdict,
    read_verdicts,
    verdicts_text,
)
from tests.helpers.dbt_project import REAL_PAINTINGS, ROOT, Dbt, new_dbt
from tests.review.browser import DESK, Window

PICTURES = ROOT / "docs" / "images"
# Where the sample of the project says that the demo's images are.
PREFIX = "http://127.0.0.1:8000"
OUTDATED = "review_verdicts.csv have changed since they were loaded"
BUILD = ("build", "--exclude-resource-type", "test", "unit_test")
# Of data tests, those that verdicts could make fail; test_whole_job runs all.
TEST = ("test", "-s", "intermediate.verdicts", "marts.verdicts", "test_type:singular")
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Project:
    """The project with seeds of its own, so that a test can change them."""

    dbt: Dbt

    @property
    def folder(self) -> Path:
        return self.dbt.folder / "project"

    @property
    def seed(self) -> Path:
        return self.folder / "seeds" / "review_verdicts.csv"

    def run(self, *arguments: str, **variables: object) -> str:
        return self.dbt.succeed(*arguments, "--project-dir", str(self.folder), **variables)

    def review(self, *options: str) -> str:
        """Run the program; return what it printed."""
        finished = subprocess.run(
            [
                sys.executable,
                "-m",
                "paintings_dedupe.review",
                "--project-dir",
                str(self.folder),
                *options,
            ],
            cwd=ROOT,
            env=self.dbt.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def groups(self) -> dict[str, str]:
        """The group of each image by its URL."""
        found = self.dbt.table("image_groups")
        return dict(zip(found["URL"], found["GroupId"], strict=True))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(new_dbt(tmp_path))
    made.folder.mkdir()
    for name in ("dbt_project.yml", "models", "macros", "tests", "analyses", "demo"):
        (made.folder / name).symlink_to(ROOT / name)
    made.seed.parent.mkdir()
    (made.seed.parent / "_seeds.yml").symlink_to(ROOT / "seeds" / "_seeds.yml")
    made.seed.write_text(",".join(HEADER) + "\n", encoding="utf-8")
    return made


def pairs_in(groups: dict[str, str]) -> set[frozenset[str]]:
    """The pairs of images that are in one group."""
    members: dict[str, list[str]] = {}
    for url, group in groups.items():
        members.setdefault(group, []).append(url)
    return {
        frozenset(pair) for urls in members.values() for pair in itertools.combinations(urls, 2)
    }


def test_verdicts_given_on_the_page_hold_in_the_next_build(
    project: Project, window: Window, demo_gallery: Path
) -> None:
    """Five near misses and two images of groups are judged. WRITE_DOCS=1 keeps pictures."""
    page = project.dbt.folder / "review.html"
    sources = ("--out", str(page), "--folder", str(demo_gallery), "--url-prefix", PREFIX)
    # A seed that was never loaded, and says nothing, is nothing to speak of.
    assert OUTDATED not in project.run("run")
    project.review(*sources)
    window.open(page, "near")
    window.press("j d j d")
    _begin_at(window, "Near misses")
    _keep_picture(window, "review-near-misses")
    window.press("j s j s j s")
    window.go("groups")
    window.press("j d")
    _keep_picture(window, "review-groups")
    window.press("j c")
    window.page.get_by_role("dialog").get_by_role("button", name="Lay over").click()
    _keep_picture(window, "review-compare")
    window.press("Escape x")
    window.go("overview")
    _begin_at(window, "What became of the images")
    _keep_picture(window, "review-overview")
    saved = project.dbt.folder / "saved.csv"
    saved.write_bytes(window.save().encode("utf-8"))
    verdicts = read_verdicts(saved)
    judgements = [one.judgement for one in verdicts]
    assert [judgements.count(one) for one in ("same", "different", "drop")] == [3, 3, 1]

    assert "7 verdicts" in project.review("--take", str(saved))
    assert project.seed.read_bytes() == saved.read_bytes()
    # No verdict bears on this model, which takes no time.
    assert OUTDATED in project.run("run", "-s", "rejected_lines")
    assert OUTDATED not in project.run(*BUILD)
    project.run(*TEST, *NO_UNIT_TESTS)
    after = project.groups()
    for one in verdicts:
        if one.other:
            is_same = after[one.image.url] == after[one.other.url]
            assert is_same == (one.judgement is Judgement.SAME)
        else:
            assert one.image.url not in after
    project.review(*sources)
    window.page.reload()
    assert window.status() == "No unsaved verdicts."
    window.go("verdicts")
    assert len(window.cards("verdict")) == 7


def _begin_at(window: Window, heading: str) -> None:
    """Below the line with the path of the database, which pictures must not show."""
    window.page.get_by_role("heading", name=heading, exact=True).evaluate(
        "heading => heading.scrollIntoView()"
    )


def _keep_picture(window: Window, name: str) -> None:
    if os.environ.get("WRITE_DOCS"):
        window.page.screenshot(
            path=PICTURES / f"{name}.jpg", type="jpeg", quality=72, clip={"x": 0, "y": 0, **DESK}
        )


def test_the_labels_of_real_paintings_as_verdicts_find_every_pair(project: Project) -> None:
    """Each pair that hashes miss, judged to be the same; nothing is joined that is not."""
    if not REAL_PAINTINGS.exists():
        pytest.skip(f"the test data {REAL_PAINTINGS} are not beside this checkout")
    table = REAL_PAINTINGS / "paintings.csv"
    paintings = pd.read_csv(table, dtype=str).set_index("LocalPath")
    labels = pd.read_csv(REAL_PAINTINGS / "groundtruth.csv")
    wanted = {
        frozenset((paintings["URL"][a], paintings["URL"][b]))
        for a, b in zip(labels["a"], labels["b"], strict=True)
    }
    load = {"paintings_file": str(table)}
    project.run(*BUILD, **load)
    found = pairs_in(project.groups())
    assert found < wanted
    assert round(len(found) / len(wanted), 2) == 0.68

    project.seed.write_text(
        verdicts_text(_verdicts(wanted - found, paintings.set_index("URL"))), encoding="utf-8"
    )
    project.run(*BUILD, **load)
    project.run(*TEST, *NO_UNIT_TESTS, **load)
    assert pairs_in(project.groups()) == wanted
    assert project.dbt.table("verdict_conflicts").empty


def _verdicts(pairs: Iterable[frozenset[str]], paintings: pd.DataFrame) -> Iterable[Verdict]:
    for pair in pairs:
        one, other = (
            Side(paintings["Artist"][url], paintings["DHashHex8"][url], url) for url in pair
        )
        yield Verdict(Judgement.SAME, one, other).in_order()
