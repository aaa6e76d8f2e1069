"""Each option of `upload` does what its help says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.uploader.commands.left import (
    MONET,
    files_of,
    outcomes_of,
    results_of,
    table_of,
)
from tests.uploader.conftest import Command, Gallery, Project
from tests.uploader.samples import FILES, PREFIX
from uploader.table.painting import Painting


def test_the_options_override_the_exposure(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    options = ("--container", "c", "--prefix", "", "--formats", "PNG", "--train-share", "0.9")
    run = upload(*options)
    assert run.code == 0, run.err
    manifest = (blobs / "c" / "transferimages.txt").read_text()
    root = (blobs / "c").as_uri()
    assert manifest == (
        f"{root}/Train/%C3%89lodie%20%231/0b2.png Train/%C3%89lodie%20%231/ 0b2.png\n"
    )


def test_a_largest_size_can_be_set(
    project: Project, upload: Command, three: list[Painting]
) -> None:
    project.fill(*three)
    run = upload("--max-bytes", "50")
    assert run.code == 1
    assert run.err.count("larger than 50 bytes") == 2


def test_private_hosts_are_asked_only_when_allowed(
    project: Project, command: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    run = command("--project-dir", str(project.folder), "--to", str(blobs))
    assert run.code == 1
    assert run.err.count("127.0.0.1 is not a public address (--allow-private-hosts") == 2
    assert gallery.asked == []


def test_an_image_of_another_format_is_refused_or_stored_under_its_true_one(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    project.fill(gallery.painting("/a.png", hash="1"))
    assert upload().code == 1
    assert outcomes_of(blobs) == {"1": "refused"}
    assert upload("--format-mismatch", "store").code == 0
    assert f"{PREFIX}Train/Claude Monet/1.png" in files_of(blobs)
    assert upload("--format-mismatch", "store").code == 0
    assert outcomes_of(blobs) == {"1": "already there"}
    # An option that is left out again holds for what it has stored, too.
    again = upload()
    assert (again.code, outcomes_of(blobs)) == (1, {"1": "refused"})
    assert "1 stored image will be downloaded again, since the format is not that" in again.err
    others = upload("--format-mismatch", "store", "--formats", "jpeg")
    assert (others.code, outcomes_of(blobs)) == (1, {"1": "refused"})


def test_another_picture_is_refused_unless_that_much_drift_is_allowed(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    true = gallery.painting("/a.jpg", hash="1")
    assert true.finest_hash is not None
    off = f"{int(true.finest_hash, 16) ^ 0xFF:032x}"
    project.fill(replace(true, finest_hash=off))
    assert upload("--drift", "7").code == 1
    assert outcomes_of(blobs) == {"1": "drifted"}
    assert upload("--drift", "8").code == 0


def test_what_cannot_be_compared_is_said_to_be_so_in_every_run(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    project.fill(
        replace(gallery.painting("/a.jpg", hash="1"), finest_hash=None),
        replace(gallery.painting("/b.jpg", hash="2"), finest_hash="0x" + "a" * 32),
        gallery.painting("/c.jpg", hash="3"),
    )
    first = upload()
    assert (first.code, first.out.count("uploaded, not compared")) == (0, 2)
    uncompared = "uploaded, not compared"
    assert outcomes_of(blobs) == {"1": uncompared, "2": uncompared, "3": "uploaded"}
    assert [row[7:9] for row in sorted(table_of(project))][:1] == [
        (uncompared, "the row has no DHashHex8")
    ]
    assert upload().code == 0
    present = "already there, not compared"
    assert outcomes_of(blobs) == {"1": present, "2": present, "3": "already there"}
    assert upload("--not-compared", "refuse").code == 1
    # Their images are of no manifest any more.
    left = {None: "stale", "1": "refused", "2": "refused", "3": "already there"}
    assert outcomes_of(blobs) == left


def test_images_are_stored_without_metadata_when_that_is_asked_for(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    """And again with it, when it is not: the two are different files. Each time, it says why."""
    project.fill(gallery.painting("/a.jpg", hash="1"))
    again = "will be downloaded again"
    stripped = f"1 image stored with metadata {again} and stored without it: --strip-metadata "
    whole = f"1 image stored without metadata {again} and stored with it: --strip-metadata "
    behind = f"1 stored image {again}, to check for data after it: --trailing-data refuse "
    for options, outcome, told in (
        ([], "uploaded", ""),
        (["--strip-metadata"], "uploaded", f"{stripped}was not given before."),
        (["--strip-metadata"], "already there", ""),
        ([], "uploaded", f"{whole}was given before and is not given now."),
        (["--trailing-data", "refuse"], "uploaded", f"{behind}was not given before."),
        (["--trailing-data", "refuse"], "already there", ""),
        ([], "already there", ""),
    ):
        for run in (upload("--dry-run", *options), upload(*options)):
            assert run.code == 0
            assert [line for line in run.err.splitlines() if again in line] == [told] * bool(told)
        assert outcomes_of(blobs) == {"1": outcome}, options


@pytest.mark.parametrize(
    ("limit", "stops"),
    [("0", True), ("1", True), ("2", False), ("49%", True), ("50%", False), ("100%", False)],
)
def test_a_run_stops_after_too_many_failures_and_keeps_what_is_done(
    project: Project,
    upload: Command,
    blobs: Path,
    gallery: Gallery,
    gone: Painting,
    limit: str,
    stops: bool,
) -> None:
    """Two of four rows fail; one at a time, the last row comes after both."""
    project.fill(
        gallery.painting("/a.jpg", random=0.1, hash="0a1"),
        *(replace(gone, hash=f"{n}", key=f"{n}", random=n / 10) for n in (2, 3)),
        gallery.painting("/b.jpg", random=0.9, hash="0b2"),
    )
    run = upload("--workers", "1", "--max-failures", limit)
    assert run.code == 1
    assert MONET in files_of(blobs)
    assert (FILES.text in files_of(blobs)) != stops
    assert ("rows failed (--max-failures). The manifest is unchanged." in run.err) == stops
    outcomes = outcomes_of(blobs)
    assert outcomes["0a1"] == "uploaded"
    assert outcomes["0b2"] == ("pending" if stops else "uploaded")
    pending = [row["Reason"] for row in results_of(blobs) if row["Outcome"] == "pending"]
    assert all(reason.startswith("not tried: more than ") for reason in pending)


def test_what_failed_and_only_that_is_tried_again(
    project: Project, upload: Command, blobs: Path, gallery: Gallery, gone: Painting
) -> None:
    sound = gallery.painting("/a.jpg", hash="1")
    refused = gallery.painting("/b.png", hash="2")
    new = gallery.painting("/new.jpg", hash="3")
    project.fill(sound, refused, gone)
    assert upload().code == 1
    assert outcomes_of(blobs) == {"1": "uploaded", "2": "refused", "404": "failed"}
    gallery.asked.clear()
    (blobs / "images" / f"{PREFIX}Train/Claude Monet/1.jpeg").unlink()
    project.fill(sound, refused, gone, new)
    assert upload("--retry-failed").code == 1
    assert sorted(gallery.asked) == ["/a.jpg", "/gone", "/new.jpg"]
    rows = {row["Hash"]: row for row in results_of(blobs)}
    assert {hash_: row["Outcome"] for hash_, row in rows.items()} == {
        "1": "uploaded",
        "2": "refused",
        "3": "uploaded",
        "404": "failed",
    }
    assert (rows["2"]["Reason"], rows["2"]["Tries"]) == ("a png, not a jpeg as the row says", 1)


def test_what_was_skipped_and_is_eligible_now_is_tried(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    """Otherwise, the run would end with 0 and without the image."""
    row = gallery.painting("/a.png", hash="1", encoding_format="png")
    project.fill(gallery.painting("/b.jpg", hash="2"), row)
    assert upload("--formats", "jpeg").code == 0
    assert outcomes_of(blobs) == {"1": "skipped", "2": "uploaded"}
    assert upload("--retry-failed").code == 0
    assert outcomes_of(blobs) == {"1": "uploaded", "2": "already there"}


def test_without_an_earlier_run_nothing_can_be_tried_again(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    run = upload("--retry-failed")
    assert run.code == 2
    assert (
        f"--retry-failed: there is no {FILES.results} of an earlier run. Run without "
        "--retry-failed, or give the --to, --container and --prefix of that run"
    ) in run.err
    assert gallery.asked == []
    assert not blobs.exists()
