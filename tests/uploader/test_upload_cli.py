"""The command line: what it uploads, what it says, how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.helpers.http_server import Reply, serving
from tests.uploader.conftest import Project
from tests.uploader.samples import PREFIX, painting, picture
from uploader.cli import main
from uploader.rows import Painting
from uploader.stores.azure import AzureStore

REPOSITORY = Path(__file__).parents[2]
WRONG_KEY = "d3JvbmcgYnV0IHdlbGwgZm9ybWVkIGtleQ=="
MANIFEST = f"{PREFIX}transferimages.txt"
PARQUET = f"{PREFIX}transferimages.parquet"
INTERRUPTED = "Interrupted. Run again to finish: the manifest is written last."


@dataclass(frozen=True)
class Run:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str


class Gallery:
    """A web site of paintings: a picture at each path but those that start with /gone."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.all_gone = False

    def answer(self, path: str) -> Reply:
        self.asked.append(path)
        if self.all_gone or path.startswith("/gone"):
            return Reply(status=404)
        return Reply(picture("PNG" if path.endswith("png") else "JPEG", len(path)))


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    made = Gallery()
    with serving(made.answer) as made.url:
        yield made


@pytest.fixture
def three(gallery: Gallery) -> list[Painting]:
    """Two rows to upload, one to skip."""
    return [
        painting("Claude Monet", f"{gallery.url}/a.jpg", 0.1, hash="0a1", artist_number=1),
        painting("Élodie #1", f"{gallery.url}/bb.png", 0.8, hash="0b2", encoding_format="png"),
        painting("Monet", f"{gallery.url}/c.webp", hash="0c3", encoding_format="webp"),
    ]


@pytest.fixture
def gone(gallery: Gallery) -> Painting:
    return painting("Gone [b]\nArtist", f"{gallery.url}/gone", hash="404")


@pytest.fixture
def blobs(tmp_path: Path) -> Path:
    """The store; it is not there yet."""
    return tmp_path / "blobs"


@pytest.fixture
def command(project: Project, blobs: Path) -> list[str]:
    """A process that uploads."""
    return [sys.executable, "-m", "uploader", *_arguments(project, blobs)]


@pytest.fixture
def upload(project: Project, blobs: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """The same without a process, which takes seconds to start."""

    def run(*arguments: str) -> Run:
        with pytest.raises(SystemExit) as end:
            main([*_arguments(project, blobs), *arguments])
        captured = capsys.readouterr()
        code = end.value.code
        assert isinstance(code, int)
        return Run(code, captured.out, captured.err)

    return run


def _arguments(project: Project, blobs: Path) -> list[str]:
    return ["--project-dir", str(project.folder), "--to", str(blobs)]


def _process(*command: str, **environ: str) -> Run:
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def _files(blobs: Path) -> dict[str, bytes]:
    folder = blobs / "images"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_rows_are_uploaded_and_listed(
    project: Project, command: list[str], blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    run = _process(*command)
    assert (run.code, run.err.splitlines()[1:]) == (0, []), run.err
    files = _files(blobs)
    assert set(files) == {
        f"{PREFIX}Train/Claude Monet/0a1.jpeg",
        f"{PREFIX}Test/Élodie #1/0b2.png",
        MANIFEST,
        PARQUET,
    }
    assert files[f"{PREFIX}Train/Claude Monet/0a1.jpeg"] == picture("JPEG", len("/a.jpg"))
    root = f"{(blobs / 'images').as_uri()}/{PREFIX}"
    assert files[MANIFEST].decode("ascii") == (
        f"{root}Test/%C3%89lodie%20%231/0b2.png Test/%C3%89lodie%20%231/ 0b2.png\n"
        f"{root}Train/Claude%20Monet/0a1.jpeg Train/Claude%20Monet/ 0a1.jpeg\n"
    )
    assert f"Manifest: {root}transferimages.txt" in run.out.splitlines()
    assert re.search(r"skipped\W+format webp is not accepted\W+1\b", run.out)
    table = pq.read_table(blobs / "images" / PARQUET).to_pydict()
    assert table["ArtistNumber"] == [7, 1]
    assert (table["Width"], table["Height"]) == ([32, 32], [24, 24])


def test_another_run_changes_no_byte(
    project: Project, upload: Callable[..., Run], blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    assert upload("--workers", "1").code == 0
    first = _files(blobs)
    project.fill(*reversed(three))
    assert upload("--workers", "5").code == 0
    assert _files(blobs) == first


def test_a_row_that_fails_is_named_and_the_others_are_listed(
    project: Project,
    command: list[str],
    blobs: Path,
    three: list[Painting],
    gone: Painting,
) -> None:
    project.fill(*three, gone)
    run = _process(*command)
    assert run.code == 1
    assert f"failed: 404 of Gone [b]\\nArtist: HTTP 404 Not Found ({gone.url})\n" in run.err
    assert "1 eligible rows are not in the store. Run again to retry them." in run.err
    assert "Traceback" not in run.err
    lines = _files(blobs)[MANIFEST].splitlines()
    assert len(lines) == 2
    assert not [name for name in _files(blobs) if "Gone" in name]


def test_when_all_rows_fail_the_old_manifest_stays(
    project: Project,
    upload: Callable[..., Run],
    blobs: Path,
    three: list[Painting],
    gallery: Gallery,
) -> None:
    project.fill(*three)
    assert upload().code == 0
    before = _files(blobs)
    gallery.all_gone = True
    run = upload()
    assert run.code == 1
    assert "Nothing could be uploaded, so the manifest was left as it was." in run.err
    assert _files(blobs) == before


def test_the_manifest_that_cannot_be_written_is_an_incomplete_run(
    project: Project, upload: Callable[..., Run], blobs: Path, three: list[Painting]
) -> None:
    """The images are there: "nothing was done" would be wrong."""
    project.fill(*three)
    (blobs / "images" / MANIFEST).mkdir(parents=True)
    run = upload()
    assert run.code == 1
    assert "The images were uploaded, but not the manifest: cannot write " in run.err
    assert len(_files(blobs)) == 3


def test_a_dry_run_asks_nothing_and_writes_nothing(
    project: Project,
    upload: Callable[..., Run],
    blobs: Path,
    three: list[Painting],
    gallery: Gallery,
) -> None:
    project.fill(*three)
    run = upload("--dry-run")
    assert (run.code, run.err) == (0, "")
    assert (
        f"would upload {gallery.url}/a.jpg as {PREFIX}Train/Claude Monet/0a1.jpeg"
        in run.out.splitlines()
    )
    assert run.out.count("would upload") == 2
    assert gallery.asked == []
    assert not blobs.exists()


def test_the_options_override_the_exposure(
    project: Project, upload: Callable[..., Run], blobs: Path, three: list[Painting]
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
    project: Project, upload: Callable[..., Run], three: list[Painting]
) -> None:
    project.fill(*three)
    run = upload("--max-bytes", "50")
    assert run.code == 1
    assert run.err.count("larger than 50 bytes") == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--formats", "jpeg,webp"), "--formats takes jpeg, bmp, png, gif, not webp."),
        (("--formats", ""), "--formats takes jpeg, bmp, png, gif, not nothing."),
        (("--public-access", "blob"), "--public-access goes with --create-container."),
        (("--train-share", "1.5"), "--train-share"),
        (("--target", "prod"), "does not have a target named 'prod'"),
        (("--target", "broken"), "no/such/folder"),
        (("--to", "azure"), "AZURE_STORAGE_CONNECTION_STRING"),
        (("--no-such-option",), "No such option"),
    ],
)
def test_settings_at_fault_end_with_2_before_anything_is_done(
    project: Project,
    upload: Callable[..., Run],
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
    assert gallery.asked == []
    assert not blobs.exists()


def test_an_empty_table_is_a_fault(
    project: Project, upload: Callable[..., Run], blobs: Path
) -> None:
    project.fill()
    run = upload()
    assert run.code == 2
    assert run.err == (
        'Error: "paintings"."main"."UniquePaintings" has no rows: nothing to upload.\n'
    )
    assert not blobs.exists()


def test_a_missing_table_is_a_fault(project: Project, upload: Callable[..., Run]) -> None:
    project.execute("create table other (n integer)")
    run = upload()
    assert run.code == 2
    assert "UniquePaintings does not exist" in run.err


def test_a_manifest_json_for_another_engine_is_a_fault(
    project: Project, upload: Callable[..., Run], three: list[Painting]
) -> None:
    def change(artifact: Any) -> None:
        artifact["metadata"]["adapter_type"] = "sqlserver"

    project.fill(*three)
    project.write_manifest(change)
    run = upload()
    assert run.code == 2
    assert "made for sqlserver, but the target is duckdb. Run `dbt build` for the same" in run.err


def test_a_project_that_was_not_built_is_a_fault(
    project: Project, upload: Callable[..., Run]
) -> None:
    (project.folder / "target" / "manifest.json").unlink()
    run = upload()
    assert run.code == 2
    assert run.err.endswith("manifest.json does not exist. Run `dbt build` first.\n")


def test_a_store_that_cannot_be_made_is_a_fault(
    project: Project, upload: Callable[..., Run], blobs: Path, three: list[Painting]
) -> None:
    project.fill(*three)
    blobs.write_text("in the way")
    run = upload()
    assert run.code == 2
    assert run.err.startswith("Error: cannot make the folder ")


def test_an_interrupted_run_leaves_the_manifest_alone(
    project: Project, blobs: Path, command: list[str]
) -> None:
    asked, release = threading.Event(), threading.Event()

    def answer(path: str) -> Reply:
        if path != "/fast":
            asked.set()
            release.wait(30)
        return Reply(picture())

    old = blobs / "images" / MANIFEST
    old.parent.mkdir(parents=True)
    old.write_text("old\n")
    with serving(answer) as url:
        rows = [painting(url=f"{url}/{number}", hash=f"{number:x}") for number in range(1, 40)]
        project.fill(painting(url=f"{url}/fast", hash="0"), *rows)
        with subprocess.Popen(
            [*command, "--workers", "2"],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert asked.wait(30)
            process.send_signal(signal.SIGINT)
            # Those in flight are waited for, the others are dropped.
            threading.Timer(0.3, release.set).start()
            out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == INTERRUPTED
    assert "Traceback" not in err
    assert out == ""
    assert old.read_text() == "old\n"
    assert 0 < len(_files(blobs)) < 10


def test_an_interruption_before_the_upload_ends_with_130_too(
    project: Project,
    upload: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    three: list[Painting],
) -> None:
    def answer(path: str) -> Reply:
        os.kill(os.getpid(), signal.SIGINT)
        return Reply(status=403)

    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2024-01-01&sig=x")
    with serving(answer) as url:
        run = upload("--to", f"{url}/acct")
    assert (run.code, run.out) == (130, "")
    assert run.err.splitlines()[-1] == INTERRUPTED


def test_help_explains_itself(upload: Callable[..., Run]) -> None:
    run = upload("--help")
    assert (run.code, run.err) == (0, "")
    for word in ("Exit codes:", "AZURE_STORAGE_KEY", "--create-container", "130"):
        assert word in run.out


def test_a_wrong_key_ends_the_run_and_is_not_told(
    project: Project, command: list[str], account: dict[str, str], three: list[Painting]
) -> None:
    project.fill(*three)
    run = _process(
        *command, "--to", account["BlobEndpoint"], "--create-container", AZURE_STORAGE_KEY=WRONG_KEY
    )
    assert run.code == 2
    assert run.err.startswith("Error: cannot create the container 'images': HTTP 403 ")
    assert WRONG_KEY not in run.err + run.out
    assert len(run.err.splitlines()) == 1


def test_the_images_go_to_azure(
    project: Project,
    upload: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    azurite: str,
    azure_store: AzureStore,
    container_name: str,
    three: list[Painting],
) -> None:
    project.fill(*three)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
    run = upload("--to", "azure", "--container", container_name)
    assert run.code == 0, run.err
    assert f"Manifest: {azure_store.url(MANIFEST)}" in run.out
    assert {blob.name for blob in azure_store.list_blobs("")} == {
        f"{PREFIX}Train/Claude Monet/0a1.jpeg",
        f"{PREFIX}Test/Élodie #1/0b2.png",
        MANIFEST,
        PARQUET,
    }
