"""The command line: uploads, messages and exit codes."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.helpers.dbt_project import ROOT
from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Command, Ended, Gallery, Project, Run, upload_options
from tests.uploader.samples import FILES, PREFIX, content, listed, names, painting, picture
from uploader.publishing.results import COLUMNS
from uploader.stores import Store
from uploader.stores.azure import AzureStore
from uploader.table.painting import Painting

WRONG_KEY = "d3JvbmcgYnV0IHdlbGwgZm9ybWVkIGtleQ=="
MONET, ELODIE = f"{PREFIX}Train/Claude Monet/0a1.jpeg", f"{PREFIX}Test/Élodie #1/0b2.png"
INTERRUPTED = "Interrupted. What is done is kept. To continue, run the same command again."


@pytest.fixture
def gone(gallery: Gallery) -> Painting:
    return painting("Gone [b]\nArtist", f"{gallery.url}/gone", hash="404")


@pytest.fixture
def process(project: Project, blobs: Path) -> list[str]:
    """A process that uploads."""
    return [sys.executable, "-m", "uploader", *upload_options(project, "--to", str(blobs))]


def _process(*command: str, **environ: str) -> Ended:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def _files(blobs: Path) -> dict[str, bytes]:
    folder = blobs / "images"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _results(blobs: Path) -> list[dict[str, Any]]:
    """The rows of the results file."""
    rows: list[dict[str, Any]] = pq.read_table(blobs / "images" / FILES.results).to_pylist()
    return rows


def _outcomes(blobs: Path) -> dict[str, str]:
    """Return the outcome of each row, by its hash."""
    return {row["Hash"]: row["Outcome"] for row in _results(blobs)}


def test_the_rows_are_uploaded_and_listed(
    project: Project, process: list[str], blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    run = _process(*process)
    assert (run.code, run.err.splitlines()[1:]) == (0, []), run.err
    files = _files(blobs)
    assert set(files) == {MONET, ELODIE, FILES.text, FILES.table, FILES.results}
    assert files[MONET] == picture("JPEG", len("/a.jpg"))
    root = f"{(blobs / 'images').as_uri()}/{PREFIX}"
    assert files[FILES.text].decode("ascii") == (
        f"{root}Test/%C3%89lodie%20%231/0b2.png Test/%C3%89lodie%20%231/ 0b2.png\n"
        f"{root}Train/Claude%20Monet/0a1.jpeg Train/Claude%20Monet/ 0a1.jpeg\n"
    )
    assert f"Manifest: {root}transferimages.txt" in run.out.splitlines()
    assert re.search(r"skipped\W+format webp is not accepted\W+1\b", run.out)
    table = pq.read_table(blobs / "images" / FILES.table).to_pydict()
    assert table["ArtistNumber"] == [7, 1]
    assert (table["Width"], table["Height"]) == ([32, 32], [24, 24])


def test_output_that_cannot_be_encoded_is_escaped(
    project: Project, process: list[str], blobs: Path, gallery: Gallery
) -> None:
    """As on Windows when it goes to a file: an artist in Japanese would end the run unpublished."""
    row = gallery.painting("/a.jpg", artist="葛飾北斎", hash="0a1")
    project.fill(row, row)
    for options in ((), ("--dry-run",)):
        run = _process(*process, *options, PYTHONIOENCODING="latin-1")
        assert "Traceback" not in run.err
        assert r"\u845b\u98fe\u5317\u658e" in run.out
    assert _outcomes(blobs) == {"0a1": "refused"}
    assert FILES.text in _files(blobs)


def test_upload_may_be_named(project: Project, command: Command, blobs: Path) -> None:
    """Without a command, `upload` is run."""
    project.fill(painting(encoding_format="webp"))
    run = command("upload", *upload_options(project, "--to", str(blobs)))
    assert run.code == 0, run.err
    assert _outcomes(blobs) == {"1a2": "skipped"}


def test_another_run_asks_for_nothing_and_changes_no_byte(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload("--workers", "1").code == 0
    first, asked = _files(blobs), len(gallery.asked)
    assert asked == 2
    project.fill(*reversed(three))
    assert upload("--workers", "5").code == 0
    second = _files(blobs)
    assert len(gallery.asked) == asked
    assert second.pop(FILES.results) != first.pop(FILES.results)
    assert second == first
    assert _outcomes(blobs) == {"0a1": "already there", "0b2": "already there", "0c3": "skipped"}


def test_a_row_that_changed_is_uploaded_again(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload().code == 0
    moved = gallery.painting("/elsewhere.jpg", random=0.1, hash="0a1", artist_number=1)
    project.fill(moved, *three[1:])
    assert upload().code == 0
    assert _outcomes(blobs) == {"0a1": "uploaded", "0b2": "already there", "0c3": "skipped"}
    assert _files(blobs)[MONET] == gallery.picture("/elsewhere.jpg")


def test_a_row_that_fails_is_named_and_the_others_are_listed(
    project: Project, process: list[str], blobs: Path, three: list[Painting], gone: Painting
) -> None:
    project.fill(*three, gone)
    run = _process(*process)
    assert run.code == 1
    assert f"failed: 404 of Gone [b]\\nArtist: HTTP 404 Not Found ({gone.url})\n" in run.err
    assert "1 eligible row is not in the store: 1 failed. Run again to retry the failed" in run.err
    assert "Traceback" not in run.err
    assert len(_files(blobs)[FILES.text].splitlines()) == 2
    assert not [name for name in _files(blobs) if "Gone" in name]


def test_when_all_rows_fail_the_old_manifest_stays(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload().code == 0
    before = _files(blobs)
    gallery.all_gone = True
    project.fill(*(replace(row, url=f"{row.url}?new") for row in three))
    run = upload()
    assert run.code == 1
    assert "Nothing could be uploaded, so the manifest is unchanged." in run.err
    after = _files(blobs)
    assert after.pop(FILES.results) != before.pop(FILES.results)
    assert after == before


def test_the_manifest_that_cannot_be_written_is_an_incomplete_run(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    """The images are there: "nothing was done" would be wrong."""
    project.fill(*three)
    (blobs / "images" / FILES.text).mkdir(parents=True)
    run = upload()
    assert run.code == 1
    assert "The manifest was not published: cannot write the file: " in run.err
    assert {MONET, ELODIE} <= set(_files(blobs))


def test_a_dry_run_asks_nothing_and_writes_nothing(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    before = project.database.read_bytes()
    run = upload("--dry-run")
    assert (run.code, run.err) == (0, "")
    assert f"would upload {gallery.url}/a.jpg as {MONET}" in run.out.splitlines()
    assert run.out.count("would upload") == 2
    assert gallery.asked == []
    assert not blobs.exists()
    assert project.database.read_bytes() == before


def test_a_dry_run_knows_what_is_there(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    assert upload().code == 0
    before = _files(blobs)
    new = gallery.painting("/d.jpg", hash="0d4")
    project.fill(*three, new)
    run = upload("--dry-run")
    lines = [line for line in run.out.splitlines() if line.startswith("would ")]
    assert lines == [f"would upload {new.url} as {PREFIX}Train/Claude Monet/0d4.jpeg"]
    assert re.search(r"already there\W+2\b", run.out)
    assert _files(blobs) == before


def test_a_dry_run_refuses_the_addresses_that_the_run_would_refuse(
    project: Project, command: Command, blobs: Path, gallery: Gallery
) -> None:
    urls = [f"{gallery.url}/a.jpg", "http://localhost:1/b", "http://0x7f.1/c", "http://[::1]/d"]
    public = "https://example.org/e.jpg"
    rows = enumerate([*urls, public])
    project.fill(*(painting(url=url, hash=f"{number}") for number, url in rows))
    to = ("--project-dir", str(project.folder), "--to", str(blobs), "--dry-run")
    run = command(*to)
    assert run.code == 0
    assert run.err.count("is not a public address (--allow-private-hosts would allow it)") == 4
    would = [line for line in run.out.splitlines() if line.startswith("would ")]
    assert would == [f"would upload {public} as {PREFIX}Train/Claude Monet/4.jpeg"]
    allowed = command(*to, "--allow-private-hosts", "127.0.0.0/8")
    assert allowed.err.count("is not a public address") == 1
    assert gallery.asked == []


def test_a_dry_run_that_cannot_read_the_store_has_not_told_all(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch, three: list[Painting]
) -> None:
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(lambda path: Reply(status=404)) as url:
        run = upload("--dry-run", "--to", f"{url}/acct")
    assert run.code == 1
    assert "Cannot check what is already in the store: " in run.err
    assert run.out.count("would upload") == 2


def test_a_dry_run_fails_where_signing_in_fails(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch, three: list[Painting]
) -> None:
    """As the run itself would, before it prints a long list."""
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(lambda path: Reply(status=403)) as url:
        run = upload("--dry-run", "--to", f"{url}/acct")
    assert run.code == 2
    assert run.err.startswith("Error: cannot ")
    assert "would upload" not in run.out


def test_strangers_are_asked_for_a_handful_without_a_contact_address(
    project: Project, command: Command, blobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner of the exposure is at example.org, where nobody reads mail."""
    rows = [painting(url=f"https://museum.org/{i}.jpg", hash=f"{i}") for i in range(6)]
    to = ("--project-dir", str(project.folder), "--to", str(blobs))
    project.fill(*rows)
    run = command(*to)
    assert run.code == 2
    assert "such as museum.org for more than 5 images without saying who asks" in run.err
    assert "--contact" in run.err
    assert command(*to, "--dry-run").code == 2
    assert command(*to, "--dry-run", "--contact", "me@museum.org").code == 0
    monkeypatch.setenv("PAINTINGS_CONTACT", "me@museum.org")
    assert command(*to, "--dry-run").code == 0
    monkeypatch.delenv("PAINTINGS_CONTACT")
    project.fill(*rows[1:])
    assert command(*to, "--dry-run").code == 0


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
    assert _outcomes(blobs) == {"1": "refused"}
    assert upload("--format-mismatch", "store").code == 0
    assert f"{PREFIX}Train/Claude Monet/1.png" in _files(blobs)


def test_another_picture_is_refused_unless_that_much_drift_is_allowed(
    project: Project, upload: Command, blobs: Path, gallery: Gallery
) -> None:
    true = gallery.painting("/a.jpg", hash="1")
    assert true.finest_hash is not None
    off = f"{int(true.finest_hash, 16) ^ 0xFF:032x}"
    project.fill(replace(true, finest_hash=off))
    assert upload("--drift", "7").code == 1
    assert _outcomes(blobs) == {"1": "drifted"}
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
    assert _outcomes(blobs) == {"1": uncompared, "2": uncompared, "3": "uploaded"}
    assert [row[7:9] for row in sorted(_table(project))][:1] == [
        (uncompared, "the row has no DHashHex8")
    ]
    assert upload().code == 0
    present = "already there, not compared"
    assert _outcomes(blobs) == {"1": present, "2": present, "3": "already there"}
    assert upload("--not-compared", "refuse").code == 1
    # Their images are of no manifest any more.
    left = {None: "stale", "1": "refused", "2": "refused", "3": "already there"}
    assert _outcomes(blobs) == left


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
        assert _outcomes(blobs) == {"1": outcome}, options


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
    assert MONET in _files(blobs)
    assert (FILES.text in _files(blobs)) != stops
    assert ("rows failed (--max-failures). The manifest is unchanged." in run.err) == stops
    outcomes = _outcomes(blobs)
    assert outcomes["0a1"] == "uploaded"
    assert outcomes["0b2"] == ("pending" if stops else "uploaded")
    pending = [row["Reason"] for row in _results(blobs) if row["Outcome"] == "pending"]
    assert all(reason.startswith("not tried: more than ") for reason in pending)


def test_what_failed_and_only_that_is_tried_again(
    project: Project, upload: Command, blobs: Path, gallery: Gallery, gone: Painting
) -> None:
    sound = gallery.painting("/a.jpg", hash="1")
    refused = gallery.painting("/b.png", hash="2")
    new = gallery.painting("/new.jpg", hash="3")
    project.fill(sound, refused, gone)
    assert upload().code == 1
    assert _outcomes(blobs) == {"1": "uploaded", "2": "refused", "404": "failed"}
    gallery.asked.clear()
    (blobs / "images" / f"{PREFIX}Train/Claude Monet/1.jpeg").unlink()
    project.fill(sound, refused, gone, new)
    assert upload("--retry-failed").code == 1
    assert sorted(gallery.asked) == ["/a.jpg", "/gone", "/new.jpg"]
    rows = {row["Hash"]: row for row in _results(blobs)}
    assert {hash_: row["Outcome"] for hash_, row in rows.items()} == {
        "1": "uploaded",
        "2": "refused",
        "3": "uploaded",
        "404": "failed",
    }
    assert (rows["2"]["Reason"], rows["2"]["Tries"]) == ("a png, not a jpeg as the row says", 1)


def test_without_an_earlier_run_nothing_can_be_tried_again(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gallery: Gallery
) -> None:
    project.fill(*three)
    run = upload("--retry-failed")
    assert run.code == 2
    assert f"--retry-failed: there is no {FILES.results} of an earlier run" in run.err
    assert gallery.asked == []
    assert not blobs.exists()


def _table(project: Project) -> list[tuple[Any, ...]]:
    with duckdb.connect(project.database) as connection:
        return connection.execute('select * from "UploadResults"').fetchall()


def test_the_table_of_the_results_has_the_rows_of_their_file(
    project: Project, upload: Command, blobs: Path, three: list[Painting], gone: Painting
) -> None:
    project.fill(*three, gone)
    for _ in ("made", "replaced"):
        assert upload().code == 1
        rows = [tuple(row.values()) for row in _results(blobs)]
        assert len(rows) == 4
        assert _table(project) == rows
        assert tuple(_results(blobs)[0]) == COLUMNS


def test_the_warehouse_can_be_left_alone(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    assert upload("--no-results-table").code == 0
    with pytest.raises(duckdb.CatalogException, match="UploadResults"):
        _table(project)
    assert len(_results(blobs)) == 3


def test_a_warehouse_that_takes_no_results_is_told(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    """The images are there, but dbt knows nothing of it."""
    project.fill(*three)
    project.execute('create view "UploadResults" as select 1 as n')
    run = upload()
    assert run.code == 1
    assert "The table UploadResults could not be written: " in run.err
    assert FILES.text in _files(blobs)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--formats", "jpeg,webp"), "--formats takes jpeg, bmp, png, gif, not webp."),
        (("--formats", ""), "--formats takes jpeg, bmp, png, gif, not nothing."),
        (("--public-access", "blob"), "--public-access can only be used with --create-container."),
        (("--train-share", "1.5"), "--train-share"),
        (("--max-failures", "-1"), "neither a number nor a share such as 5%"),
        (("--max-failures", "1.5"), "neither a number nor a share such as 5%"),
        (("--max-failures", "nan%"), "neither a number nor a share such as 5%"),
        (("--max-failures", "inf%"), "neither a number nor a share such as 5%"),
        (("--max-dropped", "150%"), "'150%' is more than 100%"),
        (("--allow-private-hosts", "10.0.0.1/8"), "--allow-private-hosts"),
        (("--allow-private-hosts", "localhost"), "for this machine, write 127.0.0.1"),
        (("--drift", "129"), "--drift"),
        (("--deadline", "0"), "--deadline"),
        (("--target", "prod"), "does not have a target named 'prod'"),
        (("--target", "broken"), "no/such/folder"),
        (("--to", "azure"), "AZURE_STORAGE_CONNECTION_STRING"),
        (("--to", "https://a.blob.core.windows.net?sig=x"), "must not hold a SAS"),
        (("--no-such-option",), "No such option"),
        (("--no-such-\x1b]0;pwned\x07",), r"--no-such-\x1b]0;pwned\x07"),
        (("verify",), "unexpected extra argument"),
    ],
)
def test_settings_at_fault_end_with_2_before_anything_is_done(
    project: Project,
    upload: Command,
    blobs: Path,
    three: list[Painting],
    gallery: Gallery,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    project.fill(*three)
    run = upload(*arguments)
    assert (run.code, run.out) == (2, "")
    assert told in run.err
    assert "\x1b" not in run.err
    assert gallery.asked == []
    assert not blobs.exists()


def test_an_empty_table_is_a_fault(project: Project, upload: Command, blobs: Path) -> None:
    project.fill()
    run = upload()
    assert run.code == 2
    assert run.err == (
        'Error: "paintings"."main"."UniquePaintings" has no rows, so there is nothing to upload.\n'
    )
    assert not blobs.exists()


def test_a_missing_table_is_a_fault(project: Project, upload: Command) -> None:
    project.execute("create table other (n integer)")
    run = upload()
    assert run.code == 2
    assert "UniquePaintings does not exist" in run.err


def test_a_manifest_json_for_another_engine_is_a_fault(
    project: Project, upload: Command, three: list[Painting]
) -> None:
    def change(artifact: Any) -> None:
        artifact["metadata"]["adapter_type"] = "sqlserver"

    project.fill(*three)
    project.write_manifest(change)
    run = upload()
    assert run.code == 2
    assert "made for sqlserver, but the target is duckdb. Run `dbt build` for the same" in run.err


def test_a_project_that_was_not_built_is_a_fault(project: Project, upload: Command) -> None:
    (project.folder / "target" / "manifest.json").unlink()
    run = upload()
    assert run.code == 2
    assert run.err.endswith(
        "manifest.json does not exist. Run `dbt build` first, in the same folder.\n"
    )


def test_a_folder_without_a_project_is_a_fault(tmp_path: Path, command: Command) -> None:
    """To build there would not help."""
    run = command("--project-dir", str(tmp_path), "--dry-run")
    assert run.code == 2
    assert run.err.startswith(f"Error: there is no dbt_project.yml in {tmp_path}: start the ")


def test_a_store_that_cannot_be_made_is_a_fault(
    project: Project, upload: Command, blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    blobs.write_text("in the way")
    run = upload()
    assert run.code == 2
    assert run.err.startswith("Error: cannot create the folder ")


def test_a_second_run_at_a_time_is_refused_with_3(
    run: Run,
    project: Project,
    command: Command,
    store: Store,
    destination: list[str],
    three: list[Painting],
) -> None:
    project.fill(*three)
    held = AsyncExitStack()
    run(held.enter_async_context(store.lock(FILES.lock)))
    ended = command(*upload_options(project, *destination))
    assert ended.code == 3
    assert ended.err.startswith("Error: another run is writing to ")
    assert run(names(store, f"{PREFIX}T")) == []
    run(held.aclose())
    assert command(*upload_options(project, *destination)).code == 0


def test_an_interrupted_run_leaves_the_manifest_alone(
    project: Project, blobs: Path, process: list[str]
) -> None:
    asked, release = threading.Event(), threading.Event()

    def answer(path: str) -> Reply:
        if path != "/fast":
            asked.set()
            release.wait(120)
        return Reply(picture())

    old = blobs / "images" / FILES.text
    old.parent.mkdir(parents=True)
    old.write_text("old\n")
    with serving(answer) as url:
        rows = [painting(url=f"{url}/{number}", hash=f"{number:x}") for number in range(1, 40)]
        project.fill(painting(url=f"{url}/fast", hash="0", random=0.1), *rows)
        with subprocess.Popen(
            # Nobody knows whose the old manifest is.
            [*process, "--workers", "2", "--take-over"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert asked.wait(120)
            running.send_signal(signal.SIGINT)
            # Those in flight are waited for, the others are dropped.
            threading.Timer(0.3, release.set).start()
            out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert err.splitlines()[-1] == INTERRUPTED
    assert "Traceback" not in err
    assert "Manifest: " not in out
    assert old.read_text() == "old\n"
    outcomes = list(_outcomes(blobs).values())
    assert set(outcomes) == {"uploaded, not compared", "pending"}
    assert 0 < outcomes.count("uploaded, not compared") < 10
    assert len(_table(project)) == 40


def test_an_interruption_before_the_upload_ends_with_130_too(
    project: Project, upload: Command, monkeypatch: pytest.MonkeyPatch, three: list[Painting]
) -> None:
    def answer(path: str) -> Reply:
        os.kill(os.getpid(), signal.SIGINT)
        return Reply(status=403)

    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(answer) as url:
        run = upload("--to", f"{url}/acct")
    assert (run.code, run.out) == (130, "")
    assert run.err.splitlines()[-1] == "Interrupted. Run the same command again to go on."


def test_an_interruption_of_the_imports_ends_with_130_too(
    tmp_path: Path, process: list[str]
) -> None:
    """They take seconds, the first time; here, that of click takes until it is interrupted."""
    slow = "import time\nprint('importing', flush=True)\ntime.sleep(120)\n"
    (tmp_path / "click.py").write_text(slow)
    with subprocess.Popen(
        process,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == "importing\n"
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert err == "Interrupted. Run the same command again to go on.\n"


@pytest.mark.parametrize(
    ("word", "hint"), [("verfiy", "Did you mean verify?"), ("blobs", "Give a destination as --to.")]
)
def test_a_word_that_is_no_command_is_named(command: Command, word: str, hint: str) -> None:
    run = command(word, "--dry-run")
    assert run.code == 2
    assert f"No such command '{word}'. " in run.err
    assert hint in run.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--help",), ("upload", "verify", "Examples:")),
        (
            ("upload", "--help"),
            ("Exit codes:", "AZURE_STORAGE_KEY", "--create-container", "--prune", "130"),
        ),
        (("verify", "--help"), ("Exit codes:", "--download", "Nothing is changed")),
    ],
)
def test_help_explains_itself(
    command: Command, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run = command(*arguments)
    assert (run.code, run.err) == (0, "")
    for word in words:
        assert word in run.out


def test_the_version_is_told(command: Command) -> None:
    assert re.search(r"version \d+\.\d+", command("--version").out)


def test_a_wrong_key_ends_the_run_and_is_not_told(
    project: Project, process: list[str], account: dict[str, str], three: list[Painting]
) -> None:
    project.fill(*three)
    run = _process(
        *process, "--to", account["BlobEndpoint"], "--create-container", AZURE_STORAGE_KEY=WRONG_KEY
    )
    assert run.code == 2
    assert run.err.startswith("Error: cannot create the container 'images': HTTP 403 ")
    assert WRONG_KEY not in run.err + run.out
    assert len(run.err.splitlines()) == 1


def test_the_images_go_to_azure(
    run: Run,
    project: Project,
    upload: Command,
    monkeypatch: pytest.MonkeyPatch,
    azurite: str,
    azure_store: AzureStore,
    container_name: str,
    three: list[Painting],
) -> None:
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    ended = upload("--to", "azure", "--container", container_name)
    assert ended.code == 0, ended.err
    assert f"Manifest: {azure_store.url(FILES.text)}" in ended.out
    assert set(run(names(azure_store))) == {
        MONET,
        ELODIE,
        FILES.text,
        FILES.table,
        FILES.results,
        FILES.lock,
    }


def test_secrets_are_told_nowhere(
    run: Run,
    project: Project,
    process: list[str],
    account: dict[str, str],
    azure_store: AzureStore,
    container_name: str,
    gallery: Gallery,
    sas: str,
) -> None:
    """A signature is in every source URL, and another one signs in to the store."""
    signed = "sv=2024-01-01&sp=r&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"
    secrets = ["c2VjcmV0LXNpZ25hdHVyZQ", "passw0rd", re.findall("sig=([^&]+)", sas)[0]]
    secrets.append(unquote(secrets[-1]))
    address = gallery.url.replace("http://", "http://user:passw0rd@")
    project.fill(
        replace(gallery.painting("/a.jpg", hash="1"), url=f"{address}/a.jpg?{signed}"),
        painting(url=f"{address}/gone?{signed}", hash="2"),
        painting(url=f"{address}/not%zz an image?{signed}", hash="3", encoding_format="png"),
        painting(url=f"http://user:passw0rd@[::1/?{signed}", hash="4"),
    )
    to_azure = ["--to", account["BlobEndpoint"], "--container", container_name]
    told = ""
    for options in (["--dry-run"], []):
        ended = _process(*process, *to_azure, *options, AZURE_STORAGE_SAS_TOKEN=sas)
        assert ended.code == (0 if options else 1)
        told += ended.out + ended.err
    # What was asked for was signed.
    assert f"/a.jpg?{signed}" in gallery.asked
    for name in run(names(azure_store)):
        data = run(content(azure_store, name))
        told += name + data.decode(errors="replace")
        if name.endswith(".parquet"):
            # There it may be compressed.
            told += str(pq.read_table(io.BytesIO(data)).to_pylist())
    told += str(_table(project))
    assert told.count("redacted=") > 4
    assert [secret for secret in secrets if secret in told] == []
    (blob,) = run(listed(azure_store, f"{PREFIX}Train/"))
    assert [s for s in secrets for value in blob.metadata.values() if s in value] == []
