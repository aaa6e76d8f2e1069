"""The command line: what it writes, what it says, how it ends."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from PIL import Image

from paintings_dedupe.common.web.strangers import NoContactError
from paintings_dedupe.ingest.commands.download_options import images_contact
from tests.helpers import zoo
from tests.helpers.http_server import Reply, serving, serving_folder

Ingest = Callable[..., Result]

REPOSITORY = Path(__file__).parents[2]
REAL_PAINTINGS = REPOSITORY.parent / "shared" / "data" / "real-paintings"
# A process that takes longer hangs, even on a busy machine.
PATIENCE_SECONDS = 120
LOCAL = ("--allow-private-hosts", "127.0.0.1")
PREFIX = ("--url-prefix", "http://127.0.0.1:8000")


def _records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def two_artists(images: Path, png: bytes) -> Path:
    for path in ("Zorn/a.jpg", "Arp/b #2.png"):
        (images / path).parent.mkdir()
        (images / path).write_bytes(png)
    return images


def test_real_paintings_measure_as_recorded(tmp_path: Path, ingest: Ingest) -> None:
    if not REAL_PAINTINGS.is_dir():
        pytest.skip("the real paintings are not beside this checkout")
    expected = {
        record["LocalPath"].removeprefix("images/"): record
        for record in _records(REAL_PAINTINGS / "paintings.csv")
    }
    out = tmp_path / "paintings.csv"
    result = ingest("folder", REAL_PAINTINGS / "images", *PREFIX, "--out", out)
    assert result.exit_code == 0, result.output
    measured = ["Width", "Height", "EncodingFormat", *(f"DHashHex{n}" for n in range(8, 0, -1))]
    records = _records(out)
    # The order is that of the paths, which is how a record finds its path again.
    assert len(records) == len(expected) == 170
    for record, path in zip(records, sorted(expected), strict=True):
        assert [record[column] for column in measured] == [
            expected[path][column] for column in measured
        ], path
        assert record["Artist"] == expected[path]["Artist"]
    assert _records(tmp_path / "paintings.skipped.csv") == []


def test_a_folder_becomes_a_csv(two_artists: Path, tmp_path: Path, ingest: Ingest) -> None:
    (two_artists / "Zorn/notes.txt").write_text("no image")
    (two_artists / "Zorn/empty.png").touch()
    out = tmp_path / "paintings.csv"
    result = ingest("folder", two_artists, *PREFIX, "--out", out)
    assert result.exit_code == 0, result.output
    first, second = _records(out)
    assert first["URL"] == "http://127.0.0.1:8000/Arp/b%20%232.png"
    assert (first["Artist"], first["ArtistNumber"], first["Name"]) == ("Arp", "0", "b #2")
    # The file is called .jpg, its content is PNG.
    assert (second["Width"], second["Height"], second["EncodingFormat"]) == ("30", "20", "png")
    assert [record["Where"] for record in _records(tmp_path / "paintings.skipped.csv")] == [
        "Zorn/empty.png",
        "Zorn/notes.txt",
    ]
    assert "2 rows, 2 artists" in result.stderr
    assert "1 x empty: no bytes at all (first: Zorn/empty.png)" in result.stderr
    assert result.stdout == ""


def test_the_number_of_threads_does_not_change_a_byte(
    two_artists: Path, tmp_path: Path, ingest: Ingest, png: bytes
) -> None:
    for number in range(40):
        (two_artists / f"Arp/{number}.png").write_bytes(png if number % 3 else b"")
    outputs = set()
    for workers in (1, 7):
        out = tmp_path / f"{workers}.csv"
        result = ingest("folder", two_artists, *PREFIX, "--out", out, "--workers", workers)
        assert result.exit_code == 0, result.output
        outputs.add((out.read_bytes(), (tmp_path / f"{workers}.skipped.csv").read_bytes()))
    assert len(outputs) == 1


def test_the_table_of_a_folder_is_the_list_of_its_own_download(
    two_artists: Path, tmp_path: Path, ingest: Ingest
) -> None:
    """Both subcommands tell the same of the same images: their tables are equal."""
    from_folder, from_web = tmp_path / "folder.csv", tmp_path / "web.csv"
    with serving_folder(two_artists) as host:
        arguments = ("--url-prefix", host, "--out", from_folder)
        assert ingest("folder", two_artists, *arguments).exit_code == 0
        assert ingest("csv", from_folder, "--out", from_web, *LOCAL).exit_code == 0
    assert from_web.read_bytes() == from_folder.read_bytes()


def test_a_list_becomes_parquet(tmp_path: Path, ingest: Ingest, png: bytes) -> None:
    def answer(path: str) -> Reply:
        return Reply(png) if path.startswith("/good") else Reply(status=404)

    out, skipped = tmp_path / "p.PARQUET", tmp_path / "failed.csv"
    with serving(answer) as host:
        rows = ["B,first,/good1", "A,gone,/gone", ",nobody,/good2", "B,first,/good1", "C,,/good3"]
        addresses = [row.replace("/", f"{host}/") for row in rows]
        source = tmp_path / "list.csv"
        source.write_text("\n".join(["Artist,Name,URL", *addresses]))
        result = ingest("csv", source, "--out", out, "--skipped", skipped, *LOCAL)
    assert result.exit_code == 0, result.output
    table = pq.read_table(out)
    assert table["Artist"].to_pylist() == ["B", "B", "C"]
    assert table["ArtistNumber"].to_pylist() == [1, 1, 2]
    assert table["Name"].to_pylist() == ["first", "first", None]
    assert [list(record.values()) for record in _records(skipped)] == [
        [f"line 4: {host}/good2", "no artist"],
        [f"line 3: {host}/gone", "HTTP 404 Not Found"],
    ]


def test_limits_are_obeyed(two_artists: Path, tmp_path: Path, ingest: Ingest, png: bytes) -> None:
    out = tmp_path / "p.csv"
    for option, limit, reason in (
        ("--max-bytes", len(png), "larger than"),
        ("--max-pixels", 600, "too large: 30 x 20 pixels"),
    ):
        arguments = ("folder", two_artists, *PREFIX, "--out", out, option)
        assert ingest(*arguments, limit).exit_code == 0
        refused = ingest(*arguments, limit - 1)
        assert refused.exit_code == 1
        assert reason in refused.stderr


def test_without_one_usable_image_the_old_table_stays(
    images: Path, tmp_path: Path, ingest: Ingest
) -> None:
    (images / "A").mkdir()
    (images / "A/page.jpg").write_text("<html>")
    out = tmp_path / "paintings.csv"
    out.write_text("the old table")
    result = ingest("folder", images, *PREFIX, "--out", out)
    assert result.exit_code == 1
    assert "no usable image was found" in result.stderr
    assert out.read_text() == "the old table"
    (skip,) = _records(tmp_path / "paintings.skipped.csv")
    assert skip["Where"] == "A/page.jpg"


def test_an_empty_folder_needs_one_subfolder_per_artist(
    images: Path, tmp_path: Path, ingest: Ingest
) -> None:
    result = ingest("folder", images, *PREFIX, "--out", tmp_path / "p.csv")
    assert result.exit_code == 1
    assert "images has no files" in result.stderr
    assert "It must have one subfolder per artist" in result.stderr
    assert list(tmp_path.iterdir()) == [images]


def test_images_outside_of_an_artists_folder_are_told_where_to_go(
    images: Path, tmp_path: Path, ingest: Ingest, png: bytes
) -> None:
    (images / "Study 1.jpg").write_bytes(png)
    result = ingest("folder", images, *PREFIX, "--out", tmp_path / "p.csv")
    assert result.exit_code == 1
    assert "move it into DIR/ARTIST/ (first: Study 1.jpg)" in result.stderr
    assert "Measuring" not in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
@pytest.mark.parametrize("option", ["--out", "--skipped"])
def test_what_cannot_be_written_is_told_before_anything_is_measured(
    two_artists: Path, tmp_path: Path, ingest: Ingest, option: str
) -> None:
    """Even root cannot write into /proc, whatever its permissions say."""
    outputs = {"--out": tmp_path / "p.csv", option: Path("/proc/a.csv")}
    result = ingest("folder", two_artists, *PREFIX, *(x for pair in outputs.items() for x in pair))
    assert result.exit_code == 2
    assert "/proc/a.csv cannot be written: No such file or directory." in result.stderr
    assert "Measuring" not in result.stderr
    assert list(tmp_path.iterdir()) == [two_artists]


def test_a_list_without_rows_has_no_usable_image(tmp_path: Path, ingest: Ingest) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Artist,Name,URL\n")
    result = ingest("csv", source, "--out", tmp_path / "p.csv")
    assert result.exit_code == 1
    assert "list.csv has no rows" in result.stderr
    assert not (tmp_path / "p.csv").exists()


def test_images_without_structure_are_listed(
    images: Path, tmp_path: Path, ingest: Ingest, png: bytes
) -> None:
    """They are rows like others, but equal to all of their kind."""
    (images / "Malevich").mkdir()
    (images / "Malevich" / "white.png").write_bytes(zoo.saved(Image.new("L", (40, 30), 255), "PNG"))
    (images / "Malevich" / "square.png").write_bytes(zoo.saved(zoo.GREY, "PNG"))
    result = ingest("folder", images, *PREFIX, "--out", tmp_path / "out.csv")
    assert result.exit_code == 0
    assert "2 rows, 1 artist:" in result.output
    assert "Warning: 1 image with hardly any edges." in result.output
    assert "hardly any edges: Malevich/white.png" in result.output
    assert "hardly any edges: Malevich/square.png" not in result.output


def test_names_cannot_steer_the_terminal(images: Path, tmp_path: Path, ingest: Ingest) -> None:
    (images / "A").mkdir()
    (images / "A/\x1b]0;owned\x07 [red]:smile:.png").write_text("no image")
    result = ingest("folder", images, *PREFIX, "--out", tmp_path / "p.csv")
    assert "\x1b" not in result.stderr
    assert r"A/\x1b]0;owned\x07 [red]:smile:.png" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("folder", ".", *PREFIX, "--out", "p.txt"), "p.txt must end in .csv or .parquet"),
        (("folder", ".", *PREFIX), "Missing option '--out'"),
        (("folder", ".", "--out", "p.csv"), "Missing option '--url-prefix'"),
        (("folder", "nowhere", *PREFIX, "--out", "p.csv"), "'nowhere' does not exist"),
        (("folder", ".", *PREFIX, "--out", "no/p.csv"), "folder no does not exist"),
        (("folder", ".", *PREFIX, "--out", "folder.csv"), "folder.csv is a folder"),
        (("folder", ".", *PREFIX, "--out", "p.csv", "--skipped", "p.csv"), "Name two files"),
        (("folder", ".", *PREFIX, "--out", "p.csv", "--workers", "0"), "--workers"),
        (("folder", ".", *PREFIX, "--out", "p.csv", "--max-pixels", "999999999"), "--max-pixels"),
        (("folder", ".", "--url-prefix", "ftp://h", "--out", "p.csv"), "not an http or https URL"),
        (("folder", ".", "--url-prefix", "/images", "--out", "p.csv"), "not an http or https URL"),
        (("folder", ".", "--url-prefix", "http://h/?a", "--out", "p.csv"), "query or fragment"),
        (("folder", ".", "--url-prefix", "http://h/a b", "--out", "p.csv"), "a URL cannot contain"),
        (("folder", ".", "--url-prefix", "http://[::1", "--out", "p.csv"), "is not a URL"),
        (("csv", "list.csv", "--out", "p.csv"), "no column URL"),
        (("csv", "list.csv", "--out", "list.csv"), "would replace the list itself"),
        (("csv", "list.csv", "--out", "p.csv", "--skipped", "list.csv"), "the list itself"),
        (("csv", "nowhere.csv", "--out", "p.csv"), "'nowhere.csv' does not exist"),
        (
            ("csv", "list.csv", "--out", "p.csv", "--allow-private-hosts", "localhost"),
            "'localhost' does not appear to be an IPv4 or IPv6 network. Host names are not "
            "accepted; for this machine, write 127.0.0.1",
        ),
        ((), "Usage: paintings-ingest"),
    ],
)
def test_bad_usage_ends_with_2_and_says_why(
    tmp_path: Path, ingest: Ingest, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "list.csv").write_text("Artist,Name\nGoya,Sol\n")
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.iterdir())
    with contextlib.chdir(tmp_path):
        result = ingest(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert sorted(tmp_path.iterdir()) == before


def test_without_arguments_it_prints_its_help_once(ingest: Ingest) -> None:
    result = ingest()
    assert result.exit_code == 2
    assert result.stderr.count("Usage:") == 1
    assert "Error" not in result.stderr


@pytest.mark.parametrize("command", ["folder", "csv"])
def test_help_shows_an_example(ingest: Ingest, command: str) -> None:
    result = ingest(command, "--help")
    assert result.exit_code == 0
    assert f"paintings-ingest {command}" in result.stdout
    assert "--out paintings.parquet" in result.stdout


@pytest.mark.parametrize(
    ("command", "default"),
    [
        ("folder", "[default: only the file is written]"),
        ("csv", "[default: only the file is written]"),
        ("load", "[default: the target of the profile]"),
    ],
)
def test_help_shows_the_default_target_of_this_command(
    ingest: Ingest, command: str, default: str
) -> None:
    said = " ".join(ingest(command, "--help").stdout.split())
    assert f"The dbt target to load Paintings into. {default}" in said


def _process(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "paintings_dedupe.ingest", *map(str, arguments)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_with_130_and_keeps_the_old_table(
    tmp_path: Path, png: bytes, number: signal.Signals
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(path: str) -> Reply:
        asked.set()
        go_on.wait(PATIENCE_SECONDS)
        return Reply(png)

    source, out = tmp_path / "list.csv", tmp_path / "paintings.csv"
    out.write_text("the old table")
    before = {out, source}
    with serving(answer) as host:
        source.write_text("Artist,Name,URL\n" + f"A,a,{host}/a\n" * 100)
        process = _process("csv", source, "--out", out, "--workers", "2", *LOCAL)
        try:
            assert asked.wait(PATIENCE_SECONDS)
            process.send_signal(number)
        finally:
            go_on.set()
            _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert out.read_text() == "the old table"
    assert set(tmp_path.iterdir()) == before


def test_the_process_hands_on_its_exit_code_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    process = _process("folder", tmp_path / "empty", *PREFIX, "--out", tmp_path / "p.csv")
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "empty has no files, so" in errors
    assert "Traceback" not in errors


def test_strangers_are_asked_for_a_handful_without_a_contact_address(
    tmp_path: Path, ingest: Ingest
) -> None:
    """The address in dbt_project.yml is at example.org, where nobody reads mail."""
    listed = tmp_path / "list.csv"
    rows = [f"Ada,{number},https://museum.org/{number}.jpg\n" for number in range(6)]
    listed.write_text("Artist,Name,URL\n" + "".join(rows))
    result = ingest("csv", listed, "--out", tmp_path / "out.csv", "--project-dir", REPOSITORY)
    assert isinstance(result.exception, NoContactError)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ("images_contact: me@museum.org", "me@museum.org"),
        ("images_contact: me@museum.org\n  paintings_dedupe: {images_contact: x@a.org}", "x@a.org"),
        ("images_contact: \"{{ env_var('WHO', 'me@museum.org') }}\"", "me@museum.org"),
        ("images_contact: maintainers@example.org", ""),
        ("images_contact: ''", ""),
        ("other: 1", ""),
    ],
)
def test_the_contact_address_of_the_project_is_found(
    tmp_path: Path, variables: str, found: str
) -> None:
    (tmp_path / "dbt_project.yml").write_text(f"name: mine\nvars:\n  {variables}\n")
    assert images_contact(tmp_path) == found
